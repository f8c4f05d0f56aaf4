#include "cgroup.h"

#include "cgroup_daemon.h"
#include "cgroup_file.h"
#include "cgroup_find.h"
#include "proctable.h"

#include <alloc.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TEXT_BYTES = 4096,
    LONG_TEXT_BYTES = 256 << 10, /* hosts of containers have many mounts, groups many processes */
    KILL_PASSES = 10,
};

struct cgroups {
    char *folder; /* the daemon's own group */
    char *base;   /* ours in it */
};

struct cgroup {
    char *path;
    int fd;
    int64_t oom_kills_before; /* of a group that was there before */
};

/* ---- the daemon's ---- */

/* Returns the folder of the daemon's own group, which the caller frees, or NULL and `err`. */
static char *find_folder(struct ph_error *err)
{
    char own[TEXT_BYTES];
    ph_cleanup(ph_freep) char *mounts = ph_calloc(1, LONG_TEXT_BYTES);
    if (proc_read(getpid(), "cgroup", own, sizeof own) < 0 ||
        proc_read(getpid(), "mountinfo", mounts, LONG_TEXT_BYTES) < 0) {
        ph_error_sys(err, "cannot find out our control group");
        return NULL;
    }
    return cgroup_find(own, mounts, err);
}

bool cgroups_are_delegated(void)
{
    ph_cleanup(ph_freep) char *folder = find_folder(NULL);
    if (!folder || access(folder, W_OK) < 0)
        return false;
    ph_cleanup(ph_freep) char *events = ph_format("%s/cgroup.events", folder);
    return access(events, R_OK) == 0; /* the root has none */
}

cgroups_t *cgroups_new(struct ph_error *err)
{
    ph_cleanup(ph_freep) char *folder = find_folder(err);
    return folder ? cgroups_new_in(folder, err) : NULL;
}

cgroups_t *cgroups_new_in(const char *folder, struct ph_error *err)
{
    ph_cleanup(cgroups_destroy) cgroups_t *self = ph_calloc(1, sizeof *self);
    self->folder = ph_strdup(folder);
    self->base = ph_format("%s/plughost-%d", folder, (int)getpid());
    if (mkdir(self->base, 0755) < 0 && errno != EEXIST) {
        ph_error_sys(err, "cannot make the control group '%s'", self->base);
        ph_error_hint(err, "in a systemd unit, Delegate=yes allows it");
        return NULL;
    }
    return ph_steal(&self);
}

void cgroups_make_way(cgroups_t *self)
{
    cgroup_daemon_leave(self->folder, self->base);
}

void cgroups_destroy(cgroups_t **self_p)
{
    cgroups_t *self = *self_p;
    if (!self)
        return;
    cgroup_daemon_return(self->folder, self->base);
    rmdir(self->base);
    free(self->folder);
    free(self->base);
    free(self);
    *self_p = NULL;
}

/* ---- one process's ---- */

static void cgroup_free(cgroup_t **self_p)
{
    cgroup_t *self = *self_p;
    if (!self)
        return;
    ph_closep(&self->fd);
    free(self->path);
    free(self);
    *self_p = NULL;
}

/* For one that could not be set up: nobody is in it. */
static void cgroup_drop(cgroup_t **self_p)
{
    if (*self_p)
        rmdir((*self_p)->path);
    cgroup_free(self_p);
}

static void close_folder(DIR **folder_p)
{
    if (*folder_p)
        closedir(*folder_p);
}

/* Removes a group and those in it. Returns false when somebody is in one of them; what cannot be
 * removed for another reason stays, and is no reason to try again. */
static bool remove_group(const char *path)
{
    if (rmdir(path) == 0 || errno != EBUSY)
        return true;
    ph_cleanup(close_folder) DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0)
            continue;
        ph_cleanup(ph_freep) char *inner = ph_format("%s/%s", path, entry->d_name);
        if (!remove_group(inner))
            return false;
    }
    return rmdir(path) == 0 || errno != EBUSY;
}

