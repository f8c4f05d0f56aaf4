#include "cgroup_daemon.h"

#include "cgroup_file.h"

#include <alloc.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The group of a process has no name that begins with a point. */
#define DAEMON_GROUP ".daemon"

enum {
    PROCS_BYTES = 64, /* of a list of processes in which we may be alone */
    CONTROLLERS_BYTES = 512,
};

/* The root of all may have processes and hand controllers on. */
static bool is_root(int folder_fd)
{
    return faccessat(folder_fd, "cgroup.events", F_OK, 0) < 0;
}

static int enter(const char *folder)
{
    ph_cleanup(ph_closep) int fd = cgroup_file_open_folder(folder);
    return fd < 0 ? -1 : cgroup_file_write(fd, "cgroup.procs", "0");
}

/* The kernel is not asked by trying: some controllers, pids and cpu, it lets a group with processes
 * hand on, which then can have no groups of processes in it any more. */
int cgroup_daemon_leave(const char *folder, const char *base)
{
    char text[PROCS_BYTES];
    ph_cleanup(ph_closep) int fd = cgroup_file_open_folder(folder);
    if (fd < 0 || cgroup_file_read(fd, "cgroup.procs", text, sizeof text) < 0)
        return -1;
    if (text[0] == '\0' || is_root(fd))
        return 0;
    ph_cleanup(ph_freep) char *ours = ph_format("%d\n", (int)getpid());
    if (strcmp(text, ours) != 0) {
        errno = EBUSY;
        return -1;
    }
    ph_cleanup(ph_freep) char *path = ph_format("%s/" DAEMON_GROUP, base);
    return mkdir(path, 0755) < 0 && errno != EEXIST ? -1 : enter(path);
}

static void take_controllers_back(const char *folder)
{
    char text[CONTROLLERS_BYTES], *rest = text;
    ph_cleanup(ph_closep) int fd = cgroup_file_open_folder(folder);
    if (fd < 0 || cgroup_file_read(fd, "cgroup.subtree_control", text, sizeof text) < 0)
        return;
    for (const char *name; (name = strsep(&rest, " \n"));) {
        ph_cleanup(ph_freep) char *word = ph_format("-%s", name);
        if (*name)
            cgroup_file_write(fd, "cgroup.subtree_control", word);
    }
}

void cgroup_daemon_return(const char *folder, const char *base)
{
    ph_cleanup(ph_freep) char *path = ph_format("%s/" DAEMON_GROUP, base);
    if (access(path, F_OK) < 0)
        return;
    take_controllers_back(base); /* the lower one first: it cannot have what the upper one lacks */
    take_controllers_back(folder);
    enter(folder);
    rmdir(path);
}
