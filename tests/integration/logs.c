/* The last output of processes, which the daemon keeps in memory, and following it. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(logs, .timeout = 60);

enum { WAIT_MS = 10000 };

/* A watcher that writes what comes through the pipe DIR/NAME.in. */
#define REPEATER(name) "[watcher:" name "]\nshell = yes\ncmd = exec cat <>@DIR@/" name ".in\n"

/* ---- the last lines ---- */

static ph_message_t *call_logs(daemon_t *daemon, int lines, double since)
{
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    if (lines >= 0)
        ph_writer_int(properties, "lines", lines);
    if (since > 0)
        ph_writer_float(properties, "since", since);
    ph_message_t *reply = ph_client_call(daemon_client(daemon), "logs", properties, WAIT_MS, &err);
    cr_assert(reply, "%s", err.message);
    return reply;
}

static const ph_value_t *log_line(const ph_message_t *reply, size_t index)
{
    return ph_value_at(ph_value_get(ph_message_body(reply), "lines"), index);
}

/* Returns all lines of a reply as "NAME:TEXT ", which the caller frees. */
static char *join_lines(const ph_message_t *reply)
{
    char *text = ph_strdup("");
    const ph_value_t *line;
    for (size_t i = 0; (line = log_line(reply, i)); i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s%s:%s ", before, ph_value_string(ph_value_get(line, "name"), "?"),
                         ph_value_string(ph_value_get(line, "text"), "?"));
    }
    return text;
}

static void expect_logs(daemon_t *daemon, int lines, double since, const char *wanted)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = call_logs(daemon, lines, since);
    ph_cleanup(ph_freep) char *text = join_lines(reply);
    cr_expect_str_eq(text, wanted);
}

/* Has the watchers 'a' and 'b' write one line after the other. */
static void take_turns(daemon_t *daemon, const int *inputs)
{
    for (int i = 1; i <= 6; i++) {
        ph_cleanup(ph_freep) char *line = ph_format("%d\n", i);
        ph_cleanup(ph_freep) char *shown = ph_format("%s | %d\n", i % 2 ? "a" : "b", i);
        fifo_write(inputs[i % 2 ? 0 : 1], line);
        daemon_wait_output(daemon, shown, WAIT_MS);
    }
}

Test(logs, logs_are_merged_by_time_and_the_last_or_the_later_ones_can_be_asked_for)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(REPEATER("a") REPEATER("b"));
    const int inputs[] = {daemon_make_fifo(daemon, "a.in"), daemon_make_fifo(daemon, "b.in")};
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    take_turns(daemon, inputs);
    expect_logs(daemon, -1, 0, "a:1 b:2 a:3 b:4 a:5 b:6 ");
    expect_logs(daemon, 2, 0, "a:5 b:6 ");
    expect_logs(daemon, 0, 0, "");
    ph_cleanup(ph_message_destroy) ph_message_t *all = call_logs(daemon, -1, 0);
    double fourth = ph_value_float(ph_value_get(log_line(all, 3), "time"), 0);
    expect_logs(daemon, -1, fourth, "b:4 a:5 b:6 ");
    expect_logs(daemon, 1, fourth, "b:6 ");
    expect_logs(daemon, -1, fourth + 3600, "");
    close(inputs[0]);
    close(inputs[1]);
}

Test(logs, a_line_of_logs_tells_who_wrote_it_when_and_where_to)
{
    double before = ph_clock_wall();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ print hello\n");
    daemon_wait_output(daemon, "err: hello\n", WAIT_MS);
    daemon_wait_output(daemon, "out: hello\n", WAIT_MS);
    pid_t pid = daemon_status(daemon, "web").pid;
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "logs", "web", false);
    for (size_t i = 0; i < 2; i++) {
        const ph_value_t *line = log_line(reply, i);
        bool is_out = strcmp(ph_value_string(ph_value_get(line, "text"), ""), "out: hello") == 0;
        cr_expect_str_eq(ph_value_string(ph_value_get(line, "stream"), ""),
                         is_out ? "stdout" : "stderr");
        cr_expect_eq(ph_value_int(ph_value_get(line, "pid"), 0), pid);
        cr_expect_geq(ph_value_float(ph_value_get(line, "time"), 0), before);
        cr_expect_leq(ph_value_float(ph_value_get(line, "time"), 0), ph_clock_wall());
    }
    cr_expect_null(log_line(reply, 2));
}

