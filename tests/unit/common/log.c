#include <criterion/criterion.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <log.h>
#include <scratch.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wire/utf8.h>

enum { STAMP = sizeof "2026-01-31T12:34:56.789Z " - 1 };

/* Compares a log without its times, which it checks for their form. */
static void expect_lines(const char *path, const char *expected)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
    ph_cleanup(ph_freep) char *text = scratch_read(path);
    ph_cleanup(ph_freep) char *bare = ph_calloc(1, strlen(text) + 1);
    for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
        for (size_t i = 0; i < STAMP; i++)
            cr_assert(form[i] == 'd' ? isdigit((unsigned char)line[i]) : form[i] == line[i],
                      "'%s' does not begin with a time", line);
        strncat(bare, line + STAMP, strcspn(line + STAMP, "\n") + 1);
    }
    cr_expect_str_eq(bare, expected);
}

Test(log, a_line_has_time_level_and_text)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    struct ph_error err;
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_DEBUG, &err);
    cr_assert_not_null(log);
    ph_log(log, PH_LOG_DEBUG, "one %d", 1);
    ph_log(log, PH_LOG_INFO, "two");
    ph_log(log, PH_LOG_WARNING, "three");
    ph_log(log, PH_LOG_ERROR, "four");
    expect_lines(path, "debug   one 1\ninfo    two\nwarning three\nerror   four\n");
}

Test(log, lines_below_the_level_are_dropped)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_WARNING, NULL);
    ph_log(log, PH_LOG_DEBUG, "one");
    ph_log(log, PH_LOG_INFO, "two");
    ph_log(log, PH_LOG_WARNING, "three");
    ph_log(log, PH_LOG_ERROR, "four");
    expect_lines(path, "warning three\nerror   four\n");
}

Test(log, control_characters_cannot_forge_a_line)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_INFO, NULL);
    ph_log(log, PH_LOG_INFO, "a\nb\rc\td\033e\177f\001g \xc3\xa9");
    expect_lines(path, "info    a?b?c?d?e?f?g \xc3\xa9\n");
}

Test(log, a_file_is_appended_to_and_not_for_everyone_to_read)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    umask(0);
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_INFO, NULL);
        ph_log(log, PH_LOG_INFO, "run %d", i);
    }
    expect_lines(path, "info    run 0\ninfo    run 1\n");
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0640);
}

Test(log, after_a_rename_reopening_begins_a_new_file)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_freep) char *old = ph_format("%s/log.1", folder);
    struct ph_error err;
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_INFO, NULL);
    ph_log(log, PH_LOG_INFO, "first");
    rename(path, old);
    ph_log(log, PH_LOG_INFO, "still there");
    cr_assert_eq(ph_log_reopen(log, &err), 0);
    ph_log(log, PH_LOG_INFO, "second");
    expect_lines(old, "info    first\ninfo    still there\n");
    expect_lines(path, "info    second\n");
}

Test(log, the_old_file_stays_in_use_when_reopening_fails)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_freep) char *old = ph_format("%s/log.1", folder);
    ph_cleanup(ph_freep) char *expected =
        ph_format("cannot open log file '%s': Is a directory", path);
    struct ph_error err;
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_INFO, NULL);
    rename(path, old);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_eq(ph_log_reopen(log, &err), -1);
    cr_expect_str_eq(err.message, expected);
    ph_log(log, PH_LOG_INFO, "kept");
    expect_lines(old, "info    kept\n");
}

Test(log, a_file_that_cannot_be_opened_is_named)
{
    struct ph_error err;
    cr_expect_null(ph_log_new("/nowhere/log", PH_LOG_INFO, &err));
    cr_expect_str_eq(err.message, "cannot open log file '/nowhere/log': No such file or directory");
    cr_expect_eq(err.code, PH_SYSTEM);
}

/* Makes `path` the standard error of the rest of the test. */
static void redirect_standard_error(const char *path)
{
    ph_cleanup(ph_closep) int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    cr_assert_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
}

