/* What becomes of the output of processes. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

TestSuite(streams, .timeout = 90);

enum { WAIT_MS = 10000 };

/* A watcher that writes what comes through the pipe DIR/NAME.in. */
#define REPEATER(name) "[watcher:" name "]\nshell = yes\ncmd = exec cat <>@DIR@/" name ".in\n"

static void move_file(const daemon_t *daemon, const char *from, const char *to)
{
    ph_cleanup(ph_freep) char *old = daemon_path(daemon, from);
    ph_cleanup(ph_freep) char *new = daemon_path(daemon, to);
    cr_assert_eq(rename(old, new), 0, "cannot move '%s'", old);
}

static char *read_file(const daemon_t *daemon, const char *name)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, name);
    return file_read(path);
}

/* Waits until the last line that a watcher wrote, as logs has it, is `text`. */
static void wait_lines(daemon_t *daemon, const char *name, const char *text)
{
    int64_t deadline = ph_clock_ms() + WAIT_MS;
    for (;;) {
        ph_cleanup(ph_message_destroy) ph_message_t *reply =
            daemon_command(daemon, "logs", name, false);
        const ph_value_t *lines = ph_value_get(ph_message_body(reply), "lines");
        const ph_value_t *last = ph_value_at(lines, ph_value_size(lines) - 1);
        if (strcmp(ph_value_string(ph_value_get(last, "text"), ""), text) == 0)
            return;
        cr_assert_lt(ph_clock_ms(), deadline, "'%s' has not written '%s'", name, text);
        /* No event tells of it; but one may come meanwhile. */
        ph_event_t *event = ph_client_receive(daemon_client(daemon), 10, NULL);
        ph_event_destroy(&event);
    }
}

/* ---- files ---- */

#define TO_FILE "stdout_stream.filename = @DIR@/out\n"

Test(streams, lines_of_several_processes_stay_whole_in_one_file)
{
    enum { PROCESSES = 5, LINES = 300 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = @CHILD@ lines 300 word$WID\nnumprocesses = 5\n" TO_FILE);
    for (int wid = 1; wid <= PROCESSES; wid++) {
        ph_cleanup(ph_freep) char *last = ph_format("word%d %06d word%d\n", wid, LINES, wid);
        free(daemon_wait_file(daemon, "out", last, WAIT_MS));
    }
    ph_cleanup(ph_freep) char *whole = read_file(daemon, "out");
    int next[PROCESSES + 1] = {0};
    for (char *rest = whole, *line; (line = strtok_r(rest, "\n", &rest));) {
        int wid = line[4] - '0';
        cr_assert(wid >= 1 && wid <= PROCESSES, "the line '%s' is not whole", line);
        ph_cleanup(ph_freep) char *wanted = ph_format("word%d %06d word%d", wid, ++next[wid], wid);
        cr_assert_str_eq(line, wanted);
    }
    for (int wid = 1; wid <= PROCESSES; wid++)
        cr_expect_eq(next[wid], LINES, "process %d has %d lines", wid, next[wid]);
}

Test(streams, both_outputs_have_a_file_of_their_own)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ print hello\n" TO_FILE
                          "stderr_stream.filename = @DIR@/err\n");
    ph_cleanup(ph_freep) char *out = daemon_wait_file(daemon, "out", "\n", WAIT_MS);
    ph_cleanup(ph_freep) char *err = daemon_wait_file(daemon, "err", "\n", WAIT_MS);
    cr_expect_str_eq(out, "out: hello\n");
    cr_expect_str_eq(err, "err: hello\n");
}

Test(streams, variables_are_replaced_in_the_name_of_the_file)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:web]\ncmd = @CHILD@ print hello\n"
                       "stdout_stream.filename = $(circus.env.OUR_DIR)/$(circus.name).out\n");
    setenv("OUR_DIR", daemon_dir(daemon), 1);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    free(daemon_wait_file(daemon, "web.out", "out: hello\n", WAIT_MS));
}

Test(streams, a_line_without_an_end_is_written_when_its_process_has_ended)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = printf 'one\\ntwo'\nrestart = never\n" TO_FILE);
    ph_cleanup(ph_freep) char *out = daemon_wait_file(daemon, "out", "two\n", WAIT_MS);
    cr_expect_str_eq(out, "one\ntwo\n");
}