/* Makes a file name of any text, another one for another text. */
static char *escape(const char *name)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:@";
    static const char digits[] = "0123456789ABCDEF";
    char *text = ph_calloc(strlen(name) * 3 + 1, 1), *to = text;
    for (const char *from = name; *from; from++) {
        if (strchr(plain, *from) || (*from == '.' && from > name)) {
            *to++ = *from;
            continue;
        }
        *to++ = '%';
        *to++ = digits[(unsigned char)*from >> 4];
        *to++ = digits[(unsigned char)*from & 15];
    }
    return text;
}

cgroup_t *cgroup_open(cgroups_t *self, const char *name, const struct cgroup_limits *limits,
                      struct ph_error *err)
{
    ph_cleanup(ph_freep) char *file = escape(name);
    ph_cleanup(ph_freep) char *path = ph_format("%s/%s", self->base, file);
    /* One that is there is what a process of that name left, who would not die. */
    if (mkdir(path, 0755) < 0 && errno != EEXIST) {
        ph_error_sys(err, "cannot make the control group '%s'", path);
        return NULL;
    }
    ph_cleanup(cgroup_drop) cgroup_t *group = ph_calloc(1, sizeof *group);
    group->path = ph_steal(&path);
    group->fd = cgroup_file_open_folder(group->path);
    if (group->fd < 0) {
        ph_error_sys(err, "cannot open the control group '%s'", group->path);
        return NULL;
    }
    struct cgroup_place place = {self->folder, self->base, group->path, group->fd};
    if (limits && cgroup_limits_set(&place, limits, err) < 0)
        return NULL;
    group->oom_kills_before = cgroup_oom_kills(group);
    return ph_steal(&group);
}

int cgroup_fd(const cgroup_t *self)
{
    return self->fd;
}

const char *cgroup_refusal(int sys_errno)
{
    switch (sys_errno) {
    case EACCES:
    case EPERM:
        return "we may not put processes into the control group: it is not delegated to us";
    case EBUSY:
        return "the control group hands controllers on, so it may have no processes of its own";
    case EOPNOTSUPP:
        return "the control group is part of a threaded one, or its type is invalid";
    case ENODEV:
        return "the control group was removed";
    case EAGAIN:
        return "pids_max of the control group, or another limit of processes, is reached";
    default:
        return NULL;
    }
}

/* For kernels before 5.14. It may start others meanwhile, so it is done until none is left. */
static int kill_each(const cgroup_t *self)
{
    ph_cleanup(ph_freep) char *text = ph_calloc(1, LONG_TEXT_BYTES);
    for (unsigned pass = 0; pass < KILL_PASSES; pass++) {
        ssize_t size = cgroup_file_read(self->fd, "cgroup.procs", text, LONG_TEXT_BYTES);
        if (size <= 0)
            return (int)size;
        char *rest = text;
        for (const char *line; (line = strsep(&rest, "\n"));) {
            long pid = strtol(line, NULL, 10); /* 0: of a namespace that we cannot see into */
            if (pid > 1 && pid != getpid())
                kill((pid_t)pid, SIGKILL);
        }
    }
    return 0;
}

int cgroup_kill(const cgroup_t *self, struct ph_error *err)
{
    if (cgroup_file_write(self->fd, "cgroup.kill", "1") == 0 || kill_each(self) == 0)
        return 0;
    return ph_error_sys(err, "cannot kill the control group '%s'", self->path);
}

bool cgroup_is_populated(const cgroup_t *self)
{
    return cgroup_file_number(self->fd, "cgroup.events", "populated") > 0;
}

int64_t cgroup_oom_kills(const cgroup_t *self)
{
    int64_t count = cgroup_file_number(self->fd, "memory.events", "oom_kill");
    return count < 0 ? 0 : count - self->oom_kills_before;
}

bool cgroup_close(cgroup_t **self_p)
{
    if (*self_p && !remove_group((*self_p)->path))
        return false;
    cgroup_free(self_p);
    return true;
}