Test(log, without_a_file_it_goes_to_standard_error)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/stderr", folder);
    redirect_standard_error(path);
    ph_cleanup(ph_log_destroy) ph_log_t *dash = ph_log_new("-", PH_LOG_INFO, NULL);
    ph_cleanup(ph_log_destroy) ph_log_t *none = ph_log_new(NULL, PH_LOG_INFO, NULL);
    ph_log(dash, PH_LOG_INFO, "one");
    ph_log_take_output(dash);
    cr_expect_eq(ph_log_reopen(dash, NULL), 0);
    ph_log_destroy(&dash);
    cr_expect_null(dash);
    ph_log(none, PH_LOG_INFO, "two");
    expect_lines(path, "info    one\ninfo    two\n");
}

Test(log, a_log_that_takes_the_output_keeps_it_after_a_reopening)
{
    static const char line[] = "2026-01-31T12:34:56.789Z from elsewhere\n";
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_freep) char *old = ph_format("%s/log.1", folder);
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_INFO, NULL);
    ph_log_take_output(log);
    cr_expect_eq(write(STDOUT_FILENO, line, sizeof line - 1), (ssize_t)sizeof line - 1);
    rename(path, old);
    ph_log_reopen(log, NULL);
    cr_expect_eq(write(STDERR_FILENO, line, sizeof line - 1), (ssize_t)sizeof line - 1);
    expect_lines(old, "from elsewhere\n");
    expect_lines(path, "from elsewhere\n");
}

Test(log, a_line_that_a_pipe_would_not_take_whole_is_cut)
{
    char text[PIPE_BUF + 1];
    memset(text, 'x', sizeof text - 1);
    text[PIPE_BUF] = '\0';
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_INFO, NULL);
    ph_log(log, PH_LOG_INFO, "%s", text);
    ph_log(log, PH_LOG_INFO, "next");
    ph_cleanup(ph_freep) char *whole = scratch_read(path);
    char *newline = strchr(whole, '\n');
    cr_assert_not_null(newline);
    cr_expect_leq(newline - whole, PIPE_BUF - 1);
    cr_expect_eq(newline[-1], 'x');
    cr_expect_not_null(strstr(newline, "info    next\n"));
}

Test(log, a_line_that_is_cut_stays_text)
{
    char text[2 * PIPE_BUF + 1];
    for (size_t i = 0; i < PIPE_BUF; i++)
        memcpy(text + 2 * i, "\xc3\xa9", 3);
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(path, PH_LOG_INFO, NULL);
    ph_log(log, PH_LOG_INFO, "%s", text);
    ph_log(log, PH_LOG_INFO, "x%s", text); /* one of them is cut within a character */
    ph_cleanup(ph_freep) char *whole = scratch_read(path);
    cr_expect(wire_is_utf8(whole, strlen(whole)));
}

/* ---- a log that somebody has to read ---- */

enum { LINES = 1000, PIPE_BYTES = 8192 };

/* Makes a small pipe the standard error of the rest of the test. Returns its other end, which does
 * not block. */
static int pipe_standard_error(void)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    cr_assert_eq(fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES), PIPE_BYTES);
    cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
    return ends[0];
}

/* Empties a pipe. Returns what was in it, which the caller frees. */
static char *drain(int fd)
{
    char *text = ph_calloc(1, PIPE_BYTES + 1);
    ssize_t count = 0;
    for (size_t size = 0; size < PIPE_BYTES; size += (size_t)count)
        if ((count = read(fd, text + size, PIPE_BYTES - size)) <= 0)
            break;
    return text;
}

