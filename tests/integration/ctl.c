/* plughostctl: what it prints where, and what it ends with. */
#include "ctl_expect.h"

#include <commands.h>
#include <fcntl.h>
#include <files.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(ctl, .timeout = 60);

#define TWO                                                                                        \
    "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\nnumprocesses = 2\n"                         \
    "[watcher:broken]\ncmd = /nowhere/broken\nautostart = no\nrestart_delay = 60\n"

/* ---- done: 0 ---- */

Test(ctl, results_go_to_the_standard_output_and_end_with_0)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(ph_freep) char *pong =
        ph_format("pong from plughostd %d\n", (int)daemon_pid(daemon));
    EXPECT(daemon, 0, pong, "", "ping");
    EXPECT(daemon, 0, "web\nbroken\n", "", "list");
    EXPECT(daemon, 0, "starting: web\n", "", "start", "web");
    EXPECT(daemon, 0, "started: web\n", "", "start", "--wait", "web");
    EXPECT(daemon, 0, "restarted: web\n", "", "restart", "--wait", "WEB");
    EXPECT(daemon, 0, "stopped: web, broken\n", "", "stop", "--wait");
    EXPECT(daemon, 0, "reopening: plughostd\n", "", "reopen");
}

Test(ctl, version_tells_both_sides)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "version", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0);
    cr_expect(strstr(program_out(ctl), "plughostctl " PH_VERSION));
    cr_expect(strstr(program_out(ctl), "plughostd " PH_VERSION));
    cr_expect(strstr(program_out(ctl), daemon_endpoint(daemon)));
}

Test(ctl, status_is_a_table_with_the_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "start", "broken", false);
    daemon_wait_status(daemon, "broken", "backoff", 5000);
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "status", NULL);
    const char *out = program_out(ctl);
    cr_expect_eq(program_wait(ctl, 0), 0);
    char title[8], name[8], status[16], processes[16];
    cr_assert_eq(sscanf(out, "%7s %*[^\n] %7s %15s %15s", title, name, status, processes), 4);
    cr_expect_str_eq(title, "NAME");
    cr_expect_str_eq(name, "web");
    cr_expect_str_eq(status, "active");
    cr_expect_str_eq(processes, "2/2");
    cr_expect(strstr(out, "could not execute '/nowhere/broken': No such file or directory; again "
                          "in "),
              "%s", out);
    cr_expect(!strchr(out, '\033'), "colour without a terminal");
}

/* Reads what was written to a terminal, which nobody writes to any more: it comes line by line. */
static char *read_terminal(int terminal)
{
    enum { SIZE = 4096 };
    char *text = ph_calloc(1, SIZE);
    size_t size = 0;
    for (ssize_t count; (count = read(terminal, text + size, SIZE - 1 - size)) > 0;)
        size += (size_t)count;
    return text;
}

Test(ctl, status_is_coloured_on_a_terminal)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_closep) int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const char *const argv[] = {TEST_PLUGHOSTCTL, "-e", daemon_endpoint(daemon), "status", NULL};
    ph_cleanup(program_destroy) program_t *ctl =
        program_start(&(struct program_spec){.argv = argv, .output = ptsname(terminal)});
    cr_expect_eq(program_wait(ctl, 10000), 0);
    ph_cleanup(ph_freep) char *text = read_terminal(terminal);
    cr_expect(strstr(text, "\033[32mactive"), "%s", text);
}

Test(ctl, status_of_one_watcher_shows_that_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "status", "web", NULL);
    cr_expect_eq(text_count(program_out(ctl), "\n"), 2, "%s", program_out(ctl));
    cr_expect(!strstr(program_out(ctl), "broken"));
}

Test(ctl, json_prints_the_reply_on_one_line)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "--json", "list", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0);
    cr_expect_eq(program_out(ctl)[0], '{');
    cr_expect(strstr(program_out(ctl), "\"status\":\"ok\""), "%s", program_out(ctl));
    cr_expect(strstr(program_out(ctl), "\"watchers\":[\"web\",\"broken\"]"));
    cr_expect_eq(text_count(program_out(ctl), "\n"), 1);
}

Test(ctl, call_sends_any_command_with_typed_properties)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 0, "watchers: [\"web\"]\n", "", "call", "start", "name=web", "waiting=false");
    EXPECT(daemon, 0, "watchers: [\"web\",\"broken\"]\n", "", "call", "stop", "name=web",
           "name=broken");
    EXPECT(daemon, 1, "", "plughostctl: property 'waiting' of 'stop' must be a boolean\n", "call",
           "stop", "waiting=maybe");
}

Test(ctl, cast_prints_nothing_and_is_done)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 0, "", "", "cast", "start", "name=web");
    daemon_wait_status(daemon, "web", "active", 5000);
    EXPECT(daemon, 0, "", "", "cast", "start", "name=nobody");
}

