/* plughostctl: plugins, their methods, options and metrics, and events of one's own. */
#include "ctl_expect.h"

#include <calls.h>
#include <fcntl.h>
#include <files.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WAIT_MS = 10000 };

TestSuite(ctl_plugins, .timeout = 60);

/* It sends no heartbeat of its own accord while the tests go on. */
#define WORKSHOP "[plugin:workshop]\nneeded = x\nautostart = no\nwatchdog = 3000\n"
#define INVOKE "invoke PLUGIN METHOD [ARGUMENT=VALUE...]"
#define SET "set [--wait] [--save] NAME OPTION=VALUE..."

static daemon_t *start_workshop(void)
{
    daemon_t *daemon = daemon_start_with(WORKSHOP);
    daemon_do(daemon, "start", "workshop", true);
    return daemon;
}

/* ---- a plugin by hand, played by a bare socket; in its JSON ' stands for " ---- */

static void ask(raw_t *raw, const char *request)
{
    ph_cleanup(ph_freep) char *json = text_replace(request, "'", "\"");
    raw_send_text(raw, json, 0);
    size_t size;
    ph_cleanup(ph_freep) char *reply = raw_receive(raw, &size, WAIT_MS);
    cr_assert(reply && strstr(reply, "\"status\":\"ok\""), "%s: %s", request, reply);
}

/* `more` follows the properties of its hello. */
static raw_t *become_plugin(const daemon_t *daemon, const char *more)
{
    raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_freep) char *hello =
        ph_format("{'command': 'plugin.hello', 'id': 1, 'properties': {'name': 'hand', "
                  "'protocol_min': 1, 'protocol_max': 1%s}}",
                  more);
    ask(raw, hello);
    ask(raw, "{'command': 'plugin.ready', 'id': 2}");
    return raw;
}

#define ONE_METHOD ", 'methods': [{'name': 'do'}]"

/* Waits for an invocation. The caller owns it. */
static ph_message_t *take_invocation(raw_t *plugin)
{
    ph_message_t *request = raw_receive_map(plugin, WAIT_MS);
    cr_assert_str_eq(reply_text(request, "command"), "invoke");
    return request;
}

static void answer(raw_t *plugin, const char *result)
{
    ph_cleanup(ph_message_destroy) ph_message_t *request = take_invocation(plugin);
    ph_cleanup(ph_freep) char *text = ph_format("{'id': %d, 'status': 'ok', 'result': %s}",
                                                (int)reply_number(request, "id"), result);
    ph_cleanup(ph_freep) char *json = text_replace(text, "'", "\"");
    raw_send_text(plugin, json, 0);
}

/* ---- invoke ---- */

Test(ctl_plugins, a_result_is_printed_field_by_field)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_workshop();
    EXPECT(daemon, 0, "sum: 42\n", "", "invoke", "workshop", "add", "a=40", "b=2");
    EXPECT(daemon, 0, "text: later\n", "", "invoke", "plugin:Workshop", "defer");
    EXPECT(daemon, 0, "", "", "invoke", "workshop", "measure");
}

Test(ctl_plugins, a_result_of_any_type_is_printed)
{
    static const struct {
        const char *result, *out;
    } cases[] = {
        {"'two words'", "two words\n"},
        {"'\\u001b[31mred'", "\\u001b[31mred\n"},
        {"null", ""},
        {"{}", ""},
        {"[1, 'a']", "[1,\"a\"]\n"},
        {"1.5", "1.5\n"},
        {"true", "true\n"},
        {"{'a\\u0007': {'b': [1]}, 'c': 'd e', 'f': null}",
         "a\\u0007: {\"b\":[1]}\nc: d e\nf: null\n"},
    };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, ONE_METHOD);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ph_cleanup(program_destroy) program_t *ctl =
            daemon_start_ctl(daemon, "invoke", "hand", "do", NULL);
        answer(plugin, cases[i].result);
        expect_result(ctl, 0, cases[i].out, "");
    }
}

