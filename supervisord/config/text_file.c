#include "text_file.h"

#include "read_all.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE_BYTES = 64 << 20, MAX_LINKS = 40 };

char *text_file_read(const char *path, size_t *size, struct ph_error *err)
{
    struct stat status;
    ph_cleanup(ph_closep) int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us */
    if (fd < 0 || fstat(fd, &status) < 0) {
        ph_error_sys(err, "cannot open the configuration");
        ph_error_hint(err, "'plughostd --help-config' prints one to begin with");
        return NULL;
    }
    if (!S_ISREG(status.st_mode) || status.st_size > MAX_FILE_BYTES) {
        ph_error_set(err, PH_INVALID, "the configuration is not a file of at most %d MiB",
                     MAX_FILE_BYTES >> 20);
        return NULL;
    }
    ph_cleanup(ph_freep) char *text = ph_calloc(1, (size_t)status.st_size + 1);
    ssize_t count = read_all(fd, text, (size_t)status.st_size);
    if (count < 0) {
        ph_error_sys(err, "cannot read the configuration");
        return NULL;
    }
    *size = (size_t)count;
    return ph_steal(&text);
}

static int write_all(int fd, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t count = write(fd, text, left);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        text += count;
        left -= (size_t)count;
    }
    return fsync(fd);
}

/* Returns where a link at `path` leads, which the caller frees, or NULL if there is none. */
static char *read_link(const char *path)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target);
    if (length < 0 || (size_t)length == sizeof target)
        return NULL;
    const char *slash = strrchr(path, '/');
    int folder = slash && target[0] != '/' ? (int)(slash - path + 1) : 0;
    return ph_format("%.*s%.*s", folder, path, (int)length, target);
}

/* Returns the file that a path means, there or not, which the caller frees: a rename would put the
 * new file in the place of a link. */
static char *follow_links(const char *path)
{
    char *at = ph_strdup(path);
    for (int i = 0; i < MAX_LINKS; i++) {
        char *next = read_link(at);
        if (!next)
            break;
        free(at);
        at = next;
    }
    return at;
}

/* Whatever has that name is what a save that was cut short has left, or no file at all. */
static int create(const char *path)
{
    unlink(path);
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
}

int text_file_replace(const char *path, const char *text, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *target = follow_links(path);
    ph_cleanup(ph_freep) char *temporary = ph_format("%s.new", target);
    ph_cleanup(ph_closep) int fd = create(temporary);
    if (fd < 0)
        return ph_error_sys(err, "cannot write '%s'", temporary);
    if (write_all(fd, text) == 0 && rename(temporary, target) == 0)
        return 0;
    ph_error_sys(err, "cannot write '%s'", target);
    unlink(temporary);
    return -1;
}
