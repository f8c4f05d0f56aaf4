#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <stream/tail.h>
#include <string.h>

static tail_t *tail;

static void set_up(void)
{
    tail = tail_new();
}

static void tear_down(void)
{
    tail_destroy(&tail);
}

TestSuite(tail, .init = set_up, .fini = tear_down, .timeout = 20);

static void add(const char *text, pid_t pid, double time)
{
    struct block block = {.data = text,
                          .size = strlen(text),
                          .time = time,
                          .pid = pid,
                          .wid = pid / 10,
                          .stream = pid % 2 ? BLOCK_STDERR : BLOCK_STDOUT};
    tail_add(tail, &block);
}

static void expect_line(struct tail_cursor *cursor, const char *text, pid_t pid, double time)
{
    struct tail_line line;
    cr_assert(tail_next(tail, cursor, &line), "there is no '%s'", text);
    cr_expect_eq(line.size, strlen(text));
    cr_expect_arr_eq(line.data, text, line.size);
    cr_expect_eq(line.pid, pid);
    cr_expect_eq(line.wid, pid / 10);
    cr_expect_eq(line.stream, pid % 2 ? BLOCK_STDERR : BLOCK_STDOUT);
    cr_expect(line.time <= time && line.time >= time);
}

Test(tail, lines_come_in_their_order_with_what_is_known_of_them)
{
    struct tail_line line;
    struct tail_cursor cursor = {0};
    cr_expect_not(tail_next(tail, &cursor, &line));
    add("one\n\ntwo\n", 10, 1.5);
    add("three\n", 21, 2.5);
    add("piece", 10, 3);
    expect_line(&cursor, "one", 10, 1.5);
    expect_line(&cursor, "", 10, 1.5);
    expect_line(&cursor, "two", 10, 1.5);
    expect_line(&cursor, "three", 21, 2.5);
    expect_line(&cursor, "piece", 10, 3);
    cr_expect_not(tail_next(tail, &cursor, &line));
    add("later\n", 10, 4);
    expect_line(&cursor, "later", 10, 4);
}

static void expect_last(pid_t pid, unsigned count, const char *expected)
{
    ph_cleanup(ph_freep) char *text = tail_lines_of(tail, pid, count);
    cr_expect_str_eq(text, expected);
}

Test(tail, the_last_lines_are_those_of_one_process)
{
    expect_last(10, 3, "");
    add("a\nb\n", 10, 1);
    add("x\n", 20, 1);
    add("c\n", 10, 1);
    struct block block = {.data = "d\0d\n", .size = 4, .pid = 10};
    tail_add(tail, &block);
    expect_last(10, 20, "a\nb\nc\nd?d\n");
    expect_last(10, 3, "b\nc\nd?d\n");
    expect_last(10, 0, "");
    expect_last(20, 1, "x\n");
    expect_last(30, 1, "");
}

/* Adds up what is kept. */
static size_t count_bytes(int *first, int *last)
{
    struct tail_cursor cursor = {0};
    struct tail_line line;
    size_t size = 0;
    *first = -1;
    while (tail_next(tail, &cursor, &line)) {
        *last = (int)strtol(line.data, NULL, 10);
        *first = *first < 0 ? *last : *first;
        size += line.size + 1;
    }
    return size;
}

Test(tail, the_oldest_make_room)
{
    int first, last = -1;
    for (int i = 0; i < 20000; i++) {
        ph_cleanup(ph_freep) char *line = ph_format("%d %040d\n", i, 0);
        add(line, 10, i);
    }
    size_t size = count_bytes(&first, &last);
    cr_expect_eq(last, 19999);
    cr_expect_gt(first, 0);
    cr_expect_leq(size, TAIL_SIZE_MAX);
    cr_expect_geq(size, TAIL_SIZE_MAX / 4, "only %zu bytes are kept", size);
}

Test(tail, of_a_large_block_the_last_whole_lines_are_kept)
{
    int first, last = -1;
    char *data = ph_calloc(1, 300001);
    for (int i = 0; i < 30000; i++)
        memcpy(data + i * 10, "123456789\n", 10);
    add("before\n", 10, 1);
    add(data, 10, 1);
    free(data);
    size_t size = count_bytes(&first, &last);
    cr_expect_leq(size, TAIL_SIZE_MAX);
    cr_expect_geq(size, TAIL_SIZE_MAX / 8);
    cr_expect_eq(last, 123456789);
    expect_last(10, 1, "123456789\n");

    char *line = ph_calloc(1, 100001);
    memset(line, 'x', 100000);
    add(line, 20, 1);
    free(line);
    ph_cleanup(ph_freep) char *kept = tail_lines_of(tail, 20, 5);
    cr_expect_geq(strlen(kept), TAIL_SIZE_MAX / 8);
    cr_expect_leq(strlen(kept), TAIL_SIZE_MAX);
}
