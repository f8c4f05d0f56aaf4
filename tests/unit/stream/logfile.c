#include <alloc.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <scratch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stream/logfile.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder, *path, *told;
static logfile_t *file;

static void on_loss(void *arg, const char *watcher, const char *text)
{
    (void)arg;
    char *more = ph_format("%s%s: %s\n", told, watcher, text);
    free(told);
    told = more;
}

static const struct loss_listener listener = {.on_loss = on_loss};

static void set_up(void)
{
    setenv("TZ", "UTC", 1);
    folder = scratch_new();
    path = ph_format("%s/log", folder);
    told = ph_strdup("");
}

static void tear_down(void)
{
    logfile_destroy(&file);
    scratch_destroy(&folder);
    ph_freep(&path);
    ph_freep(&told);
}

TestSuite(logfile, .init = set_up, .fini = tear_down, .timeout = 30);

static void open_file(struct stream_options options)
{
    struct ph_error err;
    options.class = options.class ? options.class : STREAM_FILE;
    options.filename = path;
    file = logfile_new(&options, &listener, &err);
    cr_assert_not_null(file, "%s", err.message);
}

static void write_piece(const char *text, double time, bool is_continued)
{
    struct block block = {.data = text,
                          .size = strlen(text),
                          .time = time,
                          .watcher = "web",
                          .is_continued = is_continued};
    logfile_write(file, &block);
}

static void write_at(const char *text, double time)
{
    write_piece(text, time, false);
}

static void put_file(const char *name, const char *text)
{
    ph_cleanup(ph_freep) char *written = scratch_write(folder, name, text, 0600);
    cr_assert_not_null(written);
}

static void expect_file(const char *suffix, const char *expected)
{
    ph_cleanup(ph_freep) char *name = ph_format("%s%s", path, suffix);
    if (!expected) {
        cr_expect_neq(access(name, F_OK), 0, "there must be no '%s'", suffix);
        return;
    }
    cr_assert_eq(access(name, F_OK), 0, "there is no '%s'", suffix);
    ph_cleanup(ph_freep) char *text = scratch_read(name);
    cr_expect_str_eq(text, expected, "in '%s'", suffix);
}

/* ---- appending ---- */

Test(logfile, it_is_appended_to_and_not_for_everyone_to_read)
{
    struct stat status;
    umask(0);
    for (int i = 0; i < 2; i++) {
        open_file((struct stream_options){0});
        write_at("line\n", 1);
        logfile_destroy(&file);
    }
    expect_file("", "line\nline\n");
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0640);
}

Test(logfile, one_that_cannot_be_opened_is_named)
{
    struct ph_error err;
    char nowhere[] = "/nowhere/log";
    struct stream_options options = {.class = STREAM_FILE, .filename = nowhere};
    cr_expect_null(logfile_new(&options, &listener, &err));
    cr_expect_str_eq(err.message, "cannot open '/nowhere/log': No such file or directory");
}

Test(logfile, the_rest_of_a_long_line_is_not_joined_with_a_line_of_another_stream)
{
    open_file((struct stream_options){0});
    write_piece("begin", 1, false);
    write_piece("-middle", 1, true);
    write_piece("other\n", 1, false);
    write_piece("-end\n", 1, true);
    expect_file("", "begin-middle\nother\n-end\n");
}

/* ---- by size ---- */

Test(logfile, a_full_file_moves_to_one_and_the_oldest_is_lost)
{
    open_file((struct stream_options){.max_bytes = 4, .backup_count = 2});
    write_at("a\nb\n", 1);
    expect_file(".1", NULL);
    write_at("c\n", 1);
    expect_file("", "c\n");
    expect_file(".1", "a\nb\n");
    write_at("d\ne\nf\ng\nh\n", 1); /* one block fills several files */
    expect_file("", "g\nh\n");
    expect_file(".1", "e\nf\n");
    expect_file(".2", "c\nd\n");
    expect_file(".3", NULL);
}

