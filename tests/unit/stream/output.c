#include <alloc.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <scratch.h>
#include <stdio.h>
#include <stdlib.h>
#include <stream/output.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder, *path;
static loop_t *loop;
static streams_t *streams;
static output_t *output;

static void set_up(void)
{
    zsys_handler_set(NULL);
    setenv("TZ", "UTC", 1);
    folder = scratch_new();
    path = ph_format("%s/log", folder);
    loop = loop_new(NULL);
    streams = streams_new(loop, NULL, NULL);
}

static void tear_down(void)
{
    output_destroy(&output);
    streams_destroy(&streams);
    loop_destroy(&loop);
    scratch_destroy(&folder);
    ph_freep(&path);
}

TestSuite(output, .init = set_up, .fini = tear_down, .timeout = 20);

static const struct stream_options nowhere = {.class = STREAM_NULL};

static void open_output(const struct stream_options *out, const struct stream_options *err_options)
{
    struct ph_error err;
    output = output_new(streams, "web", out, err_options, &err);
    cr_assert_not_null(output, "%s", err.message);
}

static void put(const char *text, enum block_stream stream, int wid)
{
    struct block block = {.data = text,
                          .size = strlen(text),
                          .time = 3723.000004,
                          .pid = 77,
                          .wid = wid,
                          .stream = stream};
    output_set_siblings(output, wid > 0);
    output_write(output, &block);
}

static void expect_file(const char *name, const char *expected)
{
    ph_cleanup(ph_freep) char *text = scratch_read(name);
    cr_expect_str_eq(text, expected);
}

/* ---- files ---- */

Test(output, both_streams_may_go_to_one_file_that_is_set_aside_once)
{
    struct stream_options options = {.filename = path, .max_bytes = 8, .backup_count = 3};
    ph_cleanup(ph_freep) char *first = ph_format("%s.1", path);
    ph_cleanup(ph_freep) char *second = ph_format("%s.2", path);
    open_output(&options, &options);
    put("out\n", BLOCK_STDOUT, 0);
    put("err\n", BLOCK_STDERR, 0);
    put("more\n", BLOCK_STDOUT, 0);
    put("2\n", BLOCK_STDERR, 0);
    expect_file(path, "more\n2\n");
    expect_file(first, "out\nerr\n");
    cr_expect_neq(access(second, F_OK), 0);
}

Test(output, two_watchers_may_share_a_file)
{
    struct stream_options options = {.filename = path};
    open_output(&options, &nowhere);
    ph_cleanup(output_destroy) output_t *other =
        output_new(streams, "other", &options, &nowhere, NULL);
    cr_expect_eq(streams_files(streams)->count, 1);
    put("one\n", BLOCK_STDOUT, 0);
    output_destroy(&other);
    put("two\n", BLOCK_STDOUT, 0);
    expect_file(path, "one\ntwo\n");
}

Test(output, a_time_format_puts_time_and_process_before_each_line)
{
    char format[] = "%H:%M:%S.%f %%f";
    struct stream_options options = {.filename = path, .time_format = format};
    open_output(&options, &nowhere);
    put("one\ntwo\n", BLOCK_STDOUT, 1);
    put("three\n", BLOCK_STDOUT, 1);
    expect_file(path, "01:02:03.000004 %f [77] | one\n01:02:03.000004 %f [77] | two\n"
                      "01:02:03.000004 %f [77] | three\n");
}

Test(output, the_rest_of_a_long_line_gets_no_second_prefix)
{
    char format[] = "T";
    struct stream_options options = {.filename = path, .time_format = format};
    struct block rest = {.data = "end\nnext\n", .size = 9, .pid = 77, .is_continued = true};
    open_output(&options, &nowhere);
    put("begin ", BLOCK_STDOUT, 0);
    output_write(output, &rest);
    expect_file(path, "T [77] | begin end\nT [77] | next\n");
}