static unsigned count_lines(const char *text)
{
    unsigned count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

static void log_many(ph_log_t *log)
{
    for (int i = 0; i < LINES; i++)
        ph_log(log, PH_LOG_INFO, "line %d", i);
}

Test(log, a_pipe_that_nobody_reads_is_not_waited_for_and_losses_are_told, .timeout = 10)
{
    ph_cleanup(ph_closep) int reader = pipe_standard_error();
    ph_cleanup(ph_log_destroy) ph_log_t *log = ph_log_new(NULL, PH_LOG_INFO, NULL);
    log_many(log);
    ph_cleanup(ph_freep) char *first = drain(reader);
    unsigned kept = count_lines(first);
    cr_assert(kept > 0 && kept < LINES, "%u of %d lines were kept", kept, LINES);
    cr_expect_eq(first[strlen(first) - 1], '\n', "each line is whole");

    ph_log(log, PH_LOG_INFO, "after");
    ph_cleanup(ph_freep) char *second = drain(reader);
    ph_cleanup(ph_freep) char *told =
        ph_format("Z warning %u lines of this log were lost\n", LINES - kept);
    cr_expect_eq(count_lines(second), 2);
    cr_expect_not_null(strstr(second, told), "the log says: %s", second);
    cr_expect_not_null(strstr(second, "Z info    after\n"), "the log says: %s", second);

    ph_log(log, PH_LOG_INFO, "later");
    ph_cleanup(ph_freep) char *third = drain(reader);
    cr_expect_eq(count_lines(third), 1, "losses are told once: %s", third);
}

Test(log, a_named_pipe_that_nobody_reads_is_refused_at_once, .timeout = 10)
{
    struct ph_error err;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/pipe", folder);
    ph_cleanup(ph_freep) char *expected =
        ph_format("cannot open log file '%s': No such device or address", path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_null(ph_log_new(path, PH_LOG_INFO, &err));
    cr_expect_eq(err.sys_errno, ENXIO);
    cr_expect_str_eq(err.message, expected);
}

/* A limit of the size stands in for a disk that has room for half of a line. */
static void limit_files(rlim_t max_bytes)
{
    struct rlimit limit = {.rlim_cur = max_bytes, .rlim_max = RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Returns a log whose last line has no end. */
static ph_log_t *make_cut(const char *path)
{
    ph_log_t *log = ph_log_new(path, PH_LOG_DEBUG, NULL);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(STAMP + 10);
    ph_log(log, PH_LOG_INFO, "first and long");
    limit_files(RLIM_INFINITY);
    return log;
}

Test(log, a_line_that_was_cut_by_a_full_disk_is_lost_and_the_next_stands_alone)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_log_destroy) ph_log_t *log = make_cut(path);
    ph_log(log, PH_LOG_INFO, "second");
    expect_lines(path, "info    fi\nwarning 1 lines of this log were lost\ninfo    second\n");
}

Test(log, a_new_file_begins_with_a_line_whatever_the_old_one_ended_with)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    ph_cleanup(ph_log_destroy) ph_log_t *log = make_cut(path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(ph_log_reopen(log, NULL), 0);
    ph_log(log, PH_LOG_INFO, "second");
    expect_lines(path, "warning 1 lines of this log were lost\ninfo    second\n");
}

Test(log, no_log_takes_lines_too)
{
    ph_log_t *none = NULL;
    ph_log(none, PH_LOG_ERROR, "nobody hears it");
    ph_log_destroy(&none);
}

Test(log, a_level_is_found_by_its_word)
{
    enum ph_log_level level = PH_LOG_DEBUG;
    struct ph_error err;
    for (unsigned i = PH_LOG_DEBUG; i <= PH_LOG_ERROR; i++) {
        cr_expect_eq(ph_log_level_parse(ph_log_level_name((enum ph_log_level)i), &level, &err), 0);
        cr_expect_eq(level, i);
    }
    cr_expect_eq(ph_log_level_parse("loud", &level, &err), -1);
    cr_expect_eq(level, PH_LOG_ERROR, "a failure must leave it as it is");
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "unknown log level 'loud': use debug, info, warning or error");
    cr_expect_str_eq(ph_log_level_name((enum ph_log_level)77), "error");
}