Test(logfile, a_line_stays_whole_even_if_no_file_may_be_so_large)
{
    open_file((struct stream_options){.max_bytes = 4, .backup_count = 9});
    write_at("a\nlonger than four\nb\n", 1);
    expect_file("", "b\n");
    expect_file(".1", "longer than four\n");
    expect_file(".2", "a\n");
}

Test(logfile, what_an_earlier_run_wrote_counts)
{
    put_file("log", "12345\n");
    open_file((struct stream_options){.max_bytes = 8, .backup_count = 1});
    write_at("678\n", 1);
    expect_file("", "678\n");
    expect_file(".1", "12345\n");
}

Test(logfile, without_a_place_for_old_files_it_grows)
{
    open_file((struct stream_options){.max_bytes = 4, .backup_count = 0});
    write_at("a\nb\nc\n", 1);
    expect_file("", "a\nb\nc\n");
}

Test(logfile, one_that_cannot_be_moved_grows_and_says_so)
{
    ph_cleanup(ph_freep) char *in_the_way = ph_format("%s.1", path);
    ph_cleanup(ph_freep) char *expected =
        ph_format("web: cannot move '%s' to '%s.1': Is a directory\n", path, path);
    mkdir(in_the_way, 0700);
    open_file((struct stream_options){.max_bytes = 4, .backup_count = 1});
    write_at("a\nb\nc\nd\n", 1);
    expect_file("", "a\nb\nc\nd\n");
    cr_expect_str_eq(told, expected);
    rmdir(in_the_way);
    write_at("e\n", 1);
    expect_file("", "e\n");
    expect_file(".1", "a\nb\nc\nd\n");
}

/* ---- by time ---- */

Test(logfile, it_is_set_aside_when_its_time_is_over)
{
    char when[] = "H";
    open_file(
        (struct stream_options){.class = STREAM_TIMED_FILE, .rotate_when = when, .utc = true});
    write_at("a\n", 3600);
    write_at("b\n", 7199.9);
    write_at("c\n", 7200);
    write_at("d\n", 7200 + 7200);
    expect_file("", "d\n");
    expect_file(".1970010101", "a\nb\n");
    expect_file(".1970010102", "c\n");
}

Test(logfile, of_those_set_aside_by_time_the_last_are_kept)
{
    char when[] = "S";
    put_file("log.old", "");
    open_file((struct stream_options){
        .class = STREAM_TIMED_FILE, .rotate_when = when, .utc = true, .backup_count = 2});
    for (int i = 0; i < 5; i++)
        write_at(i % 2 ? "odd\n" : "even\n", 10 + i);
    expect_file("", "even\n");
    expect_file(".19700101000013", "odd\n");
    expect_file(".19700101000012", "even\n");
    expect_file(".19700101000011", NULL);
    expect_file(".19700101000010", NULL);
    expect_file(".old", "");
}

Test(logfile, a_file_set_aside_does_not_overwrite_one_of_the_same_name)
{
    char when[] = "D";
    put_file("log.19700102", "first\n");
    open_file((struct stream_options){
        .class = STREAM_TIMED_FILE, .rotate_when = when, .utc = true, .backup_count = 5});
    write_at("a\n", 86400);
    write_at("b\n", 2 * 86400);
    expect_file(".19700102", "first\n");
    expect_file(".19700102.1", "a\n");
    expect_file("", "b\n");
}

/* ---- moved by others ---- */

Test(logfile, a_watched_file_that_was_moved_is_begun_anew)
{
    ph_cleanup(ph_freep) char *moved = ph_format("%s.moved", path);
    open_file((struct stream_options){.class = STREAM_WATCHED_FILE});
    write_at("a\n", 10);
    rename(path, moved);
    write_at("b\n", 10.5); /* the name is not looked up for every line */
    write_at("c\n", 11);
    expect_file(".moved", "a\nb\n");
    expect_file("", "c\n");
    unlink(path);
    write_at("d\n", 5); /* the clock was set back */
    expect_file("", "d\n");
}

