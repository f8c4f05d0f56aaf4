/* plughostctl in the words of circusctl: what it takes, and with --circus what it prints and ends
 * with. */
#include "ctl_expect.h"

#include <files.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

TestSuite(ctl_circus, .timeout = 60);

#define TWO                                                                                        \
    "[watcher:Web]\ncmd = @CHILD@ run\nautostart = no\n"                                           \
    "[watcher:db]\ncmd = @CHILD@ run\nautostart = no\n"
#define WORKSHOP "[plugin:workshop]\nneeded = x\nautostart = no\nwatchdog = 3000\n"

/* ---- --circus ---- */

Test(ctl_circus, lines_are_those_of_circusctl)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 0, "db,web\n", "", "--circus", "list");
    EXPECT(daemon, 0, "ok\n", "", "--circus", "start", "--waiting", "web");
    EXPECT(daemon, 0, "Web: active\ndb: stopped\n", "", "--circus", "status");
    EXPECT(daemon, 0, "active\n", "", "--circus", "status", "web");
    EXPECT(daemon, 0, "3\n", "", "--circus", "incr", "--waiting", "web", "2");
    EXPECT(daemon, 0, "2\n", "", "decr", "--circus", "--waiting", "web");
    EXPECT(daemon, 0, "2\n", "", "--circus", "numprocesses", "web");
    EXPECT(daemon, 0, "2\n", "", "--circus", "numwatchers");
    EXPECT(daemon, 0, "ok\n", "", "--circus", "signal", "web", "HUP", "--children");
    EXPECT(daemon, 0, "ok\n", "", "--circus", "reload", "web", "--sequential", "--waiting");
    EXPECT(daemon, 0, "ok\n", "", "--circus", "rm", "web", "--waiting");
    EXPECT(daemon, 0, "ok\n", "", "--circus", "quit");
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

Test(ctl_circus, options_are_a_line_each)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 0, "ok\n", "", "--circus", "set", "web", "numprocesses", "2", "shell", "True",
           "graceful_timeout", "2.5");
    EXPECT(daemon, 0, "numprocesses: 2\nshell: True\nuid: \n", "", "--circus", "get", "web",
           "numprocesses", "uid", "shell");
    ph_cleanup(ph_freep) char *run_dir = daemon_path(daemon, "run");
    ph_cleanup(ph_freep) char *line = ph_format("run_dir: %s\n", run_dir);
    EXPECT(daemon, 0, line, "", "--circus", "globaloptions", "run_dir");
    EXPECT(daemon, 3, "", "unknown option 'nope'\n", "--circus", "globaloptions", "nope");
    EXPECT(daemon, 0, "ok\n", "", "--circus", "reloadconfig", "--waiting");
    ph_cleanup(ph_freep) char *all = RUN(daemon, "--circus", "options", "web");
    cr_expect(strstr(all, "\nnumprocesses: 2\n"), "%s", all);
    ph_cleanup(ph_freep) char *plan = RUN(daemon, "--prettify", "plan");
    cr_expect(strstr(plan, "\n  \"unchanged\": 2\n}\n"), "%s", plan);
}

Test(ctl_circus, stats_name_each_process)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    daemon_do(daemon, "start", "web", true);
    int pid = daemon_status(daemon, "web").pid;
    ph_cleanup(ph_freep) char *begin = ph_format("Web:\n%d: %d  test-child ", pid, pid);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "--circus", "stats", "web");
    cr_expect(strncmp(out, begin, strlen(begin)) == 0, "%s", out);
}

Test(ctl_circus, a_refusal_ends_with_3)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 3, "", "error: no watcher is named 'nope'\n", "--circus", "stop", "nope");
    EXPECT(daemon, 3, "", "error\n", "--circus", "status", "nope");
}

