#include <alloc.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <own_descriptors.h>
#include <poll.h>
#include <process/mark.h>
#include <process/orphans.h>
#include <process/spawn.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* PATIENCE_MS is for what does not happen; nothing waits so long. */
enum { EPOCH = 77, SERIAL = 5, OTHER_SERIAL = 6, PATIENCE_MS = 20000, MANY = 50 };

/* What begins every script: the word that says that all is set up, to a pipe that stays open as
 * long as one of those that the script starts lives. */
#define READY "echo ready >&3; "
#define FOR_EVER "exec sleep 1000"
#define ESCAPES "(setsid sh -c '" READY FOR_EVER "' &); "

static loop_t *loop;
static orphans_t *orphans;
static pid_t main_pid;     /* 0: no main child */
static bool is_main_alive; /* as far as its serial goes */
static unsigned questions; /* whether a serial is alive */
static unsigned descriptors;
static int alive_fd;

static bool is_ours(void *arg, pid_t pid)
{
    (void)arg;
    return pid == main_pid;
}

static bool is_alive(void *arg, uint64_t serial)
{
    (void)arg;
    questions++;
    return serial == SERIAL && is_main_alive;
}

static void begin(void)
{
    loop = loop_new(NULL);
    struct orphans_host host = {
        .loop = loop, .epoch = EPOCH, .is_ours = is_ours, .is_alive = is_alive};
    orphans = orphans_new(&host, NULL);
    cr_assert_not_null(orphans);
}

static void end(void)
{
    orphans_destroy(&orphans);
    cr_expect_null(orphans);
    loop_destroy(&loop);
}

static void set_up(void)
{
    zsys_handler_set(NULL);
    begin(); /* CZMQ opens some descriptors the first time */
    end();
    descriptors = count_descriptors();
    alive_fd = -1;
    begin();
}

/* Whatever a test does: no child, no zombie and no descriptor is left. */
static void tear_down(void)
{
    end();
    ph_closep(&alive_fd);
    cr_expect_eq(count_descriptors(), descriptors);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
    cr_expect_eq(errno, ECHILD);
}

TestSuite(orphans, .init = set_up, .fini = tear_down, .timeout = 60);

/* Starts the main child, marked, with a script; waits until `ready` of its processes are set up. */
static void start_marked(const char *script, const char *mark, unsigned ready)
{
    int ends[2], pidfd;
    char text[sizeof "ready"];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    const char *argv[] = {"sh", "-c", script, NULL};
    const char *envp[] = {"PATH=/usr/bin:/bin", mark, NULL};
    struct spawn_fd fd = {.from = ends[1], .to = 3};
    struct spawn_spec spec = {
        .argv = argv, .envp = envp, .fds = &fd, .fd_count = 1, .umask = -1, .cgroup_fd = -1};
    struct ph_error err;
    main_pid = spawn(&spec, &pidfd, &err);
    cr_assert_gt(main_pid, 0, "%s", err.message);
    close(pidfd);
    close(ends[1]);
    alive_fd = ends[0];
    is_main_alive = true;
    for (unsigned i = 0; i < ready; i++)
        cr_assert_eq(read(alive_fd, text, sizeof text), (ssize_t)sizeof text);
}

static void start(const char *script)
{
    ph_cleanup(ph_freep) char *value = mark_format(EPOCH, SERIAL);
    ph_cleanup(ph_freep) char *mark = ph_format(MARK_VARIABLE "=%s", value);
    start_marked(script, mark, 1);
}

/* Ends the main child and its group, as a stop does. */
static void end_main(void)
{
    kill(-main_pid, SIGKILL);
    cr_assert_eq(waitpid(main_pid, NULL, 0), main_pid);
    main_pid = 0;
    is_main_alive = false;
}

static void end_loop(void *arg)
{
    ++*(unsigned *)arg;
    loop_end(loop);
}

/* The end of the pipe is closed by the last that held it. */
static bool is_somebody_alive(void)
{
    struct pollfd item = {.fd = alive_fd, .events = POLLIN};
    cr_assert_geq(poll(&item, 1, 0), 0);
    return (item.revents & POLLHUP) == 0;
}

/* Runs until `on_gone` was called for the serial. A loop that ended does not run again, so there is
 * a new one, with nothing remembered, after each time. */
static void sweep_for(uint64_t serial)
{
    unsigned calls = 0;
    struct orphans_wait wait = {.on_gone = end_loop, .arg = &calls};
    orphans_sweep_for(orphans, serial, &wait);
    cr_expect_eq(calls, 0, "it is called from the loop");
    loop_run(loop);
    cr_expect_eq(calls, 1);
    end();
    begin();
}

