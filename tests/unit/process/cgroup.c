#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <process/cgroup.h>
#include <scratch.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 10000 };

/* ---- with a folder in place of a group ---- */

/* A group whose files are plain ones: what the kernel would make is written by the test. */
struct stand_in {
    char *own;  /* the daemon's group */
    char *base; /* ours in it */
    char *leaf; /* that of "web.1" */
    cgroups_t *cgroups;
};

static char *make_folder(const char *parent, const char *name)
{
    char *path = ph_format("%s/%s", parent, name);
    cr_assert_eq(mkdir(path, 0755), 0);
    return path;
}

static void put(const char *folder, const char *name, const char *text)
{
    ph_cleanup(ph_freep) char *path = scratch_write(folder, name, text, 0644);
    cr_assert_not_null(path);
}

static void expect_text(const char *folder, const char *name, const char *expected)
{
    ph_cleanup(ph_freep) char *path = ph_format("%s/%s", folder, name);
    ph_cleanup(ph_freep) char *text = scratch_read(path);
    cr_expect_str_eq(text, expected, "%s has '%s'", path, text);
}

static void stand_in_open(struct stand_in *self, const char *controllers)
{
    struct ph_error err;
    self->own = scratch_new();
    self->cgroups = cgroups_new_in(self->own, &err);
    cr_assert_not_null(self->cgroups, "%s", err.message);
    self->base = ph_format("%s/plughost-%d", self->own, (int)getpid());
    self->leaf = make_folder(self->base, "web.1");
    put(self->own, "cgroup.controllers", controllers);
    put(self->own, "cgroup.events", "populated 1\n");
    put(self->own, "cgroup.procs", "");
    put(self->own, "cgroup.subtree_control", "");
    put(self->base, "cgroup.subtree_control", "");
    put(self->leaf, "memory.max", "");
    put(self->leaf, "cpu.max", "");
    put(self->leaf, "pids.max", "");
}

static void stand_in_close(struct stand_in *self)
{
    cgroups_destroy(&self->cgroups);
    cr_expect_null(self->cgroups);
    scratch_destroy(&self->own);
    ph_freep(&self->base);
    ph_freep(&self->leaf);
}

static cgroup_t *open_web(struct stand_in *self, struct cgroup_limits limits, struct ph_error *err)
{
    return cgroup_open(self->cgroups, "web.1", &limits, err);
}

Test(cgroup, limits_are_written_as_the_kernel_takes_them)
{
    struct stand_in in;
    struct ph_error err;
    stand_in_open(&in, "cpuset cpu memory pids\n");
    cgroup_t *web = open_web(&in, (struct cgroup_limits){1 << 20, 0.5, 64}, &err);
    cr_assert_not_null(web, "%s", err.message);
    expect_text(in.leaf, "memory.max", "1048576");
    expect_text(in.leaf, "cpu.max", "50000 100000");
    expect_text(in.leaf, "pids.max", "64");
    cr_expect(cgroup_close(&web));
    stand_in_close(&in);
}

Test(cgroup, a_limit_enables_its_controller_from_the_top_down)
{
    struct stand_in in;
    stand_in_open(&in, "cpu memory pids\n");
    cgroup_t *web = open_web(&in, (struct cgroup_limits){.pids_max = 64}, NULL);
    cr_assert_not_null(web);
    expect_text(in.own, "cgroup.subtree_control", "+pids");
    expect_text(in.base, "cgroup.subtree_control", "+pids");
    cr_expect(cgroup_close(&web));
    stand_in_close(&in);
}

Test(cgroup, a_controller_that_is_enabled_is_left_so)
{
    struct stand_in in;
    stand_in_open(&in, "");
    put(in.base, "cgroup.subtree_control", "cpu pids\n");
    cgroup_t *web = open_web(&in, (struct cgroup_limits){.cpu_max = 2, .pids_max = 100}, NULL);
    cr_assert_not_null(web);
    expect_text(in.own, "cgroup.subtree_control", "");
    expect_text(in.base, "cgroup.subtree_control", "cpu pids\n");
    cr_expect(cgroup_close(&web));
    stand_in_close(&in);
}