Test(ctl_circus, wrong_arguments_end_with_1_and_wrong_usage_with_2)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 1, "",
           "plughostctl: 'incr' needs NAME: the watcher\n"
           "hint: usage: plughostctl incr [--wait] NAME [N]\n",
           "--circus", "incr");
    EXPECT(daemon, 2, "", "plughostctl: unknown command 'icnr'\nhint: did you mean 'incr'?\n",
           "--circus", "icnr", "web");
}

Test(ctl_circus, no_answer_in_time_ends_with_1)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    cr_assert_eq(kill(daemon_pid(daemon), SIGSTOP), 0);
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "--circus", "-t", "0.2", "list", NULL);
    cr_assert_eq(kill(daemon_pid(daemon), SIGCONT), 0);
    cr_expect_eq(program_wait(ctl, 0), 1);
    cr_expect(strncmp(program_err(ctl), "Timed out.\nplughostctl: no answer to 'list' from ",
                      strlen("Timed out.\nplughostctl: no answer to 'list' from ")) == 0,
              "%s", program_err(ctl));
}

Test(ctl_circus, no_daemon_ends_with_1)
{
    ph_cleanup(program_destroy) program_t *ctl =
        program_run((const char *const[]){TEST_PLUGHOSTCTL, "--circus", "-e",
                                          "ipc:///nonexistent/endpoint", "list", NULL},
                    NULL);
    cr_expect_eq(program_wait(ctl, 0), 1);
    cr_expect(strncmp(program_err(ctl), "plughostctl: no plughostd at ", 29) == 0, "%s",
              program_err(ctl));
}

Test(ctl_circus, events_are_shown_as_python_shows_bytes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_start_ctl(daemon, "--circus", "listen", "event.", NULL);
    for (bool is_there = false; !is_there;) { /* until it has subscribed */
        free(RUN(daemon, "publish", "event.x", "text=it's \\ ä"));
        is_there = program_wait_out(ctl, "\n", 100);
    }
    cr_expect(strncmp(program_out(ctl), "b'event.x': b'{\"time\":", 22) == 0, "%s",
              program_out(ctl));
    cr_expect(strstr(program_out(ctl), "\"text\":\"it\\'s \\\\\\\\ "), "%s", program_out(ctl));
    cr_expect(!strstr(program_out(ctl), "ä"), "%s", program_out(ctl));
}

#define FOR_CIRCUS                                                                                 \
    "[circus]\ncircus_compat = yes\nendpoint = ipc://@DIR@/run/c.sock\n"                           \
    "pubsub_endpoint = ipc://@DIR@/run/p.sock\n"

/* Listens at an endpoint that is there for Circus's clients, and expects the events of a stop. */
static void expect_listening(daemon_t *daemon, const char *socket)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, socket);
    ph_cleanup(ph_freep) char *endpoint = ph_format("ipc://%s", path);
    const char *const argv[] = {TEST_PLUGHOSTCTL, "--circus",         "--endpoint", endpoint,
                                "listen",         "watcher.web.stop", NULL};
    ph_cleanup(program_destroy) program_t *ctl =
        program_start(&(struct program_spec){.argv = argv});
    for (bool is_there = false; !is_there;) { /* until it has subscribed */
        daemon_do(daemon, "start", "web", true);
        daemon_do(daemon, "stop", "web", true);
        is_there = program_wait_out(ctl, "\n", 100);
    }
    static const char line[] = "b'watcher.web.stop': b'{\"time\": ";
    cr_expect(strncmp(program_out(ctl), line, sizeof line - 1) == 0, "%s", program_out(ctl));
    program_signal(ctl, SIGINT);
    cr_expect_eq(program_wait(ctl, 5000), 0);
    cr_expect_str_eq(program_err(ctl), "");
}

Test(ctl_circus, events_come_from_both_endpoints_for_circuss_clients)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO FOR_CIRCUS);
    expect_listening(daemon, "run/p.sock"); /* as circusctl wants it */
    expect_listening(daemon, "run/c.sock");
}