/* Appends what DIR/NAME holds to a text, and checks that it is not longer than it may be. */
static char *append_file(const daemon_t *daemon, const char *name, size_t max_bytes, char *text)
{
    ph_cleanup(ph_freep) char *before = text;
    ph_cleanup(ph_freep) char *content = read_file(daemon, name);
    cr_assert(content, "there is no file '%s'", name);
    cr_expect_leq(strlen(content), max_bytes, "'%s' is too long", name);
    cr_expect(text_ends(content, "\n"), "'%s' does not end with a whole line", name);
    return ph_format("%s%s", before, content);
}

Test(streams, a_file_is_set_aside_at_its_size_and_so_many_old_ones_are_kept)
{
    enum { MAX_BYTES = 1000, LINE_BYTES = 17, LINES = 400 };
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ lines 400 word\n" TO_FILE
                          "stdout_stream.max_bytes = 1000\nstdout_stream.backup_count = 2\n");
    free(daemon_wait_file(daemon, "out", "word 000400 word\n", WAIT_MS));
    char *text = append_file(daemon, "out.2", MAX_BYTES, ph_strdup(""));
    text = append_file(daemon, "out.1", MAX_BYTES, text);
    ph_cleanup(ph_freep) char *whole = append_file(daemon, "out", MAX_BYTES, text);
    ph_cleanup(ph_freep) char *third = read_file(daemon, "out.3");
    cr_expect_null(third, "a third old file is kept");

    size_t count = strlen(whole) / LINE_BYTES;
    cr_expect_gt(count, (size_t)(2 * (MAX_BYTES / LINE_BYTES)), "files are set aside too early");
    char *rest = whole;
    for (size_t i = LINES - count + 1; i <= LINES; i++) {
        ph_cleanup(ph_freep) char *wanted = ph_format("word %06zu word", i);
        cr_assert_str_eq(strtok_r(rest, "\n", &rest), wanted);
    }
}

Test(streams, time_format_puts_time_and_pid_before_each_line)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ lines 2 word\nautostart = no\n" TO_FILE
                          "stdout_stream.time_format = <%Y.%f>\n");
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    ph_cleanup(ph_freep) char *out = daemon_wait_file(daemon, "out", "000002 word\n", WAIT_MS);
    int year, us, found_pid, number, end = 0;
    const char *second = strchr(out, '\n') + 1;
    int fields =
        sscanf(second, "<%4d.%6d> [%d] | word %d word\n%n", &year, &us, &found_pid, &number, &end);
    cr_assert(fields == 4 && end > 0 && second[end] == '\0', "%s", out);
    cr_expect_geq(year, 2025);
    cr_expect_eq(found_pid, pid);
    cr_expect_eq(number, 2);
}

Test(streams, with_utc_the_time_before_a_line_is_not_the_local_one)
{
    setenv("TZ", "XYZ-5", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = @CHILD@ print hello\nstdout_stream.filename = @DIR@/out\n"
        "stdout_stream.class = TimedRotatingFileStream\nstdout_stream.time_format = %z\n"
        "stdout_stream.utc = yes\nstdout_stream.rotate_when = D\n"
        "stderr_stream.filename = @DIR@/err\nstderr_stream.time_format = %z\n");
    ph_cleanup(ph_freep) char *out = daemon_wait_file(daemon, "out", "\n", WAIT_MS);
    ph_cleanup(ph_freep) char *err = daemon_wait_file(daemon, "err", "\n", WAIT_MS);
    cr_expect_eq(strncmp(out, "+0000 [", 7), 0, "%s", out);
    cr_expect_eq(strncmp(err, "+0500 [", 7), 0, "%s", err);
}

Test(streams, a_timed_file_needs_no_more_than_its_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ print hello\n" TO_FILE
                          "stdout_stream.class = TimedRotatingFileStream\n");
    free(daemon_wait_file(daemon, "out", "out: hello\n", WAIT_MS));
}

Test(streams, two_watchers_may_share_a_file)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:a]\ncmd = @CHILD@ lines 200 word\n" TO_FILE
                          "stdout_stream.max_bytes = 2000\nstdout_stream.backup_count = 9\n"
                          "[watcher:b]\ncmd = @CHILD@ lines 200 text\n" TO_FILE
                          "stdout_stream.max_bytes = 2000\nstdout_stream.backup_count = 9\n");
    wait_lines(daemon, "a", "word 000200 word");
    wait_lines(daemon, "b", "text 000200 text");
    char *text = ph_strdup("");
    for (int number = 3; number > 0; number--) {
        ph_cleanup(ph_freep) char *name = ph_format("out.%d", number);
        text = append_file(daemon, name, 2000, text);
    }
    ph_cleanup(ph_freep) char *whole = append_file(daemon, "out", 2000, text);
    cr_expect_eq(text_count(whole, " word\n"), 200);
    cr_expect_eq(text_count(whole, " text\n"), 200);
}

