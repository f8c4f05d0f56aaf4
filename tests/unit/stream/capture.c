#include <alloc.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <scratch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stream/capture.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHECK_MS = 2 };

/* A capture and the child's end of it. */
struct source {
    capture_t *capture;
    int fd;
};

static char *folder, *path;
static loop_t *loop;
static streams_t *streams;
static output_t *output;

static void set_up(void)
{
    struct ph_error err;
    struct stream_options nowhere = {.class = STREAM_NULL};
    zsys_handler_set(NULL);
    folder = scratch_new();
    path = ph_format("%s/log", folder);
    struct stream_options file = {.filename = path};
    loop = loop_new(NULL);
    streams = streams_new(loop, NULL, NULL);
    output = output_new(streams, "web", &file, &nowhere, &err);
    cr_assert_not_null(output, "%s", err.message);
}

static void tear_down(void)
{
    output_destroy(&output);
    streams_destroy(&streams);
    loop_destroy(&loop);
    scratch_destroy(&folder);
    ph_freep(&path);
}

TestSuite(capture, .init = set_up, .fini = tear_down, .timeout = 60);

/* Standard output goes to the file, standard error nowhere. */
static void source_open_as(struct source *self, enum block_stream stream, pid_t pid)
{
    struct ph_error err;
    self->capture = capture_new(output, stream, 1, &self->fd, &err);
    cr_assert_not_null(self->capture, "%s", err.message);
    capture_set_pid(self->capture, pid);
}

static void source_open(struct source *self, pid_t pid)
{
    source_open_as(self, BLOCK_STDOUT, pid);
}

static void source_put(struct source *self, const void *data, size_t size)
{
    cr_assert_eq(write(self->fd, data, size), (ssize_t)size);
}

static void source_close(struct source *self)
{
    ph_closep(&self->fd);
    capture_destroy(&self->capture);
}

/* What the loop runs until. */
struct wait {
    struct timer timer;
    bool (*is_done)(void *arg);
    void *arg;
};

static void look(void *arg)
{
    struct wait *self = arg;
    if (self->is_done(self->arg))
        loop_end(loop);
    else
        timers_start(loop_timers(loop), &self->timer, CHECK_MS);
}

/* A loop that was ended stays so: each test waits once. */
static void wait_until(bool (*is_done)(void *arg), void *arg)
{
    struct wait wait = {.timer = {.fire = look, .arg = &wait}, .is_done = is_done, .arg = arg};
    timers_start(loop_timers(loop), &wait.timer, CHECK_MS);
    loop_run(loop);
}

static bool are_closed(void *arg)
{
    struct source *const *sources = arg;
    for (; *sources; sources++)
        if (capture_is_open((*sources)->capture))
            return false;
    return true;
}

static void wait_closed(struct source *first, struct source *second)
{
    struct source *sources[] = {first, second, NULL};
    wait_until(are_closed, sources);
}

static void expect_file(const char *expected)
{
    ph_cleanup(ph_freep) char *text = scratch_read(path);
    cr_expect_str_eq(text, expected);
}