Test(ctl, the_endpoint_can_come_from_the_environment)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(ph_freep) char *variable =
        ph_format("PLUGHOST_ENDPOINT=%s", daemon_endpoint(daemon));
    const char *const env[] = {variable, NULL};
    static const char *const argv[] = {TEST_PLUGHOSTCTL, "list", NULL};
    ph_cleanup(program_destroy) program_t *ctl = program_run(argv, env);
    expect_result(ctl, 0, "web\nbroken\n", "");
}

Test(ctl, quit_with_wait_returns_when_all_processes_are_gone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    EXPECT(daemon, 0, "all processes are gone; plughostd is ending\n", "", "quit", "--wait");
    cr_expect_eq(kill(pid, 0), -1);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

/* ---- refused: 1 ---- */

Test(ctl, a_refusal_ends_with_1_and_tells_reason_and_hint)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 1, "", "plughostctl: no watcher is named 'wbe'\nhint: did you mean 'web'?\n",
           "start", "wbe");
    EXPECT(daemon, 1, "",
           "plughostctl: 'broken' is not up but in 'backoff': could not execute "
           "'/nowhere/broken': No such file or directory\n",
           "start", "--wait", "broken");
}

Test(ctl, no_answer_in_time_ends_with_1)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:hangs]\ngraceful_timeout = 0.1\nautostart = no\n");
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "-t", "0.2", "start", "--wait", "hangs", NULL);
    cr_expect_eq(program_wait(ctl, 0), 1);
    cr_expect(strstr(program_err(ctl), "no answer to 'start' from "), "%s", program_err(ctl));
    cr_expect(strstr(program_err(ctl), "within 0.2 s"), "%s", program_err(ctl));
}

/* ---- wrong usage: 2 ---- */

Test(ctl, wrong_usage_ends_with_2_before_any_daemon_is_asked)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 2, "", "plughostctl: unknown command 'strat'\nhint: did you mean 'start'?\n",
           "strat");
    EXPECT(daemon, 2, "", "plughostctl: unknown command 'x'\nhint: see 'plughostctl help'\n", "x");
    EXPECT(daemon, 2, "",
           "plughostctl: 'ping' takes no argument 'web'\nhint: usage: plughostctl "
           "ping\n",
           "ping", "web");
    EXPECT(daemon, 2, "",
           "plughostctl: 'list' takes no option '--wait'\nhint: usage: plughostctl list [NAME]\n",
           "list", "--wait");
    EXPECT(daemon, 2, "", "plughostctl: unknown option '--frob'\nhint: see 'plughostctl help'\n",
           "--frob", "list");
    EXPECT(daemon, 2, "",
           "plughostctl: 'waiting' is not KEY=VALUE\nhint: usage: plughostctl call NAME "
           "[KEY=VALUE...]\n",
           "call", "stop", "waiting");
}

Test(ctl, no_command_is_wrong_usage)
{
    static const char *const argv[] = {TEST_PLUGHOSTCTL, NULL};
    ph_cleanup(program_destroy) program_t *ctl = program_run(argv, NULL);
    expect_result(ctl, 2, "", "plughostctl: no command is given\nhint: see 'plughostctl help'\n");
}

Test(ctl, an_endpoint_that_is_none_is_wrong_usage)
{
    static const char *const argv[] = {TEST_PLUGHOSTCTL, "-e", "http://host", "ping", NULL};
    ph_cleanup(program_destroy) program_t *ctl = program_run(argv, NULL);
    expect_result(ctl, 2, "",
                  "plughostctl: endpoint 'http://host' is neither ipc://PATH nor "
                  "tcp://HOST:PORT\n");
}

Test(ctl, help_needs_no_daemon)
{
    static const char *const argv[] = {TEST_PLUGHOSTCTL, "help", NULL};
    static const char *const one[] = {TEST_PLUGHOSTCTL, "help", "start", NULL};
    ph_cleanup(program_destroy) program_t *all = program_run(argv, NULL);
    cr_expect_eq(program_wait(all, 0), 0);
    cr_expect(strstr(program_out(all), "listen [TOPIC...]"));
    cr_expect(strstr(program_out(all), "  kill NAME [PID] "), "%s", program_out(all));
    ph_cleanup(program_destroy) program_t *start = program_run(one, NULL);
    cr_expect_eq(program_wait(start, 0), 0);
    cr_expect(strstr(program_out(start),
                     "usage: plughostctl [OPTION...] start [--wait] [--match HOW] "
                     "[NAME...]"));
}

static void expect_narrow(const char *text)
{
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        cr_expect_leq(strcspn(line, "\n"), 80, "%s", line);
}

Test(ctl, every_help_fits_80_columns_and_shows_what_can_be_typed)
{
    static const char *const argv[] = {TEST_PLUGHOSTCTL, "help", NULL};
    ph_cleanup(program_destroy) program_t *all = program_run(argv, NULL);
    expect_narrow(program_out(all));
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_info *info = &command_infos[i];
        if (info->flags & COMMAND_PLUGIN)
            continue;
        const char *const one[] = {TEST_PLUGHOSTCTL, info->name, "--help", NULL};
        ph_cleanup(program_destroy) program_t *ctl = program_run(one, NULL);
        cr_expect_eq(program_wait(ctl, 0), 0, "%s", info->name);
        expect_narrow(program_out(ctl));
        for (const struct property *property = info->properties; property->name; property++)
            cr_expect(!property->argument || strstr(program_out(ctl), property->argument), "%s %s",
                      info->name, property->name);
    }
}

