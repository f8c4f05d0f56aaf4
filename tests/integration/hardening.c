/* What once stopped, killed or deafened the daemon, or made it say what is not true. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <errno.h>
#include <fcntl.h>
#include <files.h>
#include <processes.h>
#include <raw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WEB "[watcher:web]\ncmd = @CHILD@ run\n"

/* Nothing that is sent to it ends it: a stop lasts until somebody kills it. */
#define STUBBORN                                                                                   \
    "[watcher:stubborn]\ncmd = @CHILD@ run\nstop_signal = SIGWINCH\ngraceful_timeout = 600\n"

#define BYTES(text) text, sizeof text - 1

enum { CALL_MS = 10000 };

TestSuite(hardening, .timeout = 60);

/* ---- daemons that a shell starts ---- */

/* Starts plughostd by a script in the test's folder, in which "$@" is the command line. */
static program_t *launch(const daemon_t *daemon, const char *script)
{
    const char *argv[] = {"/bin/sh",
                          "-c",
                          script,
                          "sh",
                          TEST_PLUGHOSTD,
                          "--log-output",
                          daemon_log_file(daemon),
                          daemon_config(daemon),
                          NULL};
    ph_cleanup(ph_freep) char *output = daemon_path(daemon, "output");
    return program_start(
        &(struct program_spec){.argv = argv, .output = output, .working_dir = daemon_dir(daemon)});
}

static void expect_orderly_end(const daemon_t *daemon, program_t *program)
{
    ph_cleanup(ph_freep) char *run_dir = daemon_path(daemon, "run");
    program_signal(program, SIGTERM);
    cr_expect_eq(program_wait(program, 10000), 0);
    cr_expect(directory_is_empty(run_dir));
    cr_expect(processes_wait_none(2000));
}

/* Starts and stops a watcher, which makes six lines of log and as many events. */
static void cycle(daemon_t *daemon, const char *name, int times)
{
    for (int i = 0; i < times; i++) {
        daemon_do(daemon, "start", name, true);
        daemon_do(daemon, "stop", name, true);
    }
}

/* ---- requests ---- */

Test(hardening, a_cast_of_a_req_is_acknowledged_even_if_it_makes_no_sense)
{
    static const char *const casts[] = {
        "{\"msg_type\":\"cast\"}",
        "{\"msg_type\":\"cast\",\"command\":5}",
        "{\"msg_type\":\"cast\",\"command\":\"ping\",\"properties\":[]}",
    };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *req = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    for (size_t i = 0; i < sizeof casts / sizeof casts[0]; i++) {
        size_t size;
        raw_send_text(req, casts[i], 0);
        ph_cleanup(ph_freep) char *reply = raw_receive(req, &size, CALL_MS);
        cr_assert(reply, "no reply to %s", casts[i]);
        cr_expect(strstr(reply, "\"status\":\"ok\""), "%s", reply);
        raw_expect_pong(req);
    }
}

static void expect_refused(raw_t *raw, const char *request, const char *reason)
{
    size_t size;
    raw_send_text(raw, request, 0);
    ph_cleanup(ph_freep) char *reply = raw_receive(raw, &size, CALL_MS);
    cr_assert(reply, "no reply to %s", request);
    cr_expect(strstr(reply, "\"code\":\"invalid\""), "%s: %s", request, reply);
    cr_expect(strstr(reply, reason), "%s: %s", request, reply);
}

Test(hardening, a_text_with_a_nul_within_is_refused_and_not_cut_there)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t pid = daemon_wait_started(daemon, "web", 5000);
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    expect_refused(raw, "{\"command\":\"ping\\u0000x\"}", "the request has no text 'command'");
    expect_refused(raw, "{\"command\":\"stop\",\"properties\":{\"name\":\"web\\u0000x\"}}",
                   "property 'name' of 'stop' must be a text or list of texts");
    expect_refused(raw, "{\"command\":\"stop\",\"properties\":{\"name\":[\"web\\u0000x\"]}}",
                   "property 'name' of 'stop' must be a text or list of texts");
    raw_send(raw,
             BYTES("\x82\xa7"
                   "command\xa4stop\xaaproperties\x81\xa6name\0x\xa3web"),
             0);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(raw, CALL_MS);
    cr_expect_str_eq(reply_text(reply, "code"), "invalid");
    cr_expect_str_eq(reply_text(reply, "reason"), "'stop' has no property 'name'");
    cr_expect_eq(daemon_status(daemon, "web").pid, pid);
}