/* Puts the daemon where systemd starts it. Returns the folder that it is to go to. */
static char *put_daemon(struct stand_in *self, const char *others)
{
    char *to = make_folder(self->base, ".daemon");
    ph_cleanup(ph_freep) char *procs = ph_format("%d\n%s", (int)getpid(), others);
    put(self->own, "cgroup.procs", procs);
    put(to, "cgroup.procs", "");
    return to;
}

Test(cgroup, the_daemon_gets_out_of_the_way_of_a_controller)
{
    struct stand_in in;
    stand_in_open(&in, "cpu memory pids\n");
    ph_cleanup(ph_freep) char *to = put_daemon(&in, "");
    cgroup_t *web = open_web(&in, (struct cgroup_limits){.pids_max = 64}, NULL);
    cr_assert_not_null(web);
    expect_text(to, "cgroup.procs", "0");
    expect_text(in.own, "cgroup.subtree_control", "+pids");
    cr_expect(cgroup_close(&web));
    stand_in_close(&in);
}

Test(cgroup, a_daemon_that_is_not_alone_hands_no_controller_on)
{
    struct stand_in in;
    struct ph_error err = {0};
    stand_in_open(&in, "cpu memory pids\n");
    ph_cleanup(ph_freep) char *to = put_daemon(&in, "1\n");
    ph_cleanup(ph_freep) char *expected =
        ph_format("cannot limit pids: cannot enable controller 'pids' within the control group "
                  "'%s': Device or resource busy",
                  in.own);
    cr_expect_null(open_web(&in, (struct cgroup_limits){.pids_max = 64}, &err));
    cr_expect_str_eq(err.message, expected);
    cr_expect_str_eq(err.hint, "start the daemon in a group of its own");
    expect_text(to, "cgroup.procs", "");
    expect_text(in.own, "cgroup.subtree_control", "");
    stand_in_close(&in);
}

Test(cgroup, the_daemon_goes_back_when_it_ends)
{
    struct stand_in in;
    stand_in_open(&in, "cpu pids\n");
    ph_cleanup(ph_freep) char *to = put_daemon(&in, "");
    cgroups_make_way(in.cgroups);
    expect_text(to, "cgroup.procs", "0");
    put(in.own, "cgroup.procs", "");
    put(in.base, "cgroup.subtree_control", "cpu\n");
    put(in.own, "cgroup.subtree_control", "cpu\n");
    cgroups_destroy(&in.cgroups);
    expect_text(in.base, "cgroup.subtree_control", "-cpu");
    expect_text(in.own, "cgroup.subtree_control", "-cpu");
    expect_text(in.own, "cgroup.procs", "0");
    stand_in_close(&in);
}

Test(cgroup, no_limit_needs_no_controller)
{
    struct stand_in in;
    stand_in_open(&in, "");
    cgroup_t *web = open_web(&in, (struct cgroup_limits){0}, NULL);
    cr_assert_not_null(web);
    expect_text(in.leaf, "memory.max", "");
    cr_expect(cgroup_close(&web));
    cr_expect(cgroup_close(&web), "nothing is left to close");
    stand_in_close(&in);
}

Test(cgroup, a_controller_that_is_missing_is_named)
{
    struct stand_in in;
    struct ph_error err = {0};
    stand_in_open(&in, "cpu pids memory_too\n");
    ph_cleanup(ph_freep) char *expected =
        ph_format("cannot limit memory: the control group '%s' has no controller 'memory'", in.own);
    cr_expect_null(open_web(&in, (struct cgroup_limits){.memory_max_bytes = 1}, &err));
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect_str_eq(err.message, expected);
    cr_expect_str_eq(err.hint,
                     "enable it in the group above; in a systemd unit, Delegate=yes does");
    stand_in_close(&in);
}

Test(cgroup, a_limit_that_the_kernel_does_not_take_is_named)
{
    struct stand_in in;
    struct ph_error err = {0};
    stand_in_open(&in, "pids\n");
    ph_cleanup(ph_freep) char *file = ph_format("%s/pids.max", in.leaf);
    ph_cleanup(ph_freep) char *expected = ph_format(
        "cannot set pids.max of the control group '%s' to 5: No such file or directory", in.leaf);
    cr_assert_eq(unlink(file), 0);
    cr_expect_null(open_web(&in, (struct cgroup_limits){.pids_max = 5}, &err));
    cr_expect_str_eq(err.message, expected);
    stand_in_close(&in);
}

