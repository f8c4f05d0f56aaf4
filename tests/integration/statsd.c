/* The statsd plugin: every event of a watcher is counted at a statsd server. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <sink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(statsd, .timeout = 60);

enum { WAIT_MS = 10000 };

#define WATCHERS                                                                                   \
    "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"                                           \
    "[watcher:my.db]\ncmd = @CHILD@ run\nautostart = no\n"

/* Starts a daemon with the plugin, whose options may go on with `more`. */
static daemon_t *start(unsigned port, const char *more)
{
    ph_cleanup(ph_freep) char *text = ph_format(
        WATCHERS "[plugin:statsd]\nautostart = no\nhost = 127.0.0.1\nport = %u\n%s", port, more);
    daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "statsd", true);
    return daemon;
}

Test(statsd, each_event_is_counted_under_watcher_and_action)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink_port(sink), "");
    daemon_do(daemon, "start", "web", true);
    cr_expect_str_eq(sink_wait(sink, "circus.app.watcher.web.start", WAIT_MS),
                     "circus.app.watcher.web.start:1|c");
    cr_expect_str_eq(sink_wait(sink, "circus.app.watcher.web.spawn", WAIT_MS),
                     "circus.app.watcher.web.spawn:1|c");
    daemon_do(daemon, "stop", "web", true);
    sink_wait(sink, "circus.app.watcher.web.kill:1|c", WAIT_MS);
    sink_wait(sink, "circus.app.watcher.web.reap:1|c", WAIT_MS);
    sink_wait(sink, "circus.app.watcher.web.stop:1|c", WAIT_MS);
}

Test(statsd, a_name_is_one_word_whatever_is_in_it)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink_port(sink), "application_name = shop\n");
    daemon_do(daemon, "start", "my.db", true);
    sink_wait(sink, "circus.shop.watcher.my_db.spawn:1|c", WAIT_MS);
    sink_wait(sink, "circus.shop.watcher.my_db.ready:1|c", WAIT_MS);
    daemon_do(daemon, "restart", "statsd", true);
    sink_wait(sink, "circus.shop.watcher.plugin_statsd.", WAIT_MS);
}

Test(statsd, a_sample_says_its_rate)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink_port(sink), "sample_rate = 0.9\n");
    for (int i = 0; i < 20; i++) {
        daemon_do(daemon, "start", "web", true);
        daemon_do(daemon, "stop", "web", true);
    }
    sink_wait(sink, "circus.app.watcher.web.start:1|c|@0.9", WAIT_MS);
    cr_expect_not(sink_has(sink, "circus.app.watcher.web.start:1|c\n"));
}

Test(statsd, a_rate_of_0_sends_nothing)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink_port(sink), "sample_rate = 0\n");
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "stop", "statsd", true); /* it takes all events before its end */
    cr_expect_not(sink_has(sink, "circus."));
}

Test(statsd, a_localhost_is_found)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink_port(sink), "");
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "set", "statsd", "host=localhost", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0, "%s", program_err(ctl));
    cr_expect_str_eq(program_out(ctl), "reconfigured: plugin:statsd\n");
    daemon_do(daemon, "start", "web", true);
    sink_wait(sink, "circus.app.watcher.web.spawn:1|c", WAIT_MS);
}

Test(statsd, new_options_are_used_at_once)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink_port(sink), "");
    pid_t pid = daemon_status(daemon, "statsd").pid;
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "set", "statsd", "application_name=other", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0, "%s", program_err(ctl));
    daemon_do(daemon, "start", "web", true);
    sink_wait(sink, "circus.other.watcher.web.spawn:1|c", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "statsd").pid, pid);
}

Test(statsd, describe_tells_its_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(8125, "");
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "describe", "statsd", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0, "%s", program_err(ctl));
    static const char *const parts[] = {"application_name text", "host",       "int 1..65535",
                                        "sample_rate",           "float 0..1", "localhost"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_expect(strstr(program_out(ctl), parts[i]), "no '%s' in: %s", parts[i], program_out(ctl));
}

/* ---- what goes wrong ---- */

/* Nothing of the plugin waits for the server: it stays active and notes what it cannot do. */
static void expect_warning(const char *options, const char *warning)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(9, options);
    pid_t pid = daemon_status(daemon, "statsd").pid;
    for (int i = 0; i < 3; i++) {
        daemon_do(daemon, "start", "web", true);
        daemon_do(daemon, "stop", "web", true);
    }
    daemon_wait_log(daemon, warning, WAIT_MS);
    cr_expect_str_eq(daemon_status(daemon, "statsd").status, "active");
    cr_expect_eq(daemon_status(daemon, "statsd").pid, pid);
}

Test(statsd, an_unknown_host_is_said_and_stops_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(9, "");
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "set", "statsd", "host=no-such-host.invalid", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0, "%s", program_err(ctl));
    daemon_do(daemon, "start", "web", true);
    daemon_wait_log(daemon,
                    "cannot send to statsd at 'no-such-host.invalid' port 9: cannot look up "
                    "'no-such-host.invalid': ",
                    30000);
    cr_expect_str_eq(daemon_status(daemon, "statsd").status, "active");
}

Test(statsd, a_server_that_is_not_there_is_said_and_stops_nothing)
{
    expect_warning("", "cannot send to statsd at '127.0.0.1' port 9: Connection refused");
}

static void expect_refused(const char *options, const char *reason)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *text = ph_format("[plugin:statsd]\nautostart = no\n%s", options);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    cr_assert_null(daemon_try(daemon, "start", "statsd", true, &err));
    cr_expect(strstr(err.message, reason), "%s", err.message);
}

Test(statsd, wrong_options_are_named)
{
    expect_refused("port = 0\n", "option 'port': '0' is not within 1 to 65535");
    expect_refused("sample_rate = 2\n", "option 'sample_rate': '2' is not within 0 to 1");
    expect_refused("hots = x\n", "hots");
    expect_refused(
        "application_name = a:b\n",
        "option 'application_name': 'a:b' is empty or has ':', '|', '@' or a blank in it");
    expect_refused("host =\n", "option 'host' is empty: the statsd server's host");
}

Test(statsd, set_refuses_what_cannot_be_and_the_old_options_stay)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink_port(sink), "");
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "set", "statsd", "application_name=a|b", NULL);
    cr_expect_eq(program_wait(ctl, 0), 1);
    cr_expect(strstr(program_err(ctl), "option 'application_name': 'a|b' is empty or has"), "%s",
              program_err(ctl));
    daemon_do(daemon, "start", "web", true);
    sink_wait(sink, "circus.app.watcher.web.spawn:1|c", WAIT_MS);
}