Test(hardening, a_list_of_more_names_than_watchers_is_refused_before_it_is_read)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    struct ph_error err = {0};
    ph_writer_array(properties, "name");
    for (int i = 0; i < 15000; i++)
        ph_writer_format(properties, NULL, "%060d", i);
    ph_writer_end(properties);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(daemon_client(daemon), "status", properties, CALL_MS, &err);
    cr_expect_null(reply);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "15000 names for 1 watchers");
}

Test(hardening, a_request_that_is_too_large_is_refused_before_it_is_sent)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    size_t size = (1 << 20) + 1;
    ph_cleanup(ph_freep) char *text = ph_calloc(1, size);
    memset(text, 'x', size);
    ph_writer_text(properties, "name", text, size);
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(daemon_client(daemon), "status", properties, CALL_MS, &err);
    cr_expect_null(reply);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect(strstr(err.message, "plughostd takes at most 1048576"), "%s", err.message);
    daemon_do(daemon, "ping", NULL, false); /* by the same client */
}

/* ---- descriptors ---- */

enum { PLAIN_CLIENTS = 150 };

static void connect_plainly(const char *path, int *fds)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (int i = 0; i < PLAIN_CLIENTS; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        cr_assert_geq(fds[i], 0);
        cr_expect_eq(connect(fds[i], (struct sockaddr *)&address, sizeof address), 0);
    }
}

Test(hardening, without_descriptors_left_the_daemon_turns_clients_away_and_lives)
{
    int fds[PLAIN_CLIENTS];
    struct ph_error err = {0};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(WEB);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "run/endpoint.sock");
    ph_cleanup(program_destroy) program_t *program = launch(daemon, "ulimit -n 80; exec \"$@\"");
    daemon_await(daemon);
    connect_plainly(path, fds);
    daemon_do(daemon, "ping", NULL, false);
    char byte; /* the last one is beyond the limit: it sees the end of file */
    cr_expect_eq(recv(fds[PLAIN_CLIENTS - 1], &byte, 1, 0), 0);
    for (int i = 0; i < PLAIN_CLIENTS; i++)
        close(fds[i]);

    ph_cleanup(ph_client_destroy) ph_client_t *late = ph_client_new(daemon_endpoint(daemon), &err);
    cr_assert(late, "%s", err.message);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(late, "ping", NULL, CALL_MS, &err);
    cr_expect(reply, "%s", err.message);
    ph_client_destroy(&late);
    expect_orderly_end(daemon, program);
}

Test(hardening, a_child_may_open_as_many_descriptors_as_the_daemon_was_allowed_to)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:shell]\ncmd = sh -c 'ulimit -n >@DIR@/limit; exec @CHILD@ run'\n");
    ph_cleanup(program_destroy) program_t *program = launch(daemon, "ulimit -Sn 123; exec \"$@\"");
    daemon_await(daemon);
    free(daemon_wait_file(daemon, "limit", "123\n", CALL_MS));
    expect_orderly_end(daemon, program);
}

Test(hardening, a_daemon_with_closed_outputs_gives_its_children_some)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(
        "[watcher:shell]\ncmd = sh -c 'echo x && echo done >@DIR@/file; exec @CHILD@ run'\n");
    ph_cleanup(program_destroy) program_t *program = launch(daemon, "exec \"$@\" <&- >&- 2>&-");
    daemon_await(daemon);
    free(daemon_wait_file(daemon, "file", "done\n", CALL_MS));
    expect_orderly_end(daemon, program);
}

/* ---- logs ---- */