Test(cgroup, a_name_cannot_lead_out_of_our_group)
{
    struct stand_in in;
    stand_in_open(&in, "");
    static const char *const names[][2] = {{"../up", "%2E.%2Fup"},
                                           {"a/b.1", "a%2Fb.1"},
                                           {"a%2Fb.1", "a%252Fb.1"},
                                           {"plugin:x.0", "plugin:x.0"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ph_cleanup(ph_freep) char *path = ph_format("%s/%s", in.base, names[i][1]);
        struct stat status;
        cgroup_t *group = cgroup_open(in.cgroups, names[i][0], NULL, NULL);
        cr_assert_not_null(group);
        cr_expect_eq(stat(path, &status), 0, "%s", path);
        cr_expect_neq(fcntl(cgroup_fd(group), F_GETFD) & FD_CLOEXEC, 0);
        cr_expect(cgroup_close(&group));
        cr_expect_eq(stat(path, &status), -1, "%s", path);
    }
    stand_in_close(&in);
}

Test(cgroup, kills_for_want_of_memory_are_counted_from_the_opening_on)
{
    struct stand_in in;
    stand_in_open(&in, "");
    put(in.leaf, "memory.events", "low 0\noom 9\noom_kill 3\noom_group_kill 7\n");
    cgroup_t *web = open_web(&in, (struct cgroup_limits){0}, NULL);
    cr_expect_eq(cgroup_oom_kills(web), 0);
    put(in.leaf, "memory.events", "low 0\noom 9\noom_kill 5\noom_group_kill 7\n");
    cr_expect_eq(cgroup_oom_kills(web), 2);
    cr_expect(cgroup_close(&web));
    stand_in_close(&in);
}

/* 0 stands for a process that we cannot see: to kill it would kill ourselves. */
Test(cgroup, an_old_kernel_has_each_process_killed, .timeout = 10)
{
    struct stand_in in;
    int status;
    stand_in_open(&in, "");
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    ph_cleanup(ph_freep) char *procs = ph_format("0\n%d\n%d\n", (int)getpid(), (int)pid);
    put(in.leaf, "cgroup.procs", procs);
    cgroup_t *web = open_web(&in, (struct cgroup_limits){0}, NULL);
    cr_expect_eq(cgroup_kill(web, NULL), 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(WTERMSIG(status), SIGKILL);
    cr_expect(cgroup_close(&web));
    stand_in_close(&in);
}

Test(cgroup, one_that_cannot_be_killed_is_named)
{
    struct stand_in in;
    struct ph_error err = {0};
    stand_in_open(&in, "");
    cgroup_t *web = open_web(&in, (struct cgroup_limits){0}, NULL);
    ph_cleanup(ph_freep) char *expected =
        ph_format("cannot kill the control group '%s': No such file or directory", in.leaf);
    cr_expect_eq(cgroup_kill(web, &err), -1);
    cr_expect_str_eq(err.message, expected);
    cr_expect(cgroup_close(&web));
    stand_in_close(&in);
}

Test(cgroup, a_folder_that_we_cannot_write_to_is_named)
{
    struct ph_error err = {0};
    ph_cleanup(ph_freep) char *expected =
        ph_format("cannot make the control group '/nowhere/plughost-%d': No such file or directory",
                  (int)getpid());
    cr_expect_null(cgroups_new_in("/nowhere", &err));
    cr_expect_eq(err.code, PH_SYSTEM);
    cr_expect_str_eq(err.message, expected);
    cr_expect_str_eq(err.hint, "in a systemd unit, Delegate=yes allows it");
}

Test(cgroup, a_refusal_of_the_kernel_is_explained)
{
    static const int known[] = {EACCES, EPERM, EBUSY, EOPNOTSUPP, ENODEV, EAGAIN};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        cr_expect_not_null(cgroup_refusal(known[i]));
    cr_expect_not_null(strstr(cgroup_refusal(EBUSY), "controllers"));
    cr_expect_null(cgroup_refusal(ENOENT));
}

/* ---- with the kernel's groups ---- */

/* Starts a process in a group, and waits until that has started another one in a session of its
 * own; both hold `alive` open. Returns the pid of the first. */
static pid_t start_in(const cgroup_t *group, int alive[2])
{
    char byte;
    cr_assert_eq(pipe2(alive, O_CLOEXEC), 0);
    struct clone_args args = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (unsigned)cgroup_fd(group)};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) {
        /* fork() would take locks that other threads may have held. */
        struct clone_args other = {.exit_signal = SIGCHLD};
        if (syscall(SYS_clone3, &other, sizeof other) == 0 &&
            (setsid() < 0 || write(alive[1], "", 1) < 0))
            _exit(1);
        for (;;)
            pause();
    }
    cr_assert_gt(pid, 0, "%s", cgroup_refusal(errno));
    close(alive[1]);
    cr_assert_eq(read(alive[0], &byte, 1), 1, "the other one must be there");
    return pid;
}