Test(ctl_circus, the_words_of_an_added_program_are_joined)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    EXPECT(daemon, 0, "ok\n", "", "--circus", "add", "--start", "--waiting", "new",
           TEST_CHILD " run");
    EXPECT(daemon, 0, "active\n", "", "--circus", "status", "new");
}

Test(ctl_circus, a_program_of_that_name_is_circusctl)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(ph_freep) char *link = daemon_path(daemon, "circusctl");
    cr_assert_eq(symlink(TEST_PLUGHOSTCTL, link), 0);
    ph_cleanup(program_destroy) program_t *ctl = program_run(
        (const char *const[]){link, "--endpoint", daemon_endpoint(daemon), "list", NULL}, NULL);
    expect_result(ctl, 0, "db,web\n", "");
}

/* ---- the endpoint ---- */

static void expect_list(const char *endpoint, const char *circus_endpoint, int code)
{
    ph_cleanup(ph_freep) char *own = ph_format("PLUGHOST_ENDPOINT=%s", endpoint);
    ph_cleanup(ph_freep) char *circus = ph_format("CIRCUSCTL_ENDPOINT=%s", circus_endpoint);
    ph_cleanup(program_destroy) program_t *ctl =
        program_run((const char *const[]){TEST_PLUGHOSTCTL, "list", NULL},
                    (const char *const[]){own, circus, NULL});
    cr_expect_eq(program_wait(ctl, 0), code, "%s", program_err(ctl));
}

Test(ctl_circus, the_variable_of_circusctl_counts_where_ours_is_not_set)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    expect_list("", daemon_endpoint(daemon), 0);
    expect_list(daemon_endpoint(daemon), "ipc:///nonexistent/endpoint", 0);
    expect_list("ipc:///nonexistent/endpoint", daemon_endpoint(daemon), 3);
}

/* ---- spellings ---- */

Test(ctl_circus, commands_may_be_written_in_capitals)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 0, "2\n", "", "NumWatchers");
}

Test(ctl_circus, options_have_circuss_names_as_well)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    daemon_do(daemon, "start", "web", true);
    int pid = daemon_status(daemon, "web").pid;
    ph_cleanup(ph_freep) char *text = ph_format("%d", pid);
    ph_cleanup(ph_freep) char *killed = ph_format("killed: %d\n", pid);
    EXPECT(daemon, 0, killed, "", "kill", "web", text, "--signum", "SIGKILL", "--graceful_timeout",
           "3", "--waiting");
    EXPECT(daemon, 0, "reloaded: Web\n", "", "reload", "web", "--terminate", "--sequential",
           "--waiting");
}

Test(ctl_circus, prettify_prints_json_over_lines)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "--prettify", "list");
    cr_expect(strstr(out, "\n  \"watchers\": [\n    \"Web\",\n    \"db\"\n  ]\n}\n"), "%s", out);
    ph_cleanup(ph_freep) char *both = RUN(daemon, "--json", "--prettify", "list");
    cr_expect(strstr(both, "\n  \"status\": \"ok\",\n"), "%s", both);
}

Test(ctl_circus, set_takes_key_and_value_as_words)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WORKSHOP);
    EXPECT(daemon, 0, "kept for the next start: plugin:workshop\n", "", "set", "workshop", "needed",
           "a=b", "level", "5");
    ph_cleanup(ph_freep) char *out =
        RUN(daemon, "--json", "set", "workshop", "level=5", "needed=a=b");
    cr_expect(strstr(out, "\"how\":\"unchanged\""), "%s", out);
    EXPECT(daemon, 2, "",
           "plughostctl: option 'level' is given twice\nhint: usage: plughostctl set [--wait] "
           "[--save] NAME "
           "OPTION=VALUE...\n",
           "set", "workshop", "level", "1", "level", "2");
    EXPECT(daemon, 0, "ok\n", "", "--circus", "set", "workshop", "level", "4");
}
