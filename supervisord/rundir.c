#include "rundir.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_ATTEMPTS = 5 };

struct rundir {
    char *lock_path;
    int lock_fd;
};

static int make_directory(const char *path, struct ph_error *err)
{
    struct stat status;
    if (mkdir(path, 0750) < 0 && errno != EEXIST) {
        ph_error_sys(err, "cannot make the run directory '%s'", path);
        return ph_error_hint(err, "set run_dir in [plughost] to a folder that you may write to");
    }
    if (lstat(path, &status) < 0) /* a link may be anybody's */
        return ph_error_sys(err, "cannot look at the run directory '%s'", path);
    if (!S_ISDIR(status.st_mode)) {
        ph_error_set(err, PH_INVALID, "the run directory '%s' is no directory", path);
        return ph_error_hint(err, "set run_dir in [plughost] to another one");
    }
    if (status.st_uid != geteuid()) {
        ph_error_set(err, PH_DENIED, "the run directory '%s' belongs to user %u, not to %u", path,
                     (unsigned)status.st_uid, (unsigned)geteuid());
        return ph_error_hint(err, "set run_dir in [plughost] to a folder of your own");
    }
    if (status.st_mode & (S_IWGRP | S_IWOTH)) {
        ph_error_set(err, PH_DENIED, "other users can write to the run directory '%s'", path);
        return ph_error_hint(err, "chmod 0750 '%s'", path);
    }
    return 0;
}

static int refuse_lock(int fd, const char *path, struct ph_error *err)
{
    if (errno != EACCES && errno != EAGAIN)
        return ph_error_sys(err, "cannot lock '%s'", path);
    struct flock holder = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK && holder.l_pid > 0)
        ph_error_set(err, PH_CONFLICT, "another plughostd, process %ld, holds '%s'",
                     (long)holder.l_pid, path);
    else
        ph_error_set(err, PH_CONFLICT, "another plughostd holds '%s'", path);
    return ph_error_hint(err, "stop it with 'plughostctl quit', or set another run_dir");
}

/* Says whether the file that we locked is still the one of that name: its last holder may have
 * removed it between our open and our lock. */
static bool is_current(int fd, const char *path)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

/* Returns 1 with a locked descriptor in `*lock_fd`; 0 if the file was replaced meanwhile; -1 and
 * `err`. */
static int try_lock(const char *path, int *lock_fd, struct ph_error *err)
{
    ph_cleanup(ph_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return ph_error_sys(err, "cannot open the lock '%s'", path);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &lock) < 0)
        return refuse_lock(fd, path, err);
    if (!is_current(fd, path))
        return 0;
    /* The number is for people; a daemon that was killed may have left a longer one. */
    if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) {
        ph_error_sys(err, "cannot write the lock '%s'", path);
        unlink(path);
        return -1;
    }
    *lock_fd = ph_steal_fd(&fd);
    return 1;
}

rundir_t *rundir_new(const char *path, struct ph_error *err)
{
    if (make_directory(path, err) < 0)
        return NULL;
    ph_cleanup(rundir_destroy) rundir_t *self = ph_calloc(1, sizeof *self);
    self->lock_path = ph_format("%s/plughostd.lock", path);
    self->lock_fd = -1;
    int locked = 0;
    for (int i = 0; i < LOCK_ATTEMPTS && locked == 0; i++)
        locked = try_lock(self->lock_path, &self->lock_fd, err);
    if (locked == 0)
        ph_error_set(err, PH_CONFLICT, "other daemons come and go in '%s'", path);
    return locked > 0 ? ph_steal(&self) : NULL;
}

void rundir_destroy(rundir_t **self_p)
{
    rundir_t *self = *self_p;
    if (!self)
        return;
    if (self->lock_fd >= 0)
        unlink(self->lock_path);
    ph_closep(&self->lock_fd);
    free(self->lock_path);
    free(self);
    *self_p = NULL;
}