Test(logfile, another_file_is_begun_anew_when_asked_to)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *moved = ph_format("%s.moved", path);
    open_file((struct stream_options){0});
    write_at("a\n", 10);
    rename(path, moved);
    write_at("b\n", 20);
    cr_assert_eq(logfile_reopen(file, &err), 0);
    write_at("c\n", 20);
    expect_file(".moved", "a\nb\n");
    expect_file("", "c\n");

    unlink(path);
    mkdir(path, 0700);
    ph_cleanup(ph_freep) char *expected = ph_format("cannot open '%s': Is a directory", path);
    cr_expect_eq(logfile_reopen(file, &err), -1);
    cr_expect_str_eq(err.message, expected);
}

/* ---- a disk that is full ---- */

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(logfile, what_does_not_fit_is_lost_as_whole_lines_and_told_once)
{
    ph_cleanup(ph_freep) char *begun =
        ph_format("web: lines for '%s' are being lost: File too large\n", path);
    ph_cleanup(ph_freep) char *ended = ph_format(
        "%sweb: '%s' takes lines again: 7 lines were lost: File too large\n", begun, path);
    open_file((struct stream_options){0});
    limit_files(10);
    write_at("one\ntwo\nthree\nfour\n", 1);
    expect_file("", "one\ntwo\n");
    write_at("x\n", 2); /* it would fit, but the notice before it does not */
    write_at("5\n6\n7\n8\n", 2);
    expect_file("", "one\ntwo\n");
    cr_expect_str_eq(told, begun);

    limit_files(RLIM_INFINITY);
    write_at("after\n", 3);
    write_at("later\n", 9);
    expect_file("", "one\ntwo\nplughost: 7 lines were lost: File too large\nafter\nlater\n");
    cr_expect_str_eq(told, ended);
}

Test(logfile, losses_that_follow_each_other_closely_are_not_told_each)
{
    open_file((struct stream_options){0});
    for (int i = 0; i < 5; i++) {
        limit_files(1);
        write_at("lost\n", 1 + i * 0.1);
        limit_files(RLIM_INFINITY);
        write_at("kept\n", 1 + i * 0.1);
    }
    cr_expect_null(strstr(told, "again"));
    write_at("kept\n", 3);
    cr_expect_not_null(strstr(told, "again: 5 lines were lost"), "%s", told);
    const char *first = strstr(told, "being lost");
    cr_assert_not_null(first);
    cr_expect_null(strstr(first + 1, "being lost"), "%s", told);
}

Test(logfile, a_device_that_is_full_takes_nothing)
{
    ph_freep(&path);
    path = ph_strdup("/dev/full");
    open_file((struct stream_options){.max_bytes = 3, .backup_count = 1});
    write_at("a\nb\n", 1);
    write_at("c\n", 2);
    cr_expect_str_eq(told, "web: lines for '/dev/full' are being lost: No space left on device\n");
}

static void use_up_descriptors(struct rlimit *before)
{
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, before), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = before->rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
}

Test(logfile, one_that_cannot_be_opened_for_now_is_tried_again)
{
    struct rlimit before;
    use_up_descriptors(&before);
    open_file((struct stream_options){0});
    write_at("a\nb\n", 1);
    setrlimit(RLIMIT_NOFILE, &before);
    write_at("c\n", 2);
    expect_file("", "plughost: 2 lines were lost: Too many open files\nc\n");
}

Test(logfile, a_named_pipe_that_nobody_reads_is_not_waited_for)
{
    struct ph_error err;
    cr_assert_eq(mkfifo(path, 0600), 0);
    struct stream_options options = {.class = STREAM_FILE, .filename = path};
    cr_expect_null(logfile_new(&options, &listener, &err));
    cr_expect_eq(err.sys_errno, ENXIO);
    ph_cleanup(ph_closep) int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    cr_assert_geq(reader, 0);
    open_file((struct stream_options){0});
    for (int i = 0; i < 100000 && !*told; i++)
        write_at("a line for nobody\n", 1);
    cr_expect_not_null(strstr(told, "are being lost: Resource temporarily unavailable"));
}