/* ---- no daemon: 3 ---- */

static void expect_no_daemon(const char *endpoint)
{
    const char *const argv[] = {TEST_PLUGHOSTCTL, "-e", endpoint, "ping", NULL};
    ph_cleanup(program_destroy) program_t *ctl = program_run(argv, NULL);
    ph_cleanup(ph_freep) char *wanted = ph_format("plughostctl: no plughostd at %s: ", endpoint);
    cr_expect_eq(program_wait(ctl, 0), 3);
    cr_expect(strstr(program_err(ctl), wanted), "%s", program_err(ctl));
    cr_expect(strstr(program_err(ctl), "\nhint: start it with 'plughostd FILE'"), "%s",
              program_err(ctl));
}

Test(ctl, without_a_daemon_it_names_the_endpoint_and_ends_with_3)
{
    expect_no_daemon("ipc:///nowhere/endpoint.sock");
    expect_no_daemon("tcp://127.0.0.1:1");
}

Test(ctl, a_stale_socket_is_no_daemon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    daemon_kill(daemon);
    expect_no_daemon(daemon_endpoint(daemon));
}

/* ---- listen ---- */

/* Starts `listen` and makes events until it has heard one: then its subscription is active. */
static program_t *start_listening(daemon_t *daemon, const char *option, const char *topic)
{
    program_t *ctl = option ? daemon_start_ctl(daemon, option, "listen", topic, NULL)
                            : daemon_start_ctl(daemon, "listen", topic, NULL);
    for (int i = 0; i < 100; i++) {
        daemon_do(daemon, "restart", "web", true);
        if (program_wait_out(ctl, "watcher.web.", 100))
            return ctl;
    }
    cr_assert_fail("'listen' hears nothing: %s", program_err(ctl));
    return NULL;
}

Test(ctl, listen_prints_a_line_for_each_event)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = start_listening(daemon, NULL, NULL);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(program_wait_out(ctl, " watcher.web.stop reason=\"command 'stop' from uid ", 5000),
              "%s", program_out(ctl));
    cr_expect(strstr(program_out(ctl), " watcher.web.kill wid=1 process_pid="), "%s",
              program_out(ctl));
    cr_expect(strstr(program_out(ctl), " signal=SIGTERM "), "%s", program_out(ctl));
}

Test(ctl, listen_with_a_topic_prints_only_those)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = start_listening(daemon, NULL, "watcher.web.");
    daemon_do(daemon, "start", "broken", false);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(program_wait_out(ctl, " watcher.web.stop ", 5000));
    cr_expect(!strstr(program_out(ctl), "watcher.broken."));
}

Test(ctl, listen_with_json_prints_a_line_of_json_for_each_event)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = start_listening(daemon, "--json", NULL);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(program_wait_out(ctl, "{\"topic\":\"watcher.web.stop\",\"body\":{\"time\":", 5000));
}

static void expect_end_by(int number)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = start_listening(daemon, NULL, NULL);
    program_signal(ctl, number);
    cr_expect_eq(program_wait(ctl, 5000), 0);
}

Test(ctl, listen_ends_with_0_on_ctrl_c)
{
    expect_end_by(SIGINT);
}

Test(ctl, listen_ends_with_0_on_sigterm)
{
    expect_end_by(SIGTERM);
}

Test(ctl, listen_ends_quietly_when_nobody_reads_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = start_listening(daemon, NULL, NULL);
    program_close_out(ctl);
    daemon_do(daemon, "restart", "web", true);
    cr_expect_eq(program_wait(ctl, 5000), 0);
    cr_expect_str_eq(program_err(ctl), "");
}

Test(ctl, listen_prints_the_last_events_and_ends_with_the_daemon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = start_listening(daemon, NULL, "watcher.web.");
    daemon_do(daemon, "quit", NULL, false);
    cr_expect_eq(program_wait(ctl, 10000), 0);
    cr_expect(strstr(program_out(ctl), " watcher.web.stop "), "%s", program_out(ctl));
    cr_expect(!strstr(program_out(ctl), " plughost.stop "), "nobody has asked for it");
    cr_expect_str_eq(program_err(ctl), "plughostctl: the daemon has ended\n");
}

Test(ctl, listen_ends_with_3_when_the_daemon_is_killed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl = start_listening(daemon, NULL, "watcher.web.");
    cr_assert_eq(kill(daemon_pid(daemon), SIGKILL), 0);
    cr_expect_eq(program_wait(ctl, 20000), 3);
    cr_expect(strstr(program_err(ctl), " went away\n"), "%s", program_err(ctl));
    program_destroy(&ctl);
    daemon_kill(daemon);
}