/* Returns both ends of a pipe with a name, which does not block and has no room left. */
static int make_full_pipe(const char *path)
{
    static const char bytes[4096];
    cr_assert_eq(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    while (write(fd, bytes, sizeof bytes) > 0)
        continue;
    return fd;
}

Test(hardening, an_error_output_that_nobody_reads_holds_nothing_up)
{
    struct ph_error err = {0};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(WEB);
    ph_cleanup(ph_freep) char *pipe_path = daemon_path(daemon, "pipe");
    ph_cleanup(ph_freep) char *pidfile = daemon_path(daemon, "pid");
    ph_cleanup(ph_closep) int full = make_full_pipe(pipe_path);
    ph_cleanup(program_destroy) program_t *program =
        launch(daemon, "exec \"$1\" --pidfile pid \"$4\" 2>pipe");
    cr_assert(file_wait_exists(pidfile, CALL_MS), "it must come up");
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(daemon_endpoint(daemon), &err);
    cr_assert(client, "%s", err.message);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(client, "restart", NULL, CALL_MS, &err);
    cr_expect(reply, "%s", err.message);
    expect_orderly_end(daemon, program);
    cr_expect_eq(write(full, "x", 1), -1, "somebody has read from the pipe");
}

Test(hardening, a_log_that_may_not_grow_loses_lines_and_nothing_else)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(WEB "autostart = no\n");
    ph_cleanup(program_destroy) program_t *program = launch(daemon, "ulimit -f 4; exec \"$@\"");
    daemon_await(daemon);
    cycle(daemon, "web", 20);
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    cr_expect_leq(strlen(log), 4096, "the log must have reached its limit before");
    expect_orderly_end(daemon, program);
}

/* ---- signals ---- */

Test(hardening, signals_that_the_caller_had_ignored_stay_so)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(WEB);
    ph_cleanup(program_destroy) program_t *program =
        launch(daemon, "trap '' HUP INT QUIT; exec \"$@\"");
    daemon_await(daemon);
    pid_t pid = daemon_wait_started(daemon, "web", 5000);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        program_signal(program, numbers[i]);
    program_signal(program, SIGUSR1); /* which is taken after those */
    daemon_wait_log(daemon, "the log was opened again", CALL_MS);
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    cr_expect_eq(text_count(log, "the log was opened again"), 1);
    cr_expect_null(strstr(log, "ending"), "the log says:\n%s", log);
    cr_expect_eq(daemon_status(daemon, "web").pid, pid);
    expect_orderly_end(daemon, program);
}

/* ---- children ---- */

/* Waits until the process, which is traced, is a zombie, and leaves it one. */
static void wait_traced_death(pid_t pid)
{
    siginfo_t info;
    cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL), 0);
}

Test(hardening, a_dead_child_that_a_debugger_holds_stops_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t pid = daemon_wait_started(daemon, "web", 5000);
    cr_assert_eq(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0, "it descends from us, so we may");
    cr_assert_eq(kill(pid, SIGKILL), 0);
    wait_traced_death(pid);
    for (int i = 0; i < 20; i++)
        daemon_do(daemon, "ping", NULL, false);
    cr_expect_eq(daemon_status(daemon, "web").pid, pid, "it is not reaped yet");
    cr_assert_eq(waitpid(pid, NULL, __WALL), pid); /* lets go of it */
    daemon_wait_started(daemon, "web", 5000);
}

/* Waits until a process is stopped, which the kernel tells nobody but its parent. */
static void wait_stopped(pid_t pid)
{
    int64_t deadline = ph_clock_ms() + 5000;
    ph_cleanup(ph_freep) char *path = ph_format("/proc/%d/stat", (int)pid);
    for (bool is_stopped = false; !is_stopped; sched_yield()) {
        ph_cleanup(ph_freep) char *text = file_read(path);
        is_stopped = text && strstr(text, ") T ");
        cr_assert(is_stopped || ph_clock_ms() < deadline, "process %d runs on", (int)pid);
    }
}

