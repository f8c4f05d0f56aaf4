#include "text_file.h"

#include <alloc.h>
#include <fcntl.h>
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
