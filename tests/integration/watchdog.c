/* Programs and plugins that fall silent. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <files.h>
#include <played.h>
#include <signal.h>
#include <string.h>

enum { WAIT_MS = 10000 };

#define CAUSE "watchdog: it gave no sign of life for 0.3 s"

TestSuite(watchdog, .timeout = 60);

static void expect_death(daemon_t *daemon, const char *name, const char *cause, int exit_code)
{
    ph_cleanup(ph_freep) char *topic = ph_format("watcher.%s.reap", name);
    ph_cleanup(ph_event_destroy) ph_event_t *reap = daemon_wait_event(daemon, topic, WAIT_MS);
    cr_expect_str_eq(event_text(reap, "cause"), cause);
    cr_expect_eq((int)event_number(reap, "exit_code"), exit_code);
}

/* Looks at the newest death that `why` tells. */
static void expect_why(daemon_t *daemon, const char *name, const char *cause)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_command(daemon, "why", name, false);
    const ph_value_t *watchers = ph_value_get(ph_message_body(reply), "watchers");
    const ph_value_t *deaths = ph_value_get(ph_value_at(watchers, 0), "deaths");
    cr_expect_str_eq(ph_value_string(ph_value_get(ph_value_at(deaths, 0), "cause"), ""), cause);
}

/* ---- plugins ---- */

#define WATCHED PLAYED "watchdog = 0.3\n"

/* For those that have to be in time themselves, on a machine that has other things to do. */
#define PATIENT PLAYED "watchdog = 1.5\n"
#define PATIENT_CAUSE "watchdog: it gave no sign of life for 1.5 s"

/* A plugin falls silent, whose process begins with the commands `traps`. */
static void expect_end_of_silent(const char *traps, int exit_code)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WATCHED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, traps);
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    played_ready(plugin);
    expect_death(daemon, "plugin:played", CAUSE, exit_code);
    expect_why(daemon, "plugin:played", CAUSE);
}

Test(watchdog, a_plugin_that_falls_silent_is_aborted)
{
    expect_end_of_silent("", -SIGABRT);
}

Test(watchdog, a_plugin_that_ignores_that_is_killed)
{
    expect_end_of_silent("trap '' ABRT", -SIGKILL);
}

Test(watchdog, the_welcome_tells_how_often_heartbeats_are_wanted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WATCHED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_freep) char *hello =
        ph_format("{'command': 'plugin.hello', 'properties': {'name': 'played', 'token': '%s',"
                  "'protocol_min': 1, 'protocol_max': 1}}",
                  played_token(played));
    ph_cleanup(ph_message_destroy) ph_message_t *welcome = raw_ask(plugin, hello);
    double heartbeat = ph_value_float(ph_value_get(ph_message_body(welcome), "heartbeat"), -1);
    cr_expect_float_eq(heartbeat, 0.1, 1e-9);
}

/* Until it is ready, silence is the business of startup_timeout. */
Test(watchdog, a_plugin_that_is_not_ready_may_be_silent)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAYED "watchdog = 0.1\n[watcher:clock]\ncmd = sleep 0.5\n"
                                 "autostart = no\nrespawn = no\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    daemon_do(daemon, "start", "clock", false);
    daemon_pass_event(daemon, "watcher.clock.stop", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "plugin:played").pid, played_pid(played));
    played_ready(plugin);
    expect_death(daemon, "plugin:played", "watchdog: it gave no sign of life for 0.1 s", -6);
}

static int64_t heartbeat_age_ms(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "status", "plugin:played", false);
    const ph_value_t *watchers = ph_value_get(ph_message_body(reply), "watchers");
    const ph_value_t *processes = ph_value_get(ph_value_at(watchers, 0), "processes");
    const ph_value_t *age = ph_value_get(ph_value_at(processes, 0), "heartbeat_age");
    return (int64_t)(ph_value_float(age, -1) * 1000);
}

/* Says something again and again, for longer than the watchdog waits. */
static void say_for(raw_t *plugin, const char *request, int64_t time_ms)
{
    int64_t end = ph_clock_ms() + time_ms;
    while (ph_clock_ms() < end) {
        raw_say(plugin, request);
        raw_expect_pong(plugin);
    }
}

Test(watchdog, heartbeats_and_all_else_that_it_sends_are_signs_of_life)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PATIENT);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    played_ready(plugin);
    say_for(plugin, "{'command': 'plugin.heartbeat', 'msg_type': 'cast'}", 1800);
    say_for(plugin, "{'id': 99, 'status': 'ok'}", 1800);
    cr_expect_eq(daemon_status(daemon, "plugin:played").pid, played_pid(played));
    cr_expect_leq(heartbeat_age_ms(daemon), 1500);
}