Test(hardening, a_child_that_was_stopped_by_a_signal_can_still_end)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "graceful_timeout = 600\n");
    pid_t pid = daemon_wait_started(daemon, "web", 5000);
    cr_assert_eq(kill(pid, SIGSTOP), 0);
    wait_stopped(pid);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(text_ends(daemon_status(daemon, "web").reason, "(killed by SIGTERM)"));
}

/* ---- plugins ---- */

Test(hardening, a_handle_stop_that_takes_its_time_still_ends_with_0_and_its_last_word_is_heard)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[plugin:late]\nuse = talker\nlate = yes\nautostart = no\ngraceful_timeout = 3\n");
    daemon_do(daemon, "start", "late", true);
    daemon_do(daemon, "stop", "late", true);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.plugin:late.reap", 5000);
    cr_expect_eq((int)event_number(reap, "exit_code"), 0, "%s", event_text(reap, "cause"));
    daemon_wait_log(daemon, "plugin:late: the last word\n", 1000);
}

/* Each is the last process: behind it the daemon ends at once. */
Test(hardening, the_last_word_of_a_plugin_is_heard_at_the_end_of_the_daemon_too)
{
    for (int i = 0; i < 10; i++) {
        ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("[plugin:talker]\n");
        daemon_wait_status(daemon, "talker", "active", 5000);
        cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
        cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
        ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
        cr_assert(strstr(log, "plugin:talker: the last word\n"), "the log says:\n%s", log);
    }
}

Test(hardening, a_line_that_is_no_text_still_reaches_the_log)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("[plugin:talker]\n");
    daemon_wait_log(daemon, "plugin:talker: the ? first word\n", 5000);
}

Test(hardening, a_plugin_that_says_much_in_handle_init_comes_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:talker]\nlines = 5000\nautostart = no\n");
    daemon_do(daemon, "start", "talker", true);
    cr_expect_str_eq(daemon_status(daemon, "talker").status, "active");
    cr_expect_eq(daemon_status(daemon, "talker").restarts, 0);
}

Test(hardening, a_plugin_in_a_call_is_told_to_reopen_after_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        STUBBORN "[plugin:caller]\nstops = stubborn\nrecord = @DIR@/record\nautostart = no\n" WEB
                 "autostart = no\n");
    pid_t stubborn = daemon_wait_started(daemon, "stubborn", 5000);
    daemon_do(daemon, "start", "caller", true);
    daemon_do(daemon, "start", "web", false); /* an event for it */
    ph_event_t *called = daemon_wait_event(daemon, "watcher.stubborn.kill", 5000);
    ph_event_destroy(&called);
    daemon_do(daemon, "reopen", "caller", false);
    cr_assert_eq(kill(stubborn, SIGKILL), 0);
    ph_cleanup(ph_freep) char *record = daemon_wait_file(daemon, "record", "reopened\n", CALL_MS);
    cr_expect_str_eq(record, "answered\nreopened\n");
}

Test(hardening, the_reason_of_a_missing_module_says_what_to_do)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("plugin_faults.ini");
    daemon_do(daemon, "start", "missing", false);
    daemon_wait_status(daemon, "missing", "failed", 10000);
    struct watcher_state state = daemon_status(daemon, "missing");
    cr_expect(strstr(state.reason, "(name its folder with plugin_path"), "%s", state.reason);
}

/* ---- the end of the daemon ---- */

Test(hardening, programs_end_before_the_plugins_that_watch_them)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:logger]\nfilename = @DIR@/events\n" WEB);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "events");
    daemon_wait_status(daemon, "logger", "active", 5000);
    daemon_wait_started(daemon, "web", 5000);
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    ph_cleanup(ph_freep) char *events = file_read(path);
    const char *stop = strstr(events, " plughost.stop {");
    cr_assert(stop, "the events are:\n%s", events);
    cr_expect(strstr(stop, " watcher.web.reap {"), "the events are:\n%s", events);
    cr_expect(strstr(stop, " watcher.web.stop {"), "the events are:\n%s", events);
}