Test(streams, a_line_that_is_longer_than_any_buffer_stays_one_line_with_one_prefix)
{
    enum { SIZE = 300000 };
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare(REPEATER("web") TO_FILE "stdout_stream.time_format = at\n");
    ph_cleanup(ph_closep) int input = daemon_make_fifo(daemon, "web.in");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    ph_cleanup(ph_freep) char *line = ph_calloc(SIZE + 1, 1);
    memset(line, 'x', SIZE - 1);
    line[SIZE - 1] = '\n';
    fifo_write(input, line);
    ph_cleanup(ph_freep) char *out = daemon_wait_file(daemon, "out", "x\n", WAIT_MS);
    cr_expect_eq(text_count(out, "at ["), 1);
    cr_expect_eq(strlen(strchr(out, 'x')), (size_t)SIZE, "bytes are lost");
}

Test(streams, a_file_that_cannot_be_opened_ends_the_daemon_with_a_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:web]\ncmd = @CHILD@ run\nstderr_stream.filename = /nowhere/err\n");
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 1);
    cr_expect(strstr(program_err(program),
                     "stderr of 'web': cannot open '/nowhere/err': No such file or directory"),
              "%s", program_err(program));
}

/* ---- opening again ---- */

/* Has 'web' write a line to DIR/out, which is then moved away. Returns its input, which the caller
 * closes. */
static int start_and_move(daemon_t *daemon)
{
    int input = daemon_make_fifo(daemon, "web.in");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    fifo_write(input, "before\n");
    free(daemon_wait_file(daemon, "out", "before\n", WAIT_MS));
    move_file(daemon, "out", "out.old");
    return input;
}

/* Says lines until DIR/NAME is there. */
static void say_until_exists(const daemon_t *daemon, int input, const char *name)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, name);
    int64_t deadline = ph_clock_ms() + WAIT_MS;
    do {
        cr_assert_lt(ph_clock_ms(), deadline, "'%s' does not come back", path);
        fifo_write(input, "after\n");
    } while (!file_wait_exists(path, 50));
}

Test(streams, a_watched_file_that_was_moved_is_made_anew_without_a_word)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare(REPEATER("web") TO_FILE "stdout_stream.class = WatchedFileStream\n");
    ph_cleanup(ph_closep) int input = start_and_move(daemon);
    say_until_exists(daemon, input, "out");
    ph_cleanup(ph_freep) char *out = daemon_wait_file(daemon, "out", "after\n", WAIT_MS);
    cr_expect(!strstr(out, "before"));
}

static void expect_reopened(daemon_t *daemon, int input)
{
    free(daemon_wait_file(daemon, "out", "", WAIT_MS));
    fifo_write(input, "after\n");
    ph_cleanup(ph_freep) char *new = daemon_wait_file(daemon, "out", "after\n", WAIT_MS);
    ph_cleanup(ph_freep) char *old = read_file(daemon, "out.old");
    cr_expect_str_eq(new, "after\n");
    cr_expect_str_eq(old, "before\n");
}

Test(streams, sigusr1_opens_stream_files_again_that_were_moved)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(REPEATER("web") TO_FILE);
    ph_cleanup(ph_closep) int input = start_and_move(daemon);
    cr_assert_eq(kill(daemon_pid(daemon), SIGUSR1), 0);
    expect_reopened(daemon, input);
}

Test(streams, the_command_reopen_opens_stream_files_again_that_were_moved)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(REPEATER("web") TO_FILE);
    ph_cleanup(ph_closep) int input = start_and_move(daemon);
    daemon_do(daemon, "reopen", NULL, false);
    expect_reopened(daemon, input);
}

Test(streams, until_it_is_opened_again_a_moved_file_gets_the_lines)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(REPEATER("web") TO_FILE);
    ph_cleanup(ph_closep) int input = start_and_move(daemon);
    fifo_write(input, "after\n");
    free(daemon_wait_file(daemon, "out.old", "before\nafter\n", WAIT_MS));
}

/* ---- the daemon's own output ---- */

Test(streams, without_a_stream_lines_go_to_the_output_of_the_daemon_with_the_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ print hello\n"
                          "[watcher:many]\ncmd = @CHILD@ lines 1 word$WID\nnumprocesses = 2\n"
                          "stdout_stream.class = StdoutStream\n");
    daemon_wait_output(daemon, "web | out: hello\n", WAIT_MS);
    daemon_wait_output(daemon, "web | err: hello\n", WAIT_MS);
    daemon_wait_output(daemon, "many[1] | word1 000001 word1\n", WAIT_MS);
    daemon_wait_output(daemon, "many[2] | word2 000001 word2\n", WAIT_MS);
}