Test(logs, logs_of_what_is_not_there_are_refused)
{
    struct ph_error err;
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\n");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_try(daemon, "logs", "wob", false, &err);
    cr_assert_null(reply);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_int(properties, "lines", -1);
    ph_cleanup(ph_message_destroy) ph_message_t *second =
        ph_client_call(daemon_client(daemon), "logs", properties, WAIT_MS, &err);
    cr_assert_null(second);
    cr_expect_str_eq(err.message, "lines = -1: it must be 0 to 10000");
}

Test(logs, what_goes_nowhere_is_still_in_logs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ lines 1 word 3\nrestart = never\n"
                          "autostart = no\nstdout_stream.class = NullStream\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "stopped", WAIT_MS);
    expect_logs(daemon, -1, 0, "web:word 000001 word ");
    ph_cleanup(ph_freep) char *output = daemon_wait_file(daemon, "output", "", WAIT_MS);
    cr_expect_str_eq(output, "");
}

Test(logs, a_subscriber_to_a_log_gets_the_lines_as_they_come)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(REPEATER("Web") REPEATER("other"));
    ph_cleanup(ph_closep) int input = daemon_make_fifo(daemon, "Web.in");
    ph_cleanup(ph_closep) int other = daemon_make_fifo(daemon, "other.in");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(daemon_endpoint(daemon), NULL);
    cr_assert_eq(ph_client_subscribe(client, "log.web", WAIT_MS, NULL), 0);
    fifo_write(other, "not this\n");
    daemon_wait_output(daemon, "other | not this\n", WAIT_MS);
    fifo_write(input, "one\n\nthree\n");
    ph_cleanup(ph_event_destroy) ph_event_t *event = ph_client_receive(client, WAIT_MS, NULL);
    cr_assert(event, "nothing came");
    cr_expect_str_eq(ph_event_topic(event), "log.web");
    cr_expect_str_eq(event_text(event, "text"), "one\n\nthree\n");
    cr_expect_str_eq(event_text(event, "name"), "Web");
    cr_expect_str_eq(event_text(event, "stream"), "stdout");
    cr_expect_eq((pid_t)event_number(event, "pid"), daemon_status(daemon, "Web").pid);
}

/* ---- the last words of a process ---- */

/* Checks that a text is the lines 11 to 30 of the program 'lines'. */
static void expect_last_lines(const char *text)
{
    char *wanted = ph_strdup("");
    for (int i = 11; i <= 30; i++) {
        ph_cleanup(ph_freep) char *before = wanted;
        wanted = ph_format("%sword %06d word\n", before, i);
    }
    cr_expect_str_eq(text, wanted);
    free(wanted);
}

Test(logs, the_last_20_lines_are_in_the_reap_event_and_the_answer_to_why)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ lines 30 word 3\nrestart = never\n"
                          "autostart = no\n");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS);
    expect_last_lines(event_text(reap, "output"));
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "why", "web", false);
    const ph_value_t *watcher = ph_value_at(ph_value_get(ph_message_body(reply), "watchers"), 0);
    const ph_value_t *death = ph_value_at(ph_value_get(watcher, "deaths"), 0);
    expect_last_lines(ph_value_string(ph_value_get(death, "output"), ""));
    cr_expect_str_eq(ph_value_string(ph_value_get(death, "cause"), ""), "exit status 3");
}

Test(logs, when_the_last_lines_are_long_those_that_are_kept_are_whole)
{
    enum { WORD = 100, LINE = 2 * WORD + 9 };
    char word[WORD + 1] = "";
    memset(word, 'w', WORD);
    ph_cleanup(ph_freep) char *text = ph_format(
        "[watcher:web]\ncmd = @CHILD@ lines 30 %s 3\nrestart = never\nautostart = no\n", word);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS);
    const char *output = event_text(reap, "output");
    ph_cleanup(ph_freep) char *last = ph_format(" 000030 %s\n", word);
    cr_expect(text_ends(output, last), "%s", output);
    cr_expect_geq(strlen(output), (size_t)LINE);
    cr_expect_eq(strlen(output) % LINE, 0, "the first line is cut: %s", output);
}

Test(logs, the_last_lines_of_a_process_are_only_its_own)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ lines 1 word$WID 3\nnumprocesses = 2\n"
                          "restart = never\nautostart = no\n");
    daemon_do(daemon, "start", "web", false);
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *reap =
            daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS);
        int wid = (int)event_number(reap, "wid");
        ph_cleanup(ph_freep) char *wanted = ph_format("word%d 000001 word%d\n", wid, wid);
        cr_expect_str_eq(event_text(reap, "output"), wanted);
    }
}
