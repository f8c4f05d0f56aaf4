#include <alloc.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stream/console.h>
#include <string.h>
#include <unistd.h>

enum { PIPE_BYTES = 8192, LINES = 1000 };

static unsigned losses;

static void on_loss(void *arg, const char *watcher, const char *text)
{
    (void)arg;
    (void)text;
    cr_expect_str_eq(watcher, "web");
    losses++;
}

static const struct loss_listener listener = {.on_loss = on_loss};

static int open_pipe(int *write_end)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    cr_assert_eq(fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES), PIPE_BYTES);
    cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    *write_end = ends[1];
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

static void put(console_t *console, const char *text, double time)
{
    struct block block = {.data = text, .size = strlen(text), .time = time, .watcher = "web"};
    console_write(console, &block);
}

Test(console, a_pipe_that_nobody_reads_is_not_waited_for, .timeout = 10)
{
    int write_end;
    ph_cleanup(ph_closep) int reader = open_pipe(&write_end);
    ph_cleanup(console_destroy) console_t *console = console_new(write_end, &listener);
    for (int i = 0; i < LINES; i++)
        put(console, "a line of some letters\n", 1);
    cr_expect_eq(losses, 1, "the loss is told once, not %u times", losses);

    ph_cleanup(ph_freep) char *first = drain(reader);
    unsigned kept = (unsigned)block_count_lines(first, strlen(first));
    cr_assert(kept > 0 && kept < LINES, "%u of %d lines were kept", kept, LINES);
    cr_expect_eq(first[strlen(first) - 1], '\n', "each line is whole");

    put(console, "after\n", 5);
    ph_cleanup(ph_freep) char *second = drain(reader);
    ph_cleanup(ph_freep) char *expected =
        ph_format("plughost: %u lines were lost: nobody takes them\nafter\n", LINES - kept);
    cr_expect_str_eq(second, expected);
    cr_expect_eq(losses, 2, "the end is told");
    close(write_end);
}

Test(console, a_line_longer_than_a_pipe_takes_at_once_does_not_wait_either, .timeout = 10)
{
    int write_end;
    static char line[3 * PIPE_BYTES];
    memset(line, 'x', sizeof line - 2);
    line[sizeof line - 2] = '\n';
    ph_cleanup(ph_closep) int reader = open_pipe(&write_end);
    ph_cleanup(console_destroy) console_t *console = console_new(write_end, &listener);
    put(console, line, 1);
    ph_cleanup(ph_freep) char *first = drain(reader);
    cr_expect_eq(strlen(first), PIPE_BYTES);
    put(console, "next\n", 1);
    ph_cleanup(ph_freep) char *second = drain(reader);
    cr_expect_str_eq(second, "\nplughost: 1 line was lost: nobody takes them\nnext\n");
    close(write_end);
}

Test(console, only_a_terminal_has_colors_unless_its_user_wants_none)
{
    int write_end;
    ph_cleanup(ph_closep) int reader = open_pipe(&write_end);
    cr_assert_geq(reader, 0);
    ph_cleanup(ph_closep) int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    cr_assert(grantpt(master) == 0 && unlockpt(master) == 0);
    ph_cleanup(ph_closep) int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    unsetenv("NO_COLOR");
    ph_cleanup(console_destroy) console_t *to_pipe = console_new(write_end, &listener);
    ph_cleanup(console_destroy) console_t *to_terminal = console_new(terminal, &listener);
    setenv("NO_COLOR", "1", 1);
    ph_cleanup(console_destroy) console_t *plain = console_new(terminal, &listener);
    cr_expect_not(console_has_color(to_pipe));
    cr_expect(console_has_color(to_terminal));
    cr_expect_not(console_has_color(plain));
    close(write_end);
}
