#include "proctable.h"

#include "read_all.h"

#include <alloc.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The numbers of /proc/PID/stat that stand behind the state, by their place there. */
enum stat_field {
    STAT_PPID,
    STAT_PGRP,
    STAT_SESSION,
    STAT_UTIME = 10,
    STAT_STIME,
    STAT_NICE = 15,
    STAT_THREADS,
    STAT_START = 18,
    STAT_VSIZE,
    STAT_RSS,
    STAT_FIELDS,
};

enum {
    STAT_BYTES = 1024, /* a line has at most 52 numbers, of which we need the first half */
    FIRST_ROWS = 256,
};

struct proctable {
    struct proc_stat *rows;             /* by pid, which is the order of /proc */
    const struct proc_stat **by_parent; /* the same rows by ppid */
    size_t count;
    size_t capacity;
};

static void close_file(FILE **file_p)
{
    if (*file_p)
        fclose(*file_p);
}

/* ---- one process ---- */

static int parse_numbers(const char *text, long long numbers[STAT_FIELDS])
{
    for (unsigned i = 0; i < STAT_FIELDS; i++) {
        char *end;
        numbers[i] = strtoll(text, &end, 10);
        if (end == text)
            return -1;
        text = end;
    }
    return 0;
}

/* The name is whatever the process likes: the last ')' of the line is the one that ends it. */
int proc_stat_parse(const char *text, struct proc_stat *stat, struct ph_error *err)
{
    long long numbers[STAT_FIELDS];
    char *end;
    long pid = strtol(text, &end, 10);
    const char *name = strchr(end, '('), *name_end = strrchr(end, ')');
    if (end == text || pid <= 0 || !name || !name_end || name_end < name || name_end[1] != ' ' ||
        name_end[2] == '\0' || parse_numbers(name_end + 3, numbers) < 0)
        return ph_error_set(err, PH_MALFORMED, "cannot understand '%.80s' in /proc", text);

    *stat = (struct proc_stat){.pid = (pid_t)pid,
                               .ppid = (pid_t)numbers[STAT_PPID],
                               .pgrp = (pid_t)numbers[STAT_PGRP],
                               .session = (pid_t)numbers[STAT_SESSION],
                               .nice = (int)numbers[STAT_NICE],
                               .state = name_end[2],
                               .threads = numbers[STAT_THREADS],
                               .start_ticks = (uint64_t)numbers[STAT_START],
                               .cpu_ticks = (uint64_t)(numbers[STAT_UTIME] + numbers[STAT_STIME]),
                               .vms_bytes = numbers[STAT_VSIZE],
                               .rss_pages = numbers[STAT_RSS]};
    size_t length = (size_t)(name_end - name - 1);
    memcpy(stat->name, name + 1, length < sizeof stat->name ? length : sizeof stat->name - 1);
    return 0;
}

ssize_t proc_read(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    ph_cleanup(ph_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length = read_all(fd, text, size - 1);
    if (length >= 0)
        text[length] = '\0';
    return length;
}

int proc_stat_read(pid_t pid, struct proc_stat *stat, struct ph_error *err)
{
    char text[STAT_BYTES];
    if (proc_read(pid, "stat", text, sizeof text) >= 0)
        return proc_stat_parse(text, stat, err);
    if (errno == ENOENT || errno == ESRCH)
        return ph_error_set(err, PH_NOT_FOUND, "there is no process %d", (int)pid);
    return ph_error_sys(err, "cannot read about process %d", (int)pid);
}

/* ---- children ---- */

pid_t proc_find_child(pid_t parent, bool (*is_wanted)(void *arg, pid_t pid), void *arg)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    ph_cleanup(close_file) FILE *file = fopen(path, "re");
    ph_cleanup(ph_freep) char *number = NULL;
    size_t size = 0;
    while (file && getdelim(&number, &size, ' ', file) > 0) {
        pid_t pid = (pid_t)strtol(number, NULL, 10);
        if (pid > 0 && is_wanted(arg, pid))
            return pid;
    }
    return file && feof(file) ? 0 : -1;
}

/* ---- all of them ---- */

static void close_folder(DIR **folder_p)
{
    if (*folder_p)
        closedir(*folder_p);
}

/* Returns bytes read, 0 for a process that is gone by now or not ours to see, -1 and errno. One
 * read is enough: the kernel makes the line at once. */