static void kill_all(void)
{
    unsigned calls = 0;
    struct orphans_wait wait = {.on_gone = end_loop, .arg = &calls};
    orphans_kill_all(orphans, &wait, PATIENCE_MS);
    loop_run(loop);
    cr_expect_eq(calls, 1);
    cr_expect_not(is_somebody_alive());
}

/* ---- those of a process that is gone ---- */

static void expect_all_killed(const char *script)
{
    start(script);
    end_main();
    sweep_for(SERIAL);
    cr_expect_not(is_somebody_alive(), "%s", script);
}

Test(orphans, with_nobody_there_a_wait_is_over_at_once)
{
    sweep_for(SERIAL);
}

Test(orphans, one_in_a_session_of_its_own_is_killed)
{
    expect_all_killed("setsid sh -c '" READY FOR_EVER "' & wait");
}

Test(orphans, one_that_forked_twice_is_killed)
{
    expect_all_killed(ESCAPES FOR_EVER);
}

Test(orphans, one_that_ignores_signals_is_killed)
{
    expect_all_killed("setsid sh -c 'trap \"\" TERM HUP INT; " READY
                      "while :; do sleep 1000; done' & wait");
}

Test(orphans, one_with_a_strange_name_is_killed)
{
    expect_all_killed("setsid sh -c 'printf \"a) b (c\" >/proc/$$/comm; " READY
                      "while :; do sleep 1000; done' & wait");
}

Test(orphans, one_that_is_stopped_is_killed)
{
    expect_all_killed("setsid sh -c '" READY "kill -STOP $$; " FOR_EVER "' & wait");
}

Test(orphans, what_they_have_started_is_killed_with_them)
{
    expect_all_killed("setsid sh -c 'setsid sh -c \"sleep 1000 & " READY "wait\" & wait' & wait");
}

Test(orphans, one_that_cleaned_its_environment_belongs_to_whom_its_child_belongs)
{
    expect_all_killed("setsid sh -c 'sh -c \"" READY FOR_EVER
                      "\" & exec env -i /bin/sleep 1000' & wait");
}

Test(orphans, many_are_killed)
{
    ph_cleanup(ph_freep) char *value = mark_format(EPOCH, SERIAL);
    ph_cleanup(ph_freep) char *mark = ph_format(MARK_VARIABLE "=%s", value);
    ph_cleanup(ph_freep) char *script =
        ph_format("for i in $(seq %d); do " ESCAPES "done; " FOR_EVER, MANY);
    start_marked(script, mark, MANY);
    end_main();
    sweep_for(SERIAL);
    cr_expect_not(is_somebody_alive());
}

/* They die while they are looked for, or are dead before. */
Test(orphans, those_that_end_by_themselves_are_reaped)
{
    start("for i in $(seq 20); do (setsid true &) ; done; " READY FOR_EVER);
    end_main();
    sweep_for(SERIAL);
    cr_expect_not(is_somebody_alive());
}

Test(orphans, one_without_a_mark_is_found_if_it_is_remembered)
{
    start("env -i /usr/bin/setsid /bin/sh -c '" READY "exec /bin/sleep 1000' & wait");
    orphans_remember(orphans, SERIAL, main_pid);
    end_main();
    sweep_for(SERIAL);
    cr_expect_not(is_somebody_alive());
}

/* ---- those that are left alone ---- */

Test(orphans, those_of_a_living_process_live)
{
    start(ESCAPES FOR_EVER);
    sweep_for(OTHER_SERIAL);
    cr_expect(is_somebody_alive());
    end_main();
    cr_expect(is_somebody_alive());
    sweep_for(SERIAL);
    cr_expect_not(is_somebody_alive());
}

static void expect_left_alone(const char *mark)
{
    start_marked(ESCAPES FOR_EVER, mark, 1);
    end_main();
    sweep_for(SERIAL);
    cr_expect(is_somebody_alive(), "%s", mark);
    kill_all();
}

Test(orphans, one_without_a_mark_lives_until_all_are_killed)
{
    expect_left_alone("A=1");
}

Test(orphans, one_marked_by_another_daemon_lives_until_all_are_killed)
{
    expect_left_alone(MARK_VARIABLE "=ffffffffffffffff.5");
}

Test(orphans, all_are_killed_also_those_of_a_living_process)
{
    start(ESCAPES FOR_EVER);
    is_main_alive = true;
    kill(-main_pid, SIGKILL);
    cr_assert_eq(waitpid(main_pid, NULL, 0), main_pid);
    main_pid = 0;
    kill_all();
}

static void count_call(void *arg)
{
    ++*(unsigned *)arg;
}