/* Maps the file; it lasts to the end of the test. */
static const char *map_file(size_t *size)
{
    struct stat status;
    ph_cleanup(ph_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert_eq(fstat(fd, &status), 0);
    *size = (size_t)status.st_size;
    const char *data = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
    cr_assert_neq(data, MAP_FAILED);
    return data;
}

static pid_t start_child(struct source *source, void (*run)(int fd))
{
    pid_t pid = fork();
    if (pid == 0) {
        run(source->fd);
        _exit(0);
    }
    capture_set_pid(source->capture, pid);
    ph_closep(&source->fd);
    return pid;
}

static void expect_exit(pid_t pid)
{
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
}

/* ---- what arrives ---- */

enum { LINE_SIZE = 100, LINES = 500000 };

static void write_numbers(int fd)
{
    FILE *out = fdopen(fd, "w");
    for (int i = 0; i < LINES; i++)
        fprintf(out, "%099d\n", i);
    fclose(out);
}

Test(capture, fifty_megabytes_arrive_whole_and_in_order)
{
    size_t size;
    char expected[LINE_SIZE + 1];
    struct source source;
    source_open(&source, 0);
    pid_t pid = start_child(&source, write_numbers);
    wait_closed(&source, NULL);
    expect_exit(pid);
    const char *data = map_file(&size);
    cr_assert_eq(size, (size_t)LINE_SIZE * LINES);
    for (int i = 0; i < LINES; i++) {
        snprintf(expected, sizeof expected, "%099d\n", i);
        cr_assert_arr_eq(data + (size_t)i * LINE_SIZE, expected, LINE_SIZE, "line %d", i);
    }
    source_close(&source);
}

static void write_letters(int fd, char letter)
{
    char line[5000];
    memset(line, letter, sizeof line);
    for (size_t i = 0; i < 2000; i++) {
        size_t size = 1 + i * 7 % (sizeof line - 1);
        line[size] = '\n';
        /* In two writes, so that the pipe holds half a line most of the time. */
        if (write(fd, line, size / 2) < 0 || write(fd, line + size / 2, size + 1 - size / 2) < 0)
            _exit(1);
        line[size] = letter;
    }
}

static void write_a(int fd)
{
    write_letters(fd, 'a');
}

static void write_b(int fd)
{
    write_letters(fd, 'b');
}

Test(capture, lines_of_two_processes_in_one_file_stay_whole)
{
    size_t size, lines = 0;
    struct source a, b;
    source_open(&a, 0);
    source_open(&b, 0);
    pid_t first = start_child(&a, write_a);
    pid_t second = start_child(&b, write_b);
    wait_closed(&a, &b);
    expect_exit(first);
    expect_exit(second);
    const char *data = map_file(&size);
    for (size_t at = 0; at < size; lines++) {
        size_t length = block_line_size(data + at, size - at);
        for (size_t i = 1; i + 1 < length; i++)
            cr_assert_eq(data[at + i], data[at], "line %zu is mixed", lines);
        at += length;
    }
    cr_expect_eq(lines, 4000);
    source_close(&a);
    source_close(&b);
}

static void write_long_line(int fd)
{
    char part[1000];
    memset(part, 'x', sizeof part);
    for (int i = 0; i < 1000; i++)
        if (write(fd, part, sizeof part) != sizeof part)
            _exit(1);
    if (write(fd, "\nend\n", 5) != 5)
        _exit(1);
}

Test(capture, a_line_that_is_too_long_to_be_kept_arrives_unchanged)
{
    size_t size;
    struct source source;
    source_open(&source, 0);
    pid_t pid = start_child(&source, write_long_line);
    wait_closed(&source, NULL);
    expect_exit(pid);
    const char *data = map_file(&size);
    cr_assert_eq(size, 1000005);
    for (size_t i = 0; i < 1000000; i++)
        cr_assert_eq(data[i], 'x', "byte %zu", i);
    cr_expect_arr_eq(data + 1000000, "\nend\n", 5);
    source_close(&source);
}

Test(capture, any_bytes_pass_unchanged)
{
    size_t size;
    char bytes[512];
    struct source source;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(255 - i);
    bytes[sizeof bytes - 1] = '\n';
    source_open(&source, 1);
    source_put(&source, bytes, sizeof bytes);
    ph_closep(&source.fd);
    wait_closed(&source, NULL);
    const char *data = map_file(&size);
    cr_assert_eq(size, sizeof bytes);
    cr_expect_arr_eq(data, bytes, sizeof bytes);
    source_close(&source);
}

/* ---- the end ---- */

Test(capture, a_last_line_without_a_newline_gets_one)
{
    struct source source;
    source_open(&source, 1);
    source_put(&source, "one\ntwo", 7);
    ph_closep(&source.fd);
    wait_closed(&source, NULL);
    expect_file("one\ntwo\n");
    source_close(&source);
}

Test(capture, what_a_dead_process_left_is_read_at_once_while_its_children_go_on)
{
    struct source source;
    source_open(&source, 41);
    source_put(&source, "one\nlast words", 14);
    capture_drain(source.capture);
    expect_file("one\nlast words\n");
    ph_cleanup(ph_freep) char *words = tail_lines_of(output_tail(output), 41, 1);
    cr_expect_str_eq(words, "last words\n");
    cr_expect(capture_is_open(source.capture));

    source_put(&source, "of a child\n", 11);
    ph_closep(&source.fd);
    wait_closed(&source, NULL);
    expect_file("one\nlast words\nof a child\n");
    capture_drain(source.capture);
    expect_file("one\nlast words\nof a child\n");
    source_close(&source);
}

static void write_for_ever(int fd)
{
    static const char lines[4096] = {[4095] = '\n'};
    while (write(fd, lines, sizeof lines) > 0)
        ;
}

Test(capture, a_flood_holds_up_neither_a_drain_nor_the_loop, .timeout = 10)
{
    struct source flood, other;
    source_open_as(&flood, BLOCK_STDERR, 0);
    pid_t pid = start_child(&flood, write_for_ever);
    source_open(&other, 5); /* now, so that the child does not hold it open */
    capture_drain(flood.capture);
    source_put(&other, "heard\n", 6);
    ph_closep(&other.fd);
    wait_closed(&other, NULL);
    cr_expect(capture_is_open(flood.capture));
    expect_file("heard\n");
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    source_close(&flood);
    source_close(&other);
}

/* ---- descriptors ---- */

Test(capture, only_the_end_of_the_daemon_does_not_block_and_neither_is_inherited)
{
    struct source source;
    source_open(&source, 1);
    cr_expect_eq(fcntl(source.fd, F_GETFL) & O_NONBLOCK, 0);
    cr_expect_neq(fcntl(source.fd, F_GETFD) & FD_CLOEXEC, 0);
    source_close(&source);
}

Test(capture, without_descriptors_there_is_none_and_nothing_is_left_open)
{
    struct ph_error err;
    struct rlimit before;
    int fd = -7;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    cr_expect_null(capture_new(output, BLOCK_STDOUT, 1, &fd, &err));
    cr_expect_str_eq(err.message, "cannot create a pipe: Too many open files");
    cr_expect_eq(fd, -7);
    setrlimit(RLIMIT_NOFILE, &before);
}
