#include "files.h"

#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

char *file_read(const char *path)
{
    enum { STEP = 65536 };
    ph_cleanup(ph_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    char *text = ph_calloc(1, STEP + 1);
    size_t size = 0;
    for (ssize_t count; (count = read(fd, text + size, STEP)) > 0;) {
        size += (size_t)count;
        text = ph_realloc_array(text, size + STEP + 1, 1);
    }
    text[size] = '\0';
    return text;
}

void file_write(const char *path, const char *text)
{
    ph_cleanup(ph_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t size = (ssize_t)strlen(text);
    cr_assert(fd >= 0 && write(fd, text, (size_t)size) == size, "cannot write '%s': %s", path,
              strerror(errno));
}

int fifo_open(const char *path)
{
    enum { PATIENCE_MS = 10000 };
    cr_assert(file_wait_exists(path, PATIENCE_MS), "there is no '%s'", path);
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    cr_assert(fd >= 0, "cannot open '%s': %s", path, strerror(errno));
    return fd;
}

int fifo_make(const char *path)
{
    cr_assert_eq(mkfifo(path, 0600), 0, "cannot make '%s': %s", path, strerror(errno));
    return fifo_open(path);
}

void fifo_write(int fd, const char *text)
{
    enum { PATIENCE_MS = 10000 };
    int64_t deadline = ph_clock_ms() + PATIENCE_MS;
    size_t size = strlen(text);
    while (size > 0) {
        struct pollfd item = {.fd = fd, .events = POLLOUT};
        int64_t left = deadline - ph_clock_ms();
        cr_assert(left > 0 && poll(&item, 1, (int)left) > 0, "nobody reads the pipe any more");
        ssize_t count = write(fd, text, size);
        cr_assert(count > 0 || errno == EAGAIN);
        text += count > 0 ? count : 0;
        size -= count > 0 ? (size_t)count : 0;
    }
}

/* ---- waiting: inotify tells when to look again ---- */

static int watch_folder_of(const char *path)
{
    ph_cleanup(ph_freep) char *copy = ph_strdup(path);
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    int watch = inotify_add_watch(fd, dirname(copy), IN_CREATE | IN_MODIFY | IN_MOVED_TO);
    cr_assert(watch >= 0, "cannot watch the folder of '%s': %s", path, strerror(errno));
    return fd;
}

/* Waits for a change in the folder. Returns false when the deadline is over. */
static bool wait_change(int fd, int64_t deadline)
{
    char events[4096];
    int64_t left = deadline - ph_clock_ms();
    struct pollfd item = {.fd = fd, .events = POLLIN};
    if (left <= 0 || poll(&item, 1, (int)left) <= 0)
        return false;
    while (read(fd, events, sizeof events) > 0)
        continue;
    return true;
}

static bool has_text(const char *path, const char *text)
{
    ph_cleanup(ph_freep) char *whole = file_read(path);
    return whole && strstr(whole, text);
}

bool file_wait(const char *path, const char *text, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    ph_cleanup(ph_closep) int fd = watch_folder_of(path);
    while (!has_text(path, text))
        if (!wait_change(fd, deadline))
            return has_text(path, text);
    return true;
}

bool file_wait_exists(const char *path, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    ph_cleanup(ph_closep) int fd = watch_folder_of(path);
    while (access(path, F_OK) < 0)
        if (!wait_change(fd, deadline))
            return access(path, F_OK) == 0;
    return true;
}

/* ---- folders ---- */

bool directory_is_empty(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return true;
    bool is_empty = true;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            is_empty = false;
    closedir(folder);
    return is_empty;
}

char *directory_make(void)
{
    const char *parent = getenv("TMPDIR");
    char *path = ph_format("%s/plughost-test-XXXXXX", parent && *parent ? parent : "/tmp");
    cr_assert(mkdtemp(path), "cannot make '%s': %s", path, strerror(errno));
    return path;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void directory_remove(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- texts ---- */

bool text_ends(const char *whole, const char *text)
{
    size_t length = strlen(whole), end = strlen(text);
    return length >= end && strcmp(whole + length - end, text) == 0;
}

size_t text_count(const char *whole, const char *text)
{
    size_t count = 0;
    for (const char *at = whole; (at = strstr(at, text)); at += strlen(text))
        count++;
    return count;
}

char *text_replace(const char *text, const char *from, const char *to)
{
    char *result = ph_strdup("");
    for (const char *found; (found = strstr(text, from)); text = found + strlen(from)) {
        ph_cleanup(ph_freep) char *before = result;
        result = ph_format("%s%.*s%s", before, (int)(found - text), text, to);
    }
    ph_cleanup(ph_freep) char *before = result;
    return ph_format("%s%s", before, text);
}