Test(watchdog, a_plugin_that_says_it_is_busy_may_be_silent_for_so_long)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PATIENT);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    played_ready(plugin);
    int64_t since = ph_clock_ms();
    raw_say(plugin, "{'command': 'plugin.heartbeat', 'msg_type': 'cast', 'properties': {'busy':"
                    "2.5}}");
    raw_expect_pong(plugin); /* another sign of life does not take that back */
    expect_death(daemon, "plugin:played", PATIENT_CAUSE, -6);
    cr_expect_geq(ph_clock_ms() - since, 2500);
}

Test(watchdog, the_next_heartbeat_ends_that_it_is_busy)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PATIENT);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    played_ready(plugin);
    raw_say(plugin, "{'command': 'plugin.heartbeat', 'msg_type': 'cast', 'properties': {'busy':"
                    "3600}}");
    raw_say(plugin, "{'command': 'plugin.heartbeat', 'msg_type': 'cast'}");
    expect_death(daemon, "plugin:played", PATIENT_CAUSE, -6);
}

Test(watchdog, busy_is_a_number_of_seconds_of_at_most_a_day)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "hand", "");
    raw_ask_refused(plugin, "{'command': 'plugin.heartbeat', 'properties': {'busy': -1}}",
                    "invalid", "busy must be from 0 to 86400 seconds");
    raw_ask_refused(plugin, "{'command': 'plugin.heartbeat', 'properties': {'busy': 86401}}",
                    "invalid", "busy must be from 0 to 86400 seconds");
}

/* A third of a second is longer than any watchdog of these tests but the one that is off. */
Test(watchdog, without_a_watchdog_no_heartbeats_are_wanted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAYED "watchdog = 0\n[watcher:clock]\ncmd = sleep 0.4\n"
                                 "autostart = no\nrespawn = no\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    played_ready(plugin);
    daemon_do(daemon, "start", "clock", false);
    daemon_pass_event(daemon, "watcher.clock.stop", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "plugin:played").pid, played_pid(played));
    cr_expect_eq(heartbeat_age_ms(daemon), -1000, "it is not told");
}

/* ---- programs ---- */

#define NOTIFIES                                                                                   \
    "[watcher:web]\ncmd = @CHILD@ notify @DIR@/say\nnotify = yes\nautostart = "                    \
    "no\n"

Test(watchdog, a_program_that_falls_silent_is_aborted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(NOTIFIES "watchdog = 0.3\n");
    ph_cleanup(ph_closep) int say = daemon_make_fifo(daemon, "say");
    daemon_do(daemon, "start", "web", false);
    fifo_write(say, "READY=1\n");
    expect_death(daemon, "web", CAUSE, -6);
    expect_why(daemon, "web", CAUSE);
}

Test(watchdog, a_program_lives_as_long_as_it_says_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(NOTIFIES "watchdog = 1.5\n");
    ph_cleanup(ph_closep) int say = daemon_make_fifo(daemon, "say");
    daemon_do(daemon, "start", "web", false);
    fifo_write(say, "READY=1\n");
    daemon_pass_event(daemon, "watcher.web.ready", WAIT_MS);
    pid_t pid = daemon_status(daemon, "web").pid;
    for (int64_t end = ph_clock_ms() + 2500; ph_clock_ms() < end;) {
        fifo_write(say, "WATCHDOG=1\n");
        cr_assert_eq(daemon_status(daemon, "web").pid, pid);
    }
    expect_death(daemon, "web", PATIENT_CAUSE, -6);
}

Test(watchdog, a_program_is_told_how_long_it_may_be_silent)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = @CHILD@ env WATCHDOG_USEC @DIR@/usec\nnotify = yes\nwatchdog = 2.5\n"
        "[watcher:other]\ncmd = @CHILD@ env WATCHDOG_USEC @DIR@/none\nnotify = yes\n");
    ph_cleanup(ph_freep) char *usec = daemon_wait_file(daemon, "usec", "2", WAIT_MS);
    cr_expect_eq(strncmp(usec, "2500000", 7), 0, "%s", usec);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "none");
    cr_assert(file_wait_exists(path, WAIT_MS));
    ph_cleanup(ph_freep) char *none = file_read(path);
    cr_expect_null(strstr(none, "000000"), "%s", none);
}