Test(streams, a_fancy_stream_puts_the_time_before_the_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ print hello\n"
                          "stdout_stream.class = FancyStdoutStream\n"
                          "stdout_stream.time_format = at %Y\n");
    ph_cleanup(ph_freep) char *output = daemon_wait_file(daemon, "output", "out: hello\n", WAIT_MS);
    int year = 0, end = 0;
    sscanf(output, "at %4d web | out: hello\n%n", &year, &end);
    cr_expect(year >= 2025 && end > 0, "%s", output);
}

/* ---- other logs ---- */

/* Returns a socket for datagrams on DIR/NAME; the caller closes it. */
static int listen_for_lines(const daemon_t *daemon, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", daemon_dir(daemon), name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Receives one message, as a text of at most SIZE - 1 bytes with '?' for NUL. */
static void receive_line(int fd, char *text, size_t size)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    cr_assert_gt(poll(&item, 1, WAIT_MS), 0, "nothing comes");
    ssize_t count = recv(fd, text, size - 1, 0);
    cr_assert_geq(count, 0);
    text[count] = '\0';
    for (ssize_t i = 0; i < count; i++)
        if (text[i] == '\0')
            text[i] = '?';
}

Test(streams, syslog_gets_each_line_with_its_severity_name_and_pid)
{
    char first[200], second[200];
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:web]\ncmd = @CHILD@ print hello\nautostart = no\n"
                       "stdout_stream.class = SyslogStream\nstdout_stream.filename = @DIR@/log1\n"
                       "stderr_stream.class = SyslogStream\nstderr_stream.filename = @DIR@/log2\n");
    ph_cleanup(ph_closep) int out = listen_for_lines(daemon, "log1");
    ph_cleanup(ph_closep) int err = listen_for_lines(daemon, "log2");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_do(daemon, "start", "web", true);
    receive_line(out, first, sizeof first);
    receive_line(err, second, sizeof second);
    int pid = (int)daemon_status(daemon, "web").pid;
    ph_cleanup(ph_freep) char *first_end = ph_format(" web[%d]: out: hello", pid);
    ph_cleanup(ph_freep) char *second_end = ph_format(" web[%d]: err: hello", pid);
    cr_expect(strncmp(first, "<30>", 4) == 0 && text_ends(first, first_end), "%s", first);
    cr_expect(strncmp(second, "<28>", 4) == 0 && text_ends(second, second_end), "%s", second);
}

Test(streams, the_journal_gets_each_line_with_its_fields)
{
    char text[400];
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:web]\ncmd = @CHILD@ print hello\nautostart = no\n"
                       "stdout_stream.class = JournalStream\n"
                       "stdout_stream.filename = @DIR@/journal\n");
    ph_cleanup(ph_closep) int journal = listen_for_lines(daemon, "journal");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_do(daemon, "start", "web", true);
    receive_line(journal, text, sizeof text);
    cr_expect(strstr(text, "PRIORITY=6\n"), "%s", text);
    cr_expect(strstr(text, "SYSLOG_IDENTIFIER=web\n"), "%s", text);
    cr_expect(text_ends(text, "MESSAGE\n\x0a???????out: hello\n"), "%s", text);
}

Test(streams, a_syslog_that_is_gone_loses_lines_and_gets_a_word_about_them_when_it_is_back)
{
    char text[200];
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare(REPEATER("web") "stdout_stream.class = SyslogStream\n"
                                       "stdout_stream.filename = @DIR@/syslog\n");
    ph_cleanup(ph_closep) int input = daemon_make_fifo(daemon, "web.in");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    fifo_write(input, "one\ntwo\n");
    ph_cleanup(ph_event_destroy) ph_event_t *lost =
        daemon_wait_event(daemon, "watcher.web.lost_output", WAIT_MS);
    cr_expect(strstr(event_text(lost, "reason"), "No such file or directory"), "%s",
              event_text(lost, "reason"));
    ph_cleanup(ph_closep) int syslog = listen_for_lines(daemon, "syslog");
    fifo_write(input, "three\n");
    receive_line(syslog, text, sizeof text);
    cr_expect(text_ends(text, "plughost: 2 lines were lost: No such file or directory"), "%s",
              text);
    receive_line(syslog, text, sizeof text);
    cr_expect(text_ends(text, ": three"), "%s", text);
}