Test(output, of_many_short_lines_none_is_lost_by_their_prefixes)
{
    enum { LINES = 20000 };
    char format[] = "T";
    struct stream_options options = {.filename = path, .time_format = format};
    struct stat status;
    char *text = ph_calloc(1, LINES + 1);
    memset(text, '\n', LINES);
    open_output(&options, &nowhere);
    put(text, BLOCK_STDOUT, 0);
    free(text);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_size, (off_t)(LINES * strlen("T [77] | \n")));
}

Test(output, other_options_are_taken_or_leave_all_as_it_was)
{
    struct ph_error err;
    char bad[] = "/nowhere/log", other[] = "/dev/null";
    struct stream_options good = {.filename = path}, wrong = {.filename = bad};
    struct stream_options next = {.filename = other};
    open_output(&good, &nowhere);
    cr_expect_eq(output_configure(output, &next, &wrong, &err), -1);
    cr_expect_str_eq(err.message,
                     "stderr of 'web': cannot open '/nowhere/log': No such file or directory");
    put("one\n", BLOCK_STDOUT, 0);
    cr_expect_eq(output_configure(output, &next, &good, &err), 0);
    put("two\n", BLOCK_STDOUT, 0);
    put("three\n", BLOCK_STDERR, 0);
    expect_file(path, "one\nthree\n");
    ph_cleanup(ph_freep) char *kept = tail_lines_of(output_tail(output), 77, 9);
    cr_expect_str_eq(kept, "one\ntwo\nthree\n", "whatever the files are");
}

Test(output, a_shared_file_is_set_aside_as_the_newest_options_say)
{
    struct stream_options old = {.filename = path};
    struct stream_options new = {.filename = path, .max_bytes = 4, .backup_count = 1};
    open_output(&old, &nowhere);
    put("one\n", BLOCK_STDOUT, 0);
    cr_expect_eq(output_configure(output, &new, &nowhere, NULL), 0);
    put("two\n", BLOCK_STDOUT, 0);
    expect_file(path, "two\n");
}

/* Says whether the file is set aside before a line that comes over four bytes. */
static bool is_limited(void)
{
    ph_cleanup(ph_freep) char *first = ph_format("%s.1", path);
    unlink(first);
    put("one\n", BLOCK_STDOUT, 0);
    put("two\n", BLOCK_STDOUT, 0);
    return access(first, F_OK) == 0;
}

Test(output, a_check_leaves_the_file_that_is_in_use_as_it_is)
{
    struct stream_options old = {.filename = path};
    struct stream_options new = {.filename = path, .max_bytes = 4, .backup_count = 1};
    char missing[] = "/none/none";
    struct stream_options bad = {.filename = missing};
    open_output(&old, &nowhere);
    cr_expect_eq(output_check(output, &new, &nowhere, NULL), 0);
    cr_expect_eq(output_check(output, &new, &bad, NULL), -1);
    cr_expect_eq(output_configure(output, &new, &bad, NULL), -1);
    cr_expect_not(is_limited());

    cr_expect_eq(output_configure(output, &new, &nowhere, NULL), 0);
    cr_expect_eq(output_check(output, &old, &nowhere, NULL), 0);
    cr_expect(is_limited());
}

Test(output, a_file_that_is_to_grow_is_set_aside_no_more)
{
    struct stream_options old = {.filename = path, .max_bytes = 4, .backup_count = 1};
    struct stream_options new = {.filename = path};
    open_output(&old, &nowhere);
    cr_expect(is_limited());
    cr_expect_eq(output_configure(output, &new, &nowhere, NULL), 0);
    cr_expect_not(is_limited());
}

