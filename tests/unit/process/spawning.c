#include "spawning.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <own_descriptors.h>
#include <poll.h>
#include <scratch.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 10000 };

const char *const plain_env[] = {"PATH=/usr/bin:/bin", NULL};

char *run_child(const struct spawn_spec *spec, int *status)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = scratch_write(folder, "output", "", 0600);
    ph_cleanup(ph_closep) int output = open(path, O_WRONLY | O_CLOEXEC);
    ph_cleanup(ph_closep) int pidfd = -1;
    struct ph_error err = {0};

    struct spawn_spec complete = *spec;
    ph_cleanup(ph_freep) struct spawn_fd *fds = ph_calloc(spec->fd_count + 1, sizeof *fds);
    for (size_t i = 0; i < spec->fd_count; i++)
        fds[i] = spec->fds[i];
    fds[complete.fd_count++] = (struct spawn_fd){output, STDOUT_FILENO};
    complete.fds = fds;

    pid_t pid = spawn(&complete, &pidfd, &err);
    cr_assert_gt(pid, 0, "%s", err.message);
    struct pollfd item = {.fd = pidfd, .events = POLLIN};
    cr_assert_eq(poll(&item, 1, DEADLINE_MS), 1);
    cr_assert_eq(waitpid(pid, status, 0), pid);
    return scratch_read(path);
}

void expect_output(const struct spawn_spec *spec, const char *expected)
{
    int status;
    ph_cleanup(ph_freep) char *output = run_child(spec, &status);
    cr_expect_str_eq(output, expected, "'%s' is not '%s'", output, expected);
    cr_expect_eq(status, 0);
}

const char *spawn_failure(const struct spawn_spec *spec, enum ph_code code, int sys_errno)
{
    static struct ph_error err;
    err = (struct ph_error){0};
    int pidfd = -7;
    unsigned before = count_descriptors();
    cr_expect_eq(spawn(spec, &pidfd, &err), -1);
    cr_expect_eq(pidfd, -7);
    cr_expect_eq(count_descriptors(), before);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
    cr_expect_eq(errno, ECHILD);
    cr_expect_eq(err.code, code);
    cr_expect_eq(err.sys_errno, sys_errno, "errno is %d", err.sys_errno);
    return err.message;
}

bool is_root(void)
{
    return geteuid() == 0;
}

struct identity other_identity(gid_t *groups)
{
    static char user[] = "54321", group[] = "54322";
    groups[0] = OTHER_ID + 1;
    groups[1] = OTHER_ID + 2;
    return (struct identity){.is_set = true,
                             .uid = OTHER_ID,
                             .gid = OTHER_ID + 1,
                             .groups = groups,
                             .group_count = 2,
                             .user = user,
                             .group = group};
}
