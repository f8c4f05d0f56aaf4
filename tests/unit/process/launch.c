#include "spawning.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <scratch.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(launch, .timeout = 20);

/* ---- how much ---- */

Test(launch, the_child_has_the_limits_that_it_is_given_and_the_daemon_its_own)
{
    struct rlimit before, after;
    struct limit limits[] = {{RLIMIT_NOFILE, {.rlim_cur = 77, .rlim_max = 88}},
                             {RLIMIT_CORE, {.rlim_cur = 0, .rlim_max = 0}}};
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    expect_output(
        &SPEC(SHELL("ulimit -Sn; ulimit -Hn; ulimit -c"), .limits = limits, .limit_count = 2),
        "77\n88\n0\n");
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &after), 0);
    cr_expect_eq(after.rlim_cur, before.rlim_cur, "ours stays");
    cr_expect_eq(after.rlim_max, before.rlim_max, "ours stays");
}

Test(launch, a_limit_that_is_refused_is_named)
{
    struct limit limit = {RLIMIT_NOFILE, {.rlim_cur = 1U << 31, .rlim_max = 1U << 31}};
    cr_expect_str_eq(
        spawn_failure(&SPEC(SHELL("true"), .limits = &limit, .limit_count = 1), PH_SYSTEM, EPERM),
        "could not limit 'nofile': Operation not permitted");
}

/* Says whether we may raise a hard limit: not even root may in some containers. */
static bool can_raise_limits(void)
{
    struct rlimit low = {.rlim_cur = 1000, .rlim_max = 1000};
    struct rlimit high = {.rlim_cur = 1000, .rlim_max = 2000};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    bool can = setrlimit(RLIMIT_NOFILE, &high) == 0;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    return can;
}

Test(launch, a_limit_is_raised_with_the_privileges_of_the_daemon)
{
    gid_t groups[2];
    struct identity identity = other_identity(groups);
    struct limit limit = {RLIMIT_NOFILE, {.rlim_cur = 1000, .rlim_max = 2000}};
    struct spawn_spec spec =
        SPEC(SHELL("ulimit -Hn"), .identity = &identity, .limits = &limit, .limit_count = 1);
    if (can_raise_limits())
        expect_output(&spec, "2000\n");
    else
        cr_expect_str_eq(spawn_failure(&spec, PH_SYSTEM, EPERM),
                         "could not limit 'nofile': Operation not permitted");
}

Test(launch, a_descriptor_may_have_a_number_beyond_the_limit)
{
    struct limit limit = {RLIMIT_NOFILE, {.rlim_cur = 10, .rlim_max = 10}};
    struct spawn_fd fd = {SPAWN_NULL, 50};
    expect_output(&SPEC(SHELL("[ -e /proc/self/fd/50 ] && echo open"), .fds = &fd, .fd_count = 1,
                        .limits = &limit, .limit_count = 1),
                  "open\n");
}

Test(launch, niceness_is_absolute_and_lowered_with_the_privileges_of_the_daemon)
{
    expect_output(&SPEC(SHELL("nice"), .has_nice = true, .nice = 7), "7\n");
    gid_t groups[2];
    struct identity identity = other_identity(groups);
    struct spawn_spec spec =
        SPEC(SHELL("nice"), .identity = &identity, .has_nice = true, .nice = -5);
    if (is_root())
        expect_output(&spec, "-5\n");
    else
        cr_expect_str_eq(spawn_failure(&spec, PH_SYSTEM, EACCES),
                         "could not set nice to '-5': Permission denied");
}

Test(launch, the_score_for_the_killer_of_memory_hogs_is_set)
{
    expect_output(&SPEC(SHELL("cat /proc/self/oom_score_adj"), .has_oom_score_adj = true,
                        .oom_score_adj = 300),
                  "300\n");
    ph_cleanup(ph_freep) char *ours = scratch_read("/proc/self/oom_score_adj");
    cr_expect_str_neq(ours, "300\n");
    cr_expect_str_eq(
        spawn_failure(&SPEC(SHELL("true"), .has_oom_score_adj = true, .oom_score_adj = 1001),
                      PH_SYSTEM, EINVAL),
        "could not set oom_score_adj to '1001': Invalid argument");
}

/* ---- the rest ---- */

Test(launch, the_umask_is_that_of_the_child_only)
{
    mode_t before = umask(022);
    expect_output(&SPEC(SHELL("umask")), "0022\n");
    struct spawn_spec spec = SPEC(SHELL("umask"));
    spec.umask = 077;
    expect_output(&spec, "0077\n");
    spec.umask = 0;
    expect_output(&spec, "0000\n");
    cr_expect_eq(umask(before), 022);
}

