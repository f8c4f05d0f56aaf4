#include "scratch.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 16, MAX_TEXT = 1 << 16 };

char *scratch_new(void)
{
    const char *temporary = getenv("TMPDIR");
    char *path = ph_format("%s/plughost-unit-XXXXXX", temporary ? temporary : "/tmp");
    char *made = mkdtemp(path);
    assert(made);
    return made;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

void scratch_destroy(char **path_p)
{
    if (*path_p)
        nftw(*path_p, remove_entry, MAX_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    ph_freep(path_p);
}

char *scratch_write(const char *folder, const char *name, const char *text, unsigned mode)
{
    char *path = ph_format("%s/%s", folder, name);
    ph_cleanup(ph_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert(fd >= 0);
    ssize_t count = write(fd, text, strlen(text));
    assert(count == (ssize_t)strlen(text));
    int changed = fchmod(fd, mode); /* whatever the umask is */
    assert(changed == 0);
    return path;
}

char *scratch_read(const char *path)
{
    ph_cleanup(ph_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert(fd >= 0);
    char *text = ph_calloc(1, MAX_TEXT);
    ssize_t count = read(fd, text, MAX_TEXT - 1);
    assert(count >= 0 && count < MAX_TEXT - 1);
    return text;
}