Test(output, a_shared_file_is_set_aside_as_those_say_who_are_left)
{
    struct stream_options plain = {.filename = path};
    struct stream_options limited = {.filename = path, .max_bytes = 4, .backup_count = 1};
    open_output(&plain, &plain);
    ph_cleanup(output_destroy) output_t *other =
        output_new(streams, "other", &limited, &nowhere, NULL);
    cr_expect(is_limited());
    cr_expect_eq(output_configure(output, &plain, &nowhere, NULL), 0);
    cr_expect(is_limited(), "one that says nothing leaves it to the other");
    output_destroy(&other);
    cr_expect_not(is_limited());
}

Test(output, files_that_were_moved_are_begun_anew_when_asked_to)
{
    struct stream_options options = {.filename = path};
    ph_cleanup(ph_freep) char *moved = ph_format("%s.moved", path);
    open_output(&options, &nowhere);
    put("one\n", BLOCK_STDOUT, 0);
    rename(path, moved);
    cr_expect_eq(streams_reopen(streams, NULL), 0);
    put("two\n", BLOCK_STDOUT, 0);
    expect_file(moved, "one\n");
    expect_file(path, "two\n");
}

/* ---- the daemon's own ---- */

/* Makes `name` a standard descriptor of the rest of the test. */
static void redirect(int fd, const char *name)
{
    ph_cleanup(ph_closep) int to =
        open(name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    cr_assert_eq(dup2(to, fd), fd);
}

Test(output, by_default_the_daemon_prints_it_with_the_name)
{
    struct stream_options unset = {0};
    ph_cleanup(ph_freep) char *other = ph_format("%s.err", path);
    redirect(STDOUT_FILENO, path);
    redirect(STDERR_FILENO, other);
    open_output(&unset, &unset);
    put("one\ntwo\n", BLOCK_STDOUT, 0);
    put("bad\n", BLOCK_STDERR, 2);
    expect_file(path, "web | one\nweb | two\n");
    expect_file(other, "web[2] | bad\n");
}

Test(output, the_fancy_one_has_the_time_too)
{
    struct stream_options fancy = {.class = STREAM_FANCY_STDOUT};
    redirect(STDOUT_FILENO, path);
    open_output(&nowhere, &fancy);
    put("lost\n", BLOCK_STDOUT, 1);
    put("bad\n", BLOCK_STDERR, 1);
    expect_file(path, "1970-01-01 01:02:03 web[1] | bad\n");
}

Test(output, a_terminal_gets_the_prefix_in_color)
{
    char color[] = "red", text[64] = "";
    struct stream_options red = {.class = STREAM_STDOUT, .color = color};
    ph_cleanup(ph_closep) int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    cr_assert(grantpt(master) == 0 && unlockpt(master) == 0);
    redirect(STDOUT_FILENO, ptsname(master));
    unsetenv("NO_COLOR");
    streams_destroy(&streams);
    streams = streams_new(loop, NULL, NULL);
    open_output(&red, &nowhere);
    put("one\n", BLOCK_STDOUT, 1);
    cr_assert_gt(read(master, text, sizeof text - 1), 0);
    cr_expect_str_eq(text, "\033[31mweb[1] | \033[0mone\r\n");
}

/* ---- who follows ---- */

static void follow(void *arg, const struct block *block)
{
    char **text_p = arg;
    char *more = ph_format("%s%s/%d/%d: %.*s", *text_p, block->watcher, (int)block->pid,
                           (int)block->stream, (int)block->size, block->data);
    free(*text_p);
    *text_p = more;
}

Test(output, a_follower_gets_every_block_as_long_as_it_is_set)
{
    ph_cleanup(ph_freep) char *text = ph_strdup("");
    open_output(&nowhere, &nowhere);
    put("before\n", BLOCK_STDOUT, 0);
    streams_set_follower(streams, follow, &text);
    put("one\n", BLOCK_STDOUT, 0);
    put("two\n", BLOCK_STDERR, 0);
    streams_set_follower(streams, NULL, NULL);
    put("after\n", BLOCK_STDOUT, 0);
    cr_expect_str_eq(text, "web/77/0: one\nweb/77/1: two\n");
}