static void send_request(raw_t *raw, const char *command, int id, bool waits)
{
    ph_cleanup(ph_freep) char *text = ph_format("{\"command\":\"%s\",\"id\":%d%s}", command, id,
                                                waits ? ",\"properties\":{\"waiting\":true}" : "");
    raw_send_text(raw, text, 0);
}

/* Receives a reply. Returns its id; -1 when the time is over. */
static int receive_id(raw_t *raw, int timeout_ms, bool *is_ok)
{
    int id = -1;
    size_t size;
    ph_cleanup(ph_freep) char *reply = raw_receive(raw, &size, timeout_ms);
    if (!reply)
        return -1;
    const char *field = strstr(reply, "\"id\":");
    cr_assert(field && sscanf(field, "\"id\":%d", &id) == 1, "%s", reply);
    *is_ok = strstr(reply, "\"status\":\"ok\"");
    cr_expect(*is_ok || strstr(reply, "\"code\":\"unavailable\""), "%s", reply);
    return id;
}

enum { BEHIND = 250 }; /* few enough to go in one piece */

Test(hardening, what_comes_behind_a_quit_is_answered_once)
{
    bool is_ok;
    unsigned replies[BEHIND + 1] = {0};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int id = 0; id <= BEHIND; id++) /* before it is connected: all go at once */
        send_request(raw, id == 0 ? "quit" : "ping", id, false);
    for (int count = 0; count <= BEHIND; count++) {
        int id = receive_id(raw, CALL_MS, &is_ok);
        cr_assert(id >= 0 && id <= BEHIND, "%d requests of %d were answered", count, BEHIND + 1);
        replies[id]++;
    }
    for (int id = 0; id <= BEHIND; id++)
        cr_expect_eq(replies[id], 1, "request %d was answered %u times", id, replies[id]);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    cr_expect_eq(receive_id(raw, 0, &is_ok), -1, "there are no more answers");
}

Test(hardening, all_who_wait_for_the_end_are_answered)
{
    bool is_ok;
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    pid_t pid = daemon_wait_started(daemon, "stubborn", 5000);
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    send_request(raw, "quit", 1, true);
    send_request(raw, "quit", 2, true);
    raw_expect_pong(raw); /* both were taken, none was answered */
    cr_assert_eq(kill(pid, SIGKILL), 0);
    int first = receive_id(raw, CALL_MS, &is_ok);
    cr_expect(is_ok);
    int second = receive_id(raw, CALL_MS, &is_ok);
    cr_expect(is_ok);
    cr_expect(first + second == 3 && first != second && first > 0, "%d and %d", first, second);
}

Test(hardening, who_waits_for_the_end_waits_for_plugins_too)
{
    bool is_ok;
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[plugin:late]\nuse = talker\nlate = yes\ngraceful_timeout = 3\n");
    daemon_wait_status(daemon, "late", "active", 5000);
    ph_cleanup(ph_closep) int plugin = process_open(daemon_status(daemon, "late").pid);
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    send_request(raw, "quit", 1, true);
    cr_expect_eq(receive_id(raw, CALL_MS, &is_ok), 1);
    cr_expect(is_ok);
    cr_expect(process_wait_gone(plugin, 0), "the plugin is still there");
}

/* ---- clients ---- */

Test(hardening, a_client_can_subscribe_after_the_daemon_was_restarted)
{
    struct ph_error err = {0};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "autostart = no\n");
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(daemon_endpoint(daemon), &err);
    cr_assert(client, "%s", err.message);
    cr_assert_eq(ph_client_subscribe(client, "nothing.", CALL_MS, &err), 0, "%s", err.message);
    daemon_kill(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    cr_assert_eq(ph_client_subscribe(client, "watcher.web.", CALL_MS, &err), 0, "%s", err.message);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_event_destroy) ph_event_t *event = ph_client_receive(client, CALL_MS, &err);
    cr_assert(event, "%s", err.message);
    cr_expect_str_eq(ph_event_topic(event), "watcher.web.start");
}