/* It is due right behind the sweep, when none of those that were killed is reaped yet. */
Test(orphans, killing_all_ends_when_patience_does)
{
    unsigned all = 0, others = 0;
    struct orphans_wait wait = {.on_gone = count_call, .arg = &all};
    struct orphans_wait end_wait = {.on_gone = end_loop, .arg = &others};
    start(ESCAPES FOR_EVER);
    orphans_kill_all(orphans, &wait, 0); /* while main_pid keeps its orphans from us, or not */
    end_main();
    orphans_sweep_for(orphans, SERIAL, &end_wait);
    loop_run(loop);
    cr_expect_eq(all, 1);
    cr_expect_eq(others, 1);
}

/* ---- waiting ---- */

Test(orphans, who_has_cancelled_is_not_called)
{
    unsigned cancelled = 0;
    struct orphans_wait wait = {.on_gone = count_call, .arg = &cancelled};
    orphans_cancel(orphans, &wait);
    orphans_sweep_for(orphans, SERIAL, &wait);
    orphans_cancel(orphans, &wait);
    orphans_cancel(orphans, &wait);
    sweep_for(SERIAL);
    cr_expect_eq(cancelled, 0);
}

/* Each cancels the other. */
struct rival {
    struct orphans_wait wait;
    struct rival *other;
    unsigned *calls;
};

static void cancel_other(void *arg)
{
    struct rival *self = arg;
    ++*self->calls;
    orphans_cancel(orphans, &self->other->wait);
}

Test(orphans, who_is_called_may_cancel_one_whose_turn_has_come)
{
    unsigned calls = 0;
    struct rival a = {.wait = {.on_gone = cancel_other, .arg = &a}, .calls = &calls};
    struct rival b = {.wait = {.on_gone = cancel_other, .arg = &b}, .other = &a, .calls = &calls};
    a.other = &b;
    orphans_sweep_for(orphans, SERIAL, &a.wait);
    orphans_sweep_for(orphans, OTHER_SERIAL, &b.wait);
    sweep_for(SERIAL);
    cr_expect_eq(calls, 1);
}

static void wait_anew(void *arg)
{
    struct rival *self = arg;
    if (++*self->calls < 3)
        orphans_sweep_for(orphans, SERIAL, &self->wait);
    else
        loop_end(loop);
}

Test(orphans, who_is_called_may_wait_anew)
{
    unsigned calls = 0;
    struct rival rival = {.wait = {.on_gone = wait_anew, .arg = &rival}, .calls = &calls};
    orphans_sweep_for(orphans, SERIAL, &rival.wait);
    loop_run(loop);
    cr_expect_eq(calls, 3);
}

Test(orphans, any_number_of_requests_makes_one_sweep)
{
    unsigned calls = 0;
    struct orphans_wait waits[MANY];
    start(ESCAPES FOR_EVER);
    for (unsigned i = 0; i < MANY; i++) {
        waits[i] = (struct orphans_wait){.on_gone = count_call, .arg = &calls};
        orphans_sweep_soon(orphans);
        orphans_sweep_for(orphans, OTHER_SERIAL, &waits[i]);
    }
    questions = 0;
    sweep_for(OTHER_SERIAL);
    cr_expect_eq(calls, MANY);
    cr_expect_eq(questions, 1, "there was one orphan to ask about");
    end_main();
    sweep_for(SERIAL);
}

static void end_when_nobody_is_left(void *arg)
{
    struct timer *timer = arg;
    if (is_somebody_alive())
        timers_start(loop_timers(loop), timer, 1);
    else
        loop_end(loop);
}

Test(orphans, a_sweep_that_nobody_waits_for_kills_too)
{
    struct timer timer = {.fire = end_when_nobody_is_left, .arg = &timer};
    start(ESCAPES FOR_EVER);
    end_main();
    orphans_sweep_soon(orphans);
    timers_start(loop_timers(loop), &timer, 1);
    loop_run(loop);
    end();
    begin();
    sweep_for(SERIAL); /* it is dead, and may not have been reaped */
}

/* ---- SIGCHLD ---- */

/* Returns who it was; it is not reaped. */
static pid_t await_a_death(void)
{
    siginfo_t info;
    cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
    return info.si_pid;
}

Test(orphans, one_that_ends_is_reaped_without_a_sweep)
{
    start("(setsid sh -c 'exit 0' &) ; " READY FOR_EVER);
    pid_t pid = await_a_death();
    orphans_on_sigchld(orphans, pid);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), 0, "there is none that can be reaped but one alive");
    orphans_on_sigchld(orphans, pid); /* it is gone: nothing happens */
    end_main();
}

Test(orphans, a_main_child_is_left_to_whom_it_belongs)
{
    start(READY "exit 7");
    orphans_on_sigchld(orphans, await_a_death());
    sweep_for(OTHER_SERIAL);
    int status = 0;
    cr_expect_eq(waitpid(main_pid, &status, WNOHANG), main_pid);
    cr_expect_eq(WEXITSTATUS(status), 7);
}
