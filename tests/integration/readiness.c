/* When a process counts as ready, and what becomes of one that does not get there. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <fcntl.h>
#include <files.h>
#include <processes.h>
#include <raw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(readiness, .timeout = 60);

enum { WAIT_MS = 10000 };

/* Waits for an event and drops it. */
static void pass_event(daemon_t *daemon, const char *topic)
{
    ph_event_t *event = daemon_wait_event(daemon, topic, WAIT_MS);
    ph_event_destroy(&event);
}

/* Starts the watcher 'web' and returns its pid while it is not ready yet. */
static pid_t start_unready(daemon_t *daemon)
{
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *spawn =
        daemon_wait_event(daemon, "watcher.web.spawn", WAIT_MS);
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, "starting");
    cr_expect_eq(state.running, 0);
    cr_expect_eq(state.pid, (pid_t)event_number(spawn, "process_pid"));
    return state.pid;
}

static void expect_ready(daemon_t *daemon, pid_t pid, const char *how)
{
    ph_cleanup(ph_event_destroy) ph_event_t *ready =
        daemon_wait_event(daemon, "watcher.web.ready", WAIT_MS);
    cr_expect_eq((pid_t)event_number(ready, "process_pid"), pid);
    cr_expect_str_eq(event_text(ready, "reason"), how);
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, "active");
    cr_expect_eq(state.running, 1);
}

/* ---- startsecs ---- */

Test(readiness, a_program_is_ready_when_it_has_run_for_startsecs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nstartsecs = 0.4\nautostart = no\n");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *spawn =
        daemon_wait_event(daemon, "watcher.web.spawn", WAIT_MS);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "starting");
    ph_cleanup(ph_event_destroy) ph_event_t *ready =
        daemon_wait_event(daemon, "watcher.web.ready", WAIT_MS);
    cr_expect_geq(ph_event_time(ready) - ph_event_time(spawn), 0.39);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(readiness, who_waits_for_a_start_waits_for_startsecs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nstartsecs = 0.4\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(readiness, a_death_before_startsecs_is_that_of_a_program_that_never_came_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nstartsecs = 3600\nautostart = no\n"
                          "restart_delay = 5\nrestart_jitter = 0\n");
    pid_t pid = start_unready(daemon);
    cr_assert_eq(kill(pid, SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS);
    ph_cleanup(ph_event_destroy) ph_event_t *backoff =
        daemon_wait_event(daemon, "watcher.web.backoff", WAIT_MS);
    cr_expect_eq(ph_event_seq(backoff), ph_event_seq(reap) + 1, "it was restarted at once");
    cr_expect_eq((int)event_number(backoff, "attempt"), 1);
    cr_expect_float_eq(event_number(backoff, "delay"), 5, 1e-9);
}

Test(readiness, what_is_not_ready_can_be_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nstartsecs = 3600\nautostart = no\n");
    start_unready(daemon);
    daemon_do(daemon, "stop", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

/* ---- notify ---- */

/* Has a daemon whose watcher 'web' says what the test writes to `*input`. */
static daemon_t *start_notifier(const char *options, int *input)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[watcher:web]\ncmd = @CHILD@ notify @DIR@/say\nautostart = no\n%s", options);
    daemon_t *daemon = daemon_prepare(text);
    *input = daemon_make_fifo(daemon, "say");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    return daemon;
}

/* Returns what the process says of itself by status, which the caller frees. */
static char *text_of(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "status", "web", false);
    const ph_value_t *watcher = ph_value_at(ph_value_get(ph_message_body(reply), "watchers"), 0);
    const ph_value_t *process = ph_value_at(ph_value_get(watcher, "processes"), 0);
    return ph_strdup(ph_value_string(ph_value_get(process, "text"), "(nothing)"));
}

/* Waits until status says that the process says that of itself. */
static void wait_text(daemon_t *daemon, const char *wanted)
{
    ph_cleanup(ph_freep) char *found = text_of(daemon);
    for (int64_t end = ph_clock_ms() + WAIT_MS; strcmp(found, wanted) != 0;) {
        /* No event tells of it; but one may come meanwhile. */
        ph_event_t *event = ph_client_receive(daemon_client(daemon), 10, NULL);
        ph_event_destroy(&event);
        ph_freep(&found);
        found = text_of(daemon);
        if (ph_clock_ms() > end)
            break;
    }
    cr_expect_str_eq(found, wanted);
}

Test(readiness, a_program_with_notify_is_ready_when_it_says_so)
{
    int fd;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_notifier("notify = yes\n", &fd);
    ph_cleanup(ph_closep) int input = fd;
    pid_t pid = start_unready(daemon);
    fifo_write(input, "READY=0\nREADY=11\nSTATUS=reading the catalogue\n");
    wait_text(daemon, "reading the catalogue");
    cr_expect_str_eq(daemon_status(daemon, "web").status, "starting");
    fifo_write(input, "READY=1\n");
    expect_ready(daemon, pid, "it said READY=1");
    fifo_write(input, "STATUS=serving\n");
    wait_text(daemon, "serving");
}

Test(readiness, what_it_left_behind_does_not_make_ready_what_has_ended)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\nshell = yes\nnotify = yes\nwatchdog = 30\nautostart = no\n"
        "cmd = @CHILD@ notify @DIR@/say & exit 3\n"
        "hooks.before_reap = sh -c 'echo x > @DIR@/ended; read x < @DIR@/go'\n");
    ph_cleanup(ph_closep) int say = daemon_make_fifo(daemon, "say");
    ph_cleanup(ph_closep) int go = daemon_make_fifo(daemon, "go");
    daemon_do(daemon, "start", "web", false);
    free(daemon_wait_file(daemon, "ended", "x\n", 10000));
    fifo_write(say, "READY=1\n");
    fifo_write(say, "STATUS=late\n");
    wait_text(daemon, "late");
    cr_expect_str_eq(daemon_status(daemon, "web").status, "starting");
    fifo_write(go, "x\n");
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 10000);
    cr_expect_str_eq(event_text(reap, "cause"), "exit status 3");
}