Test(ctl_plugins, json_prints_the_whole_reply)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_workshop();
    ph_cleanup(ph_freep) char *out =
        RUN(daemon, "--json", "invoke", "workshop", "add", "a=1", "b=2");
    cr_expect(strstr(out, "\"status\":\"ok\""), "%s", out);
    cr_expect(strstr(out, "\"result\":{\"sum\":3},\"plugin\":\"workshop\",\"method\":\"add\""),
              "%s", out);
    cr_expect_eq(text_count(out, "\n"), 1);
}

Test(ctl_plugins, a_refusal_of_the_plugin_ends_with_1)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_workshop();
    EXPECT(daemon, 1, "", "plughostctl: the workshop is closed\nhint: come back tomorrow\n",
           "invoke", "workshop", "refuse");
    EXPECT(daemon, 1, "",
           "plughostctl: plugin 'workshop' has no method 'ad'\nhint: did you mean 'add'?\n",
           "invoke", "workshop", "ad");
    EXPECT(daemon, 1, "", "plughostctl: argument 'b' of method 'add' is missing\n", "invoke",
           "workshop", "add", "a=1");
    EXPECT(daemon, 1, "", "plughostctl: argument 'a' of method 'add' must be of type int\n",
           "invoke", "workshop", "add", "a=x", "b=1");
}

Test(ctl_plugins, an_argument_that_is_given_twice_is_wrong_usage)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    EXPECT_USAGE(daemon, "argument 'a' is given twice", INVOKE, "invoke", "workshop", "add", "a=1",
                 "b=2", "a=3");
    EXPECT_USAGE(daemon, "'invoke' needs METHOD: what it shall do; 'methods' lists them", INVOKE,
                 "invoke", "workshop");
}

/* The client alone would say that there was no answer from the endpoint. */
Test(ctl_plugins, the_daemon_says_that_the_time_is_over)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_workshop();
    EXPECT(daemon, 1, "",
           "plughostctl: plugin 'workshop' has not answered 'keep': its time is over\n", "-t",
           "0.2", "invoke", "workshop", "keep");
    EXPECT(daemon, 1, "",
           "plughostctl: timeout 90000 is out of range: more than 0, at most 86400 seconds\n",
           "invoke", "workshop", "keep", "--timeout", "90000");
}

static double invoke_timeout(const daemon_t *daemon, raw_t *plugin, const char *seconds)
{
    ph_cleanup(program_destroy) program_t *ctl =
        seconds ? daemon_start_ctl(daemon, "-t", seconds, "invoke", "hand", "do", NULL)
                : daemon_start_ctl(daemon, "invoke", "hand", "do", NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *request = take_invocation(plugin);
    const ph_value_t *properties = ph_value_get(ph_message_body(request), "properties");
    program_signal(ctl, SIGTERM);
    return ph_value_float(ph_value_get(properties, "timeout"), -1);
}

Test(ctl_plugins, a_method_has_the_time_that_was_given)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, ONE_METHOD);
    double seconds = invoke_timeout(daemon, plugin, "300");
    cr_expect(seconds > 200 && seconds <= 300, "%g", seconds);
    ph_cleanup(raw_destroy) raw_t *other = become_plugin(daemon, ONE_METHOD);
    seconds = invoke_timeout(daemon, other, NULL);
    cr_expect(seconds > 0 && seconds <= 5, "%g", seconds);
}

Test(ctl_plugins, a_result_that_nobody_reads_is_no_error)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, ONE_METHOD);
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_start_ctl(daemon, "invoke", "hand", "do", NULL);
    program_close_out(ctl);
    answer(plugin, "'much'");
    cr_expect_eq(program_wait(ctl, WAIT_MS), 0);
    cr_expect_str_eq(program_err(ctl), "");
}

/* ---- what there is ---- */

#define METHODS                                                                                    \
    ", 'methods': [{'name': 'add', 'summary': 'Adds.', 'args': [{'name': 'a', 'type': 'number', "  \
    "'required': true}, {'name': 'b', 'type': 'int'}]}, {'name': 'x', 'args': [{'name': 'y'}]}]"