/* Closes a group whose processes are dying: the kernel says when, but not to a poll for one file.
 */
static void close_when_empty(cgroup_t **group_p)
{
    int fd = openat(cgroup_fd(*group_p), "cgroup.events", O_RDONLY | O_CLOEXEC);
    struct pollfd changed = {.fd = fd, .events = POLLPRI};
    while (!cgroup_close(group_p))
        poll(&changed, 1, 10);
    close(fd);
}

static void kill_a_real_group(cgroups_t *cgroups)
{
    int alive[2], status;
    char byte;
    struct ph_error err = {0};
    cgroup_t *web = cgroup_open(cgroups, "web.1", NULL, &err);
    cr_assert_not_null(web, "%s", err.message);
    cr_expect_not(cgroup_is_populated(web));
    pid_t pid = start_in(web, alive);
    cr_expect(cgroup_is_populated(web));
    cr_expect_not(cgroup_close(&web), "somebody is in it");
    cr_assert_not_null(web);

    cr_expect_eq(cgroup_kill(web, &err), 0, "%s", err.message);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(WTERMSIG(status), SIGKILL);
    cr_expect_eq(read(alive[0], &byte, 1), 0, "the other one must be dead");
    close(alive[0]);
    close_when_empty(&web);
    cr_expect_null(web);
}

/* Where we may make groups they work; where we may not, it is said why. */
Test(cgroup, a_group_is_killed_as_a_whole_or_refused_with_a_reason, .timeout = 20)
{
    struct ph_error err = {0};
    cgroups_t *cgroups = cgroups_new(&err);
    if (!cgroups) {
        cr_expect(err.code == PH_SYSTEM || err.code == PH_NOT_FOUND);
        cr_expect_not_null(strstr(err.message, "control group"));
        return;
    }
    kill_a_real_group(cgroups);
    cgroups_destroy(&cgroups);
}

static void make_inner_group(cgroups_t *cgroups)
{
    cgroup_t *web = cgroup_open(cgroups, "web.2", NULL, NULL);
    cr_assert_not_null(web);
    cr_assert_eq(mkdirat(cgroup_fd(web), "inner", 0755), 0);
    cr_assert_eq(mkdirat(cgroup_fd(web), "inner/.most", 0755), 0);
    cr_expect(cgroup_close(&web));
}

/* Our own group is gone in the end only if all in it are. */
Test(cgroup, groups_that_a_process_made_are_removed_with_its_own_or_refused, .timeout = 20)
{
    struct ph_error err = {0};
    struct stat status;
    cgroups_t *cgroups = cgroups_new(&err);
    cr_assert(cgroups || err.message[0]);
    if (!cgroups)
        return;
    make_inner_group(cgroups);
    cgroup_t *web = cgroup_open(cgroups, "web.2", NULL, NULL);
    cr_expect_eq(fstatat(cgroup_fd(web), "inner", &status, 0), -1);
    cr_expect(cgroup_close(&web));
    cgroups_destroy(&cgroups);
}