static ssize_t read_stat(int proc_fd, const char *number, char *text, size_t size)
{
    char path[NAME_MAX + sizeof "/stat"];
    snprintf(path, sizeof path, "%s/stat", number);
    ph_cleanup(ph_closep) int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, text, size - 1);
    if (count < 0)
        return errno == ENOENT || errno == ESRCH || errno == EACCES || errno == EPERM ? 0 : -1;
    text[count] = '\0';
    return count;
}

static struct proc_stat *next_row(proctable_t *self)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : FIRST_ROWS;
        self->rows = ph_realloc_array(self->rows, self->capacity, sizeof *self->rows);
    }
    return &self->rows[self->count];
}

/* readdir tells an error by errno alone. */
static const struct dirent *next_entry(DIR *folder)
{
    errno = 0;
    return readdir(folder);
}

static int read_rows(proctable_t *self, struct ph_error *err)
{
    ph_cleanup(close_folder) DIR *folder = opendir("/proc");
    if (!folder)
        return ph_error_sys(err, "cannot read /proc");
    const struct dirent *entry;
    while ((entry = next_entry(folder))) {
        char text[STAT_BYTES];
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        ssize_t count = read_stat(dirfd(folder), entry->d_name, text, sizeof text);
        if (count < 0)
            return ph_error_sys(err, "cannot read about process %s", entry->d_name);
        if (count > 0 && proc_stat_parse(text, next_row(self), NULL) == 0)
            self->count++;
    }
    return errno == 0 ? 0 : ph_error_sys(err, "cannot read /proc to its end");
}

static int compare_parents(const void *a, const void *b)
{
    const struct proc_stat *const *left = a, *const *right = b;
    return ((*left)->ppid > (*right)->ppid) - ((*left)->ppid < (*right)->ppid);
}

proctable_t *proctable_new(struct ph_error *err)
{
    ph_cleanup(proctable_destroy) proctable_t *self = ph_calloc(1, sizeof *self);
    if (read_rows(self, err) < 0)
        return NULL;
    self->by_parent = ph_calloc(self->count + 1, sizeof *self->by_parent);
    for (size_t i = 0; i < self->count; i++)
        self->by_parent[i] = &self->rows[i];
    qsort(self->by_parent, self->count, sizeof *self->by_parent, compare_parents);
    return ph_steal(&self);
}

void proctable_destroy(proctable_t **self_p)
{
    proctable_t *self = *self_p;
    if (!self)
        return;
    free(self->rows);
    free(self->by_parent);
    free(self);
    *self_p = NULL;
}

const struct proc_stat *proctable_find(const proctable_t *self, pid_t pid)
{
    size_t low = 0, high = self->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->rows[middle].pid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->count && self->rows[low].pid == pid ? &self->rows[low] : NULL;
}

const struct proc_stat *proctable_next(const proctable_t *self, const struct proc_stat *previous)
{
    const struct proc_stat *next = previous ? previous + 1 : self->rows;
    return next < self->rows + self->count ? next : NULL;
}

const struct proc_stat *const *proctable_children(const proctable_t *self, pid_t pid, size_t *count)
{
    size_t low = 0, high = self->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->by_parent[middle]->ppid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < self->count && self->by_parent[end]->ppid == pid)
        end++;
    *count = end - low;
    return self->by_parent + low;
}

/* Appends the children of one process. Nobody is older than a parent: what seems so has the number
 * of a parent that went while the snapshot was taken. */
static void append_children(const proctable_t *self, pid_t pid, const struct proc_stat **found,
                            size_t *total)
{
    const struct proc_stat *parent = proctable_find(self, pid);
    size_t count;
    const struct proc_stat *const *children = proctable_children(self, pid, &count);
    for (size_t i = 0; i < count && *total < self->count; i++)
        if (!parent || children[i]->start_ticks >= parent->start_ticks)
            found[(*total)++] = children[i];
}

/* Numbers that changed hands within a tick could make a circle: the size of the table ends it. */
const struct proc_stat **proctable_descendants(const proctable_t *self, pid_t pid, size_t *count)
{
    const struct proc_stat **found = ph_calloc(self->count + 1, sizeof(void *));
    size_t total = 0;
    append_children(self, pid, found, &total);
    for (size_t i = 0; i < total; i++)
        append_children(self, found[i]->pid, found, &total);
    *count = total;
    return found;
}