#define OPTIONS                                                                                    \
    ", 'version': '2', 'summary': 'By\\u0007hand.', 'handles': ['reconfigure', 'reopen'], "        \
    "'options': [{'name': 'level', 'type': 'int', 'min': 1, 'max': 100, 'default': '3', 'text': "  \
    "'How.'}, {'name': 'mode', 'type': 'choice', 'choices': ['a', 'b']}, {'name': 'part', "        \
    "'type': 'float', 'min': 0.5}, {'name': 'word', 'required': true}, {'name': 'empty', "         \
    "'default': ''}]"

Test(ctl_plugins, methods_is_a_table_with_arguments)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    EXPECT(daemon, 0, "", "plughostctl: there are no methods\n", "methods");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, METHODS);
    raw_expect_pong(plugin);
    EXPECT(daemon, 0,
           "PLUGIN METHOD ARGUMENTS        SUMMARY\n"
           "hand   add    a=NUMBER [b=INT] Adds.\n"
           "hand   x      [y=ANY]          -\n",
           "", "methods");
    EXPECT(daemon, 1, "",
           "plughostctl: there is no plugin 'nobody'\n"
           "hint: 'list' names the watchers; plugins are those with 'plugin:'\n",
           "methods", "hand", "nobody");
}

Test(ctl_plugins, describe_is_a_page)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, OPTIONS METHODS);
    ask(plugin, "{'command': 'plugin.subscribe', 'id': 3, 'properties': {'prefix': 'event.'}}");
    ask(plugin, "{'command': 'plugin.subscribe', 'id': 4, 'properties': {'prefix': ''}}");
    EXPECT(daemon, 0,
           "name:          hand\n"
           "state:         by hand\n"
           "connected:     true\n"
           "version:       2\n"
           "summary:       By\\u0007hand.\n"
           "protocol:      1\n"
           "handles:       reconfigure, reopen\n"
           "subscriptions: event., \"\"\n"
           "\n"
           "OPTION TYPE        VALUE DEFAULT    TEXT\n"
           "level  int 1..100  -     3          How.\n"
           "mode   choice a|b  -     -          -\n"
           "part   float 0.5.. -     -          -\n"
           "word   text        -     (required) -\n"
           "empty  text        -     \"\"         -\n"
           "\n"
           "METHOD ARGUMENTS        SUMMARY\n"
           "add    a=NUMBER [b=INT] Adds.\n"
           "x      [y=ANY]          -\n",
           "", "describe", "hand");
}

Test(ctl_plugins, describe_tells_values_and_what_is_not_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WORKSHOP "level =\n");
    EXPECT(daemon, 0, "name:          workshop\nstate:         stopped\nconnected:     false\n", "",
           "describe", "workshop");
    EXPECT(daemon, 0, "kept for the next start: plugin:workshop\n", "", "set", "workshop",
           "level=5", "needed=");
    daemon_do(daemon, "start", "workshop", true);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "describe", "workshop");
    ph_cleanup(ph_freep) char *pid =
        ph_format("\npid:           %d\n", (int)daemon_status(daemon, "plugin:workshop").pid);
    cr_expect(strstr(out, pid), "%s", out);
    cr_expect(strstr(out, "\nlevel  int 1..9 5     3          How.\n"), "%s", out);
    cr_expect(strstr(out, "\nneeded text     \"\"    (required) A word.\n"), "%s", out);
}

Test(ctl_plugins, describe_tells_what_a_plugin_said_that_is_not_there_any_more)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WORKSHOP);
    daemon_do(daemon, "start", "workshop", true);
    daemon_do(daemon, "stop", "workshop", true);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "describe", "workshop");
    cr_expect(strstr(out, "\nstate:         stopped\nconnected:     false\n"), "%s", out);
    cr_expect(strstr(out, "\nlevel  int 1..9 -     3          How.\n"), "%s", out);
    cr_expect_null(strstr(out, "\npid:"), "%s", out);
}

