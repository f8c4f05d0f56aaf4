#include "text_file.h"

#include <alloc.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE_BYTES = 64 << 20 };

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
    ssize_t count = read(fd, text, (size_t)status.st_size);
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
        if (count < 0)
            return -1;
        text += count;
        left -= (size_t)count;
    }
    return fsync(fd);
}

int text_file_replace(const char *path, const char *text, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *temporary = ph_format("%s.new", path);
    ph_cleanup(ph_closep) int fd =
        open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return ph_error_sys(err, "cannot write '%s'", temporary);
    if (write_all(fd, text) == 0 && rename(temporary, path) == 0)
        return 0;
    ph_error_sys(err, "cannot write '%s'", path);
    unlink(temporary);
    return -1;
}
