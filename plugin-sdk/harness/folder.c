#include "folder.h"

#include <alloc.h>
#include <clock.h>
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
#include <unistd.h>

/* The path of a Unix socket has 107 bytes; "/plughost-XXXXXX/run/endpoint.sock" is behind it. */
enum { MAX_PARENT_BYTES = 64 };

/* ---- folders ---- */

char *folder_new(struct ph_error *err)
{
    const char *parent = getenv("TMPDIR");
    if (!parent || parent[0] != '/' || strlen(parent) > MAX_PARENT_BYTES)
        parent = "/tmp";
    ph_cleanup(ph_freep) char *path = ph_format("%s/plughost-XXXXXX", parent);
    if (!mkdtemp(path)) {
        ph_error_sys(err, "cannot make a folder in '%s'", parent);
        return NULL;
    }
    return ph_steal(&path);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info, (void)type, (void)place;
    (void)remove(path);
    return 0;
}

void folder_destroy(char **path_p)
{
    enum { OPEN_FOLDERS = 16 };
    if (*path_p)
        nftw(*path_p, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    ph_freep(path_p);
}

char *folder_first(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return NULL;
    char *name = NULL;
    for (const struct dirent *entry; !name && (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            name = ph_strdup(entry->d_name);
    closedir(folder);
    return name;
}

/* ---- files ---- */

int file_write(const char *path, const char *text, struct ph_error *err)
{
    ph_cleanup(ph_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t size = strlen(text);
    while (fd >= 0 && size > 0) {
        ssize_t count = write(fd, text, size);
        if (count < 0)
            break;
        text += count;
        size -= (size_t)count;
    }
    return fd < 0 || size > 0 ? ph_error_sys(err, "cannot write '%s'", path) : 0;
}

char *file_read(const char *path)
{
    enum { STEP = 65536 };
    char *text = ph_calloc(1, STEP + 1);
    size_t size = 0;
    ph_cleanup(ph_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t count; fd >= 0 && (count = read(fd, text + size, STEP)) > 0;) {
        size += (size_t)count;
        text = ph_realloc_array(text, size + STEP + 1, 1);
    }
    text[size] = '\0';
    return text;
}

static bool has_text(const char *path, const char *text)
{
    ph_cleanup(ph_freep) char *whole = file_read(path);
    return strstr(whole, text);
}

/* Waits for a change. Returns false when the deadline is over, or `stop_fd` is readable. */
static bool wait_change(int fd, int stop_fd, int64_t deadline)
{
    char events[4096];
    struct pollfd items[] = {{.fd = fd, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
    int64_t left = deadline - ph_clock_ms();
    int count = left > 0 ? poll(items, 2, (int)left) : 0;
    if (count == 0 || (count < 0 && errno != EINTR) || (count > 0 && items[1].revents))
        return false;
    while (read(fd, events, sizeof events) > 0)
        continue;
    return true;
}

bool file_wait(const char *path, const char *text, int stop_fd, int64_t deadline)
{
    ph_cleanup(ph_freep) char *copy = ph_strdup(path);
    ph_cleanup(ph_closep) int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    inotify_add_watch(fd, dirname(copy), IN_CREATE | IN_MODIFY | IN_MOVED_TO);
    while (!has_text(path, text))
        if (!wait_change(fd, stop_fd, deadline))
            return has_text(path, text); /* it may have come between the two looks */
    return true;
}