Test(ctl_plugins, metrics_is_a_table_of_numbers)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    EXPECT(daemon, 0, "", "plughostctl: there are no metrics\n", "metrics");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ask(plugin,
        "{'command': 'plugin.metrics', 'id': 3, 'properties': {'metrics': {"
        "'jobs': {'type': 'counter', 'add': 12345678901}, 'depth': {'type': 'gauge', 'value': 1.5},"
        "'seconds': {'type': 'histogram', 'count': 2, 'sum': 3.25, 'min': 0.25, 'max': 3, "
        "'buckets': {'-2': 1, '2': 1}}}}}");
    ph_cleanup(ph_freep) char *out = RUN(daemon, "metrics", "hand");
    cr_expect(strstr(out, "PLUGIN METRIC  TYPE      VALUE\n"), "%s", out);
    cr_expect(strstr(out, "\nhand   jobs    counter   12345678901\n"), "%s", out);
    cr_expect(strstr(out, "\nhand   depth   gauge     1.5\n"), "%s", out);
    cr_expect(strstr(out, "\nhand   seconds histogram n=2 p50=0.25 p90=3 p99=3 max=3\n"), "%s",
              out);
    ph_cleanup(ph_freep) char *same = RUN(daemon, "metrics", "PLUGIN:Hand");
    cr_expect_str_eq(same, out);
}

Test(ctl_plugins, metrics_of_a_plugin_that_there_is_not_are_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WORKSHOP);
    EXPECT(daemon, 0, "", "plughostctl: there are no metrics\n", "metrics", "workshop");
    EXPECT(daemon, 1, "",
           "plughostctl: there is no plugin 'workshp'\nhint: did you mean 'workshop'?\n", "metrics",
           "plugin:workshop", "plugin:workshp");
}

Test(ctl_plugins, status_tells_of_events_that_a_plugin_missed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_workshop();
    EXPECT(daemon, 0, "", "", "invoke", "workshop", "lose", "count=3");
    ph_cleanup(ph_freep) char *several = RUN(daemon, "status", "workshop");
    cr_expect(text_ends(several, " 3 events missed\n"), "%s", several);
    EXPECT(daemon, 0, "", "", "invoke", "workshop", "lose");
    ph_cleanup(ph_freep) char *one = RUN(daemon, "status", "workshop");
    cr_expect(text_ends(one, " 1 event missed\n"), "%s", one);
}

Test(ctl_plugins, the_number_of_the_last_event_is_for_programs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    EXPECT(daemon, 0, "statuses: {}\nwatchers: []\n", "", "call", "status");
    ph_cleanup(ph_freep) char *out = RUN(daemon, "--json", "call", "status");
    cr_expect(strstr(out, "\"seq\":1"), "%s", out);
    EXPECT(daemon, 0, "count: 1\nseq: 2\n", "", "call", "publish", "topic=event.x");
}

/* ---- what is changed ---- */

Test(ctl_plugins, an_event_of_ones_own_is_published)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    EXPECT(daemon, 0, "event 2 was published\n", "", "publish", "event.done", "n=1", "to=a",
           "to=b");
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "event.done", WAIT_MS);
    const ph_value_t *to = ph_value_get(ph_event_body(event), "to");
    cr_expect_eq(event_number(event, "n"), 1);
    cr_expect_eq(ph_value_size(to), 2);
    cr_expect_str_eq(ph_value_string(ph_value_at(to, 1), ""), "b");
    EXPECT(daemon, 1, "",
           "plughostctl: 'done' is no topic that can be published\n"
           "hint: event.TYPE: letters, digits, '_', '-' and dots, at most 200 bytes\n",
           "publish", "done");
}

Test(ctl_plugins, set_tells_what_became_of_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_workshop();
    EXPECT(daemon, 0, "reconfigured: plugin:workshop\n", "", "set", "workshop", "level=4");
    EXPECT(daemon, 0, "unchanged: plugin:workshop\n", "", "set", "workshop", "level=4");
    EXPECT(daemon, 1, "", "plughostctl: not on level 7\n", "set", "workshop", "level=7");
    EXPECT(daemon, 1, "", "plughostctl: option 'level': 'x' is not an integer\n", "set", "workshop",
           "level=x");
    daemon_do(daemon, "stop", "workshop", true);
    EXPECT(daemon, 0, "kept for the next start: plugin:workshop\n", "", "set", "workshop",
           "level=5");
}

