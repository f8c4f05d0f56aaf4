#include "children.h"

#include <dirent.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct known {
    struct child child;
    uint64_t started, used; /* ticks: its start since that of the machine; its processor time */
    double looked_at;       /* seconds since the start of the machine */
    bool is_there;          /* the look that runs has found it */
};

struct children {
    struct known *items;
    size_t count;
};

/* What /proc tells of a process. */
struct seen {
    pid_t pid, parent;
    uint64_t started, used;
    int64_t pages;
};

children_t *children_new(void)
{
    return memory_new(sizeof(children_t));
}

void children_destroy(children_t **self_p)
{
    if (!*self_p)
        return;
    free((*self_p)->items);
    free(*self_p);
    *self_p = NULL;
}

struct child *children_at(children_t *self, size_t index)
{
    return index < self->count ? &self->items[index].child : NULL;
}

/* ---- /proc ---- */

/* What stands behind the name in /proc/PID/stat, counted from the state. */
enum stat_field {
    STAT_PARENT = 1,
    STAT_USER = 11,
    STAT_SYSTEM = 12,
    STAT_START = 19,
    STAT_PAGES = 21
};

/* The name, in brackets, may hold anything: fields are counted from its end. */
static int parse_stat(char *text, struct seen *seen)
{
    uint64_t fields[STAT_PAGES + 1] = {0};
    char *at = strrchr(text, ')');
    if (!at || strlen(at) < 3)
        return -1;
    at += 3; /* ") S": the state is the only one that is no number */
    for (int i = STAT_PARENT; i <= STAT_PAGES; i++) {
        const char *field = at;
        fields[i] = strtoull(field, &at, 10);
        if (at == field)
            return -1;
    }
    seen->parent = (pid_t)fields[STAT_PARENT];
    seen->used = fields[STAT_USER] + fields[STAT_SYSTEM];
    seen->started = fields[STAT_START];
    seen->pages = (int64_t)fields[STAT_PAGES];
    return 0;
}

static int read_stat(pid_t pid, struct seen *seen)
{
    char path[64], text[1024];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    seen->pid = pid;
    return parse_stat(text, seen);
}

static double machine_uptime(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the table ---- */

/* A number may have been given to another process since: the start tells. */
static struct known *find_or_add(children_t *self, const struct seen *seen, double ticks)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].child.pid == seen->pid && self->items[i].started == seen->started)
            return &self->items[i];
    self->items = memory_resize(self->items, self->count + 1, sizeof *self->items);
    struct known *known = &self->items[self->count++];
    *known = (struct known){.child = {.pid = seen->pid},
                            .started = seen->started,
                            .looked_at = (double)seen->started / ticks};
    return known;
}

static void update(children_t *self, const struct seen *seen)
{
    double ticks = (double)sysconf(_SC_CLK_TCK), now = machine_uptime();
    struct known *known = find_or_add(self, seen, ticks);
    double seconds = now - known->looked_at;
    double cpu = seconds > 0 ? (double)(seen->used - known->used) / ticks / seconds * 100 : 0;
    double rss = (double)seen->pages * (double)sysconf(_SC_PAGESIZE);
    double mem = (double)seen->pages / (double)sysconf(_SC_PHYS_PAGES) * 100;
    known->child.parent = seen->parent;
    known->child.usage = (struct usage){0};
    usage_add(&known->child.usage, cpu, mem, rss);
    known->used = seen->used;
    known->looked_at = now;
    known->is_there = true;
}

static void forget_gone(children_t *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].is_there)
            self->items[kept++] = self->items[i];
    }
    self->count = kept;
    for (size_t i = 0; i < kept; i++)
        self->items[i].is_there = false;
}

static bool is_among(pid_t pid, const pid_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == pid)
            return true;
    return false;
}

int children_look(children_t *self, const pid_t *parents, size_t count, struct ph_error *err)
{
    DIR *folder = opendir("/proc");
    if (!folder)
        return ph_error_sys(err, "cannot read '/proc'");
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        struct seen seen;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && read_stat(pid, &seen) == 0 && seen.parent > 0 &&
            is_among(seen.parent, parents, count))
            update(self, &seen);
    }
    closedir(folder);
    forget_gone(self);
    return 0;
}