#define SHOW_NO_NEW_PRIVS                                                                          \
    .argv = WORDS("sed", "-n", "/^NoNewPrivs:/p", "/proc/self/status"), .envp = plain_env

Test(launch, new_privileges_can_be_ruled_out)
{
    expect_output(&SPEC(SHOW_NO_NEW_PRIVS), "NoNewPrivs:\t0\n");
    expect_output(&SPEC(SHOW_NO_NEW_PRIVS, .no_new_privs = true), "NoNewPrivs:\t1\n");
}

Test(launch, a_variable_can_hold_the_pid_of_the_child)
{
    char variable[] = "LISTEN_PID=00000000000";
    expect_output(&SPEC(.argv = WORDS("sh", "-c", "[ $$ = $LISTEN_PID ] && echo same"),
                        .envp = WORDS("PATH=/bin", variable),
                        .pid_text = strchr(variable, '=') + 1),
                  "same\n");
}

/* A folder with a file in place of the kernel's shows what is written there. */
Test(launch, the_child_puts_itself_into_the_cgroup)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *file = scratch_write(folder, "cgroup.procs", "", 0600);
    ph_cleanup(ph_closep) int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct spawn_spec spec = SPEC(SHELL("true"));
    spec.cgroup_fd = fd;
    expect_output(&spec, "");
    ph_cleanup(ph_freep) char *text = scratch_read(file);
    cr_expect_str_eq(text, "0");
    cr_assert_eq(unlink(file), 0);
    cr_expect_str_eq(spawn_failure(&spec, PH_SYSTEM, ENOENT),
                     "could not enter the cgroup: No such file or directory");
}

static int start_out_of(int resource, char *message)
{
    struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    struct ph_error err = {0};
    int pidfd;
    if (is_root() && setuid(OTHER_ID) < 0)
        return 1;
    setrlimit((__rlimit_resource_t)resource, &none);
    if (spawn(&SPEC(SHELL("true")), &pidfd, &err) != -1)
        return 2;
    return strcmp(err.message, message) != 0;
}

Test(launch, what_there_is_too_little_of_is_said)
{
    static const struct {
        int resource;
        char message[96];
    } cases[] = {
        {RLIMIT_NPROC, "could not start a process: out of processes: Resource temporarily "
                       "unavailable"},
        {RLIMIT_NOFILE, "could not start a process: out of descriptors: Too many open files"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status;
        char message[96];
        memcpy(message, cases[i].message, sizeof message);
        pid_t pid = fork();
        if (pid == 0)
            _exit(start_out_of(cases[i].resource, message));
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_expect_eq(status, 0, "%s: %d", message, WEXITSTATUS(status));
    }
}

/* ---- the end of the daemon ---- */

/* Stands for the daemon: starts a child, tells its number and waits to be killed. */
static void be_daemon(int report, const struct spawn_spec *spec)
{
    int pidfd;
    pid_t child = spawn(spec, &pidfd, NULL);
    if (write(report, &child, sizeof child) != sizeof child)
        _exit(1);
    for (;;)
        pause();
}

/* Starts a child whose daemon is killed then; it has become ours. Returns its pid. */
static pid_t orphan(const struct spawn_spec *spec)
{
    int report[2], status;
    pid_t child = 0;
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    cr_assert_eq(pipe(report), 0);
    pid_t daemon = fork();
    if (daemon == 0)
        be_daemon(report[1], spec);
    cr_assert_eq(read(report[0], &child, sizeof child), (ssize_t)sizeof child);
    cr_assert_gt(child, 0);
    kill(daemon, SIGKILL);
    cr_assert_eq(waitpid(daemon, &status, 0), daemon);
    close(report[0]);
    close(report[1]);
    return child;
}

static void expect_end(pid_t child, int number)
{
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFSIGNALED(status));
    cr_expect_eq(WTERMSIG(status), number);
}

Test(launch, the_child_dies_with_the_daemon)
{
    struct spawn_spec spec = SPEC(SHELL("exec sleep 60"));
    expect_end(orphan(&spec), SIGKILL);
}

Test(launch, a_child_that_changes_its_user_dies_with_the_daemon_as_well)
{
    gid_t groups[2];
    struct identity identity = other_identity(groups);
    struct spawn_spec spec = SPEC(SHELL("exec sleep 60"));
    spec.identity = is_root() ? &identity : NULL;
    expect_end(orphan(&spec), SIGKILL);
}

Test(launch, a_child_may_outlive_the_daemon)
{
    struct spawn_spec spec = SPEC(SHELL("exec sleep 60"), .outlives_daemon = true);
    pid_t child = orphan(&spec);
    kill(child, SIGTERM);
    expect_end(child, SIGTERM); /* SIGKILL would have come first */
}