Test(ctl_plugins, set_needs_values)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    EXPECT_USAGE(daemon,
                 "'set' needs OPTION=VALUE: its options by name; on the wire nil leaves one out",
                 SET, "set", "workshop");
    EXPECT(daemon, 2, "",
           "plughostctl: 'level' is not OPTION=VALUE\nhint: 'level=' sets an empty text; to take "
           "what is set back: plughostctl call set name=NAME 'options={\"level\":null}'\n",
           "set", "workshop", "needed=y", "level");
    EXPECT_USAGE(daemon, "'=x' is not OPTION=VALUE", SET, "set", "workshop", "=x", "level");
}

/* It has no handle_reconfigure, and stops when the signal comes: after 1.5 s. */
Test(ctl_plugins, a_plugin_that_has_to_be_restarted_is_waited_for)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:talker]\nautostart = no\nlate = yes\ngraceful_timeout = 3\n");
    daemon_do(daemon, "start", "talker", true);
    pid_t pid = daemon_status(daemon, "plugin:talker").pid;
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "set", "--wait", "talker", "late=no", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0);
    cr_expect_str_eq(program_out(ctl), "restarted: plugin:talker\n");
    cr_expect(strncmp(program_err(ctl), "plugin:talker: stopping\n", 24) == 0, "%s",
              program_err(ctl));
    cr_expect(text_ends(program_err(ctl), "plugin:talker: active\n"), "%s", program_err(ctl));
    cr_expect_neq(daemon_status(daemon, "plugin:talker").pid, pid);
    EXPECT(daemon, 0, "restarting: plugin:talker\n", "", "set", "talker", "lines=1");
    daemon_do(daemon, "start", "talker", true);
}

/* ---- on a terminal ---- */

/* Returns what plughostctl writes to a terminal of so many columns. The caller frees it. */
static char *run_on_terminal(const daemon_t *daemon, unsigned short columns, const char *word)
{
    enum { SIZE = 8192 };
    ph_cleanup(ph_closep) int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    struct winsize window = {.ws_row = 24, .ws_col = columns};
    cr_assert_eq(ioctl(terminal, TIOCSWINSZ, &window), 0);
    const char *const argv[] = {TEST_PLUGHOSTCTL, "-e", daemon_endpoint(daemon), word,
                                "hand",           NULL};
    ph_cleanup(program_destroy) program_t *ctl =
        program_start(&(struct program_spec){.argv = argv, .output = ptsname(terminal)});
    cr_expect_eq(program_wait(ctl, WAIT_MS), 0);
    char *text = ph_calloc(1, SIZE);
    size_t size = 0;
    for (ssize_t count; (count = read(terminal, text + size, SIZE - 1 - size)) > 0;)
        size += (size_t)count;
    return text;
}

/* Takes out blanks and line ends: words are parted where a column ends. */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *c = text; *c; c++)
        if (!strchr(" \r\n", *c))
            *to++ = *c;
    *to = '\0';
}

static void expect_fits(const char *text, size_t columns)
{
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        cr_expect_leq(strcspn(line, "\r\n"), columns, "%s", text);
}

Test(ctl_plugins, a_narrow_terminal_wraps_what_is_long)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin =
        become_plugin(daemon, ", 'options': [{'name': 'level', 'type': 'int', 'text': 'A long text "
                              "that does not end before the last word.'}], 'methods': [{'name': "
                              "'add', 'summary': 'Adds what there is to be added up to the end.', "
                              "'args': [{'name': 'one'}, {'name': 'other'}]}]");
    raw_expect_pong(plugin);
    ph_cleanup(ph_freep) char *methods = run_on_terminal(daemon, 50, "methods");
    expect_fits(methods, 50);
    cr_expect(strstr(methods, "[one=ANY] Adds what there is"), "%s", methods);
    ph_cleanup(ph_freep) char *page = run_on_terminal(daemon, 50, "describe");
    expect_fits(page, 50);
    squeeze(page);
    cr_expect(strstr(page, "Alongtextthatdoesnotendbeforethelastword."), "%s", page);
    ph_cleanup(ph_freep) char *piped = RUN(daemon, "methods");
    cr_expect_eq(text_count(piped, "\n"), 2, "%s", piped);
}