Test(readiness, what_a_program_said_of_itself_goes_with_it)
{
    int fd;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_notifier("notify = yes\n", &fd);
    ph_cleanup(ph_closep) int input = fd;
    start_unready(daemon);
    fifo_write(input, "STATUS=half way\n");
    wait_text(daemon, "half way");
    daemon_do(daemon, "restart", "web", false);
    pass_event(daemon, "watcher.web.spawn");
    wait_text(daemon, "(nothing)");
}

Test(readiness, a_program_without_notify_has_no_socket_to_say_anything_to)
{
    setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ env NOTIFY_SOCKET @DIR@/socket\n");
    free(daemon_wait_file(daemon, "socket", "(not set)\n", WAIT_MS));
}

Test(readiness, another_process_cannot_say_that_a_program_is_ready)
{
    int fd;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_notifier(
        "notify = yes\n[watcher:stranger]\ncmd = @CHILD@ notify @DIR@/lies\nautostart = no\n"
        "notify = yes\n",
        &fd);
    ph_cleanup(ph_closep) int lies = daemon_make_fifo(daemon, "lies");
    start_unready(daemon);
    daemon_do(daemon, "start", "stranger", false);
    fifo_write(lies, "READY=1\n");
    daemon_wait_status(daemon, "stranger", "active", WAIT_MS);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "starting");
    close(fd);
}

/* ---- notify_fd ---- */

Test(readiness, a_program_with_notify_fd_is_ready_when_it_writes_a_newline_there)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:web]\nshell = yes\nnotify_fd = 7\nautostart = no\n"
                       "cmd = printf 'not yet' >&7; : >@DIR@/said; exec cat <>@DIR@/say >&7\n");
    ph_cleanup(ph_closep) int input = daemon_make_fifo(daemon, "say");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    pid_t pid = start_unready(daemon);
    free(daemon_wait_file(daemon, "said", "", WAIT_MS));
    daemon_do(daemon, "ping", NULL, false); /* by now the daemon has read it */
    cr_expect_str_eq(daemon_status(daemon, "web").status, "starting");
    fifo_write(input, "\n");
    expect_ready(daemon, pid, "it wrote a newline to notify_fd");
}

Test(readiness, a_program_that_closes_notify_fd_without_a_word_does_not_become_ready)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\nshell = yes\nnotify_fd = 3\nautostart = no\n"
        "cmd = exec 3>&-; : >@DIR@/closed; exec @CHILD@ run\nstartup_timeout = 0.5\n");
    start_unready(daemon);
    free(daemon_wait_file(daemon, "closed", "", WAIT_MS));
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS);
    cr_expect_str_eq(event_text(reap, "cause"), "start timed out: it was not ready within 0.5 s");
}

/* ---- startup_timeout ---- */

/* Checks that the process is killed for want of readiness, and that this is a death like others. */
static void expect_timeout(daemon_t *daemon, const char *name)
{
    static const char cause[] = "start timed out: it was not ready within 0.3 s";
    ph_cleanup(ph_freep) char *reap_topic = ph_format("watcher.%s.reap", name);
    ph_cleanup(ph_freep) char *backoff_topic = ph_format("watcher.%s.backoff", name);
    daemon_do(daemon, "start", name, false);
    ph_cleanup(ph_event_destroy) ph_event_t *reap = daemon_wait_event(daemon, reap_topic, WAIT_MS);
    ph_cleanup(ph_event_destroy) ph_event_t *backoff =
        daemon_wait_event(daemon, backoff_topic, WAIT_MS);
    cr_expect_str_eq(event_text(reap, "cause"), cause);
    cr_expect_eq((int)event_number(reap, "exit_code"), -SIGKILL);
    cr_expect_geq(event_number(reap, "uptime"), 0.29);
    cr_expect_str_eq(event_text(backoff, "reason"), cause);
    cr_expect_eq((int)event_number(backoff, "attempt"), 1);
    cr_expect_str_eq(daemon_status(daemon, name).reason, cause);
}

#define TIMEOUT "autostart = no\nstartup_timeout = 0.3\nrestart_delay = 60\nrestart_jitter = 0\n"

Test(readiness, a_program_that_is_not_ready_in_time_is_killed_and_backs_off)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nnotify = yes\n" TIMEOUT);
    expect_timeout(daemon, "web");
}

Test(readiness, a_plugin_that_is_not_ready_in_time_is_killed_and_backs_off)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("[plugin:hangs]\n" TIMEOUT);
    expect_timeout(daemon, "plugin:hangs");
}

Test(readiness, startup_timeout_is_over_once_it_is_ready)
{
    int fd;
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_notifier("notify = yes\nstartup_timeout = 0.5\n", &fd);
    ph_cleanup(ph_closep) int input = fd;
    fifo_write(input, "READY=1\n");
    daemon_do(daemon, "start", "web", true);
    int pidfd = process_open(daemon_status(daemon, "web").pid);
    cr_expect(!process_wait_gone(pidfd, 700), "it was killed all the same");
    close(pidfd);
}

Test(readiness, a_wait_for_a_start_that_times_out_is_refused_with_the_cause)
{
    struct ph_error err = {0};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nnotify = yes\n" TIMEOUT);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_try(daemon, "start", "web", true, &err);
    cr_assert_null(reply);
    cr_expect(strstr(err.message, "start timed out: it was not ready within 0.3 s"), "%s",
              err.message);
}
