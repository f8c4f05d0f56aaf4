#include "spawning.h"

#include <process/seats.h>

#include <alloc.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

enum { HIGH = 100 /* above all seats */, MANY = 20 /* more than there are seats */ };

static seats_t *seats;
static int readable, writable;

static void open_all(void)
{
    int ends[2];
    seats = seats_new(NULL);
    cr_assert_not_null(seats);
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    readable = ends[0];
    writable = fcntl(ends[1], F_DUPFD_CLOEXEC, HIGH);
    cr_assert_geq(writable, HIGH);
    close(ends[1]);
}

static void close_all(void)
{
    close(readable);
    close(writable);
    seats_destroy(&seats);
    cr_expect_null(seats);
}

TestSuite(seats, .init = open_all, .fini = close_all, .timeout = 20);

Test(seats, a_child_gets_what_it_should_and_nothing_else)
{
    struct spawn_fd fds[] = {{writable, 7}};
    expect_output(&SPEC(SHELL("echo hello >&7; cd /proc/self/fd; echo *"), .fds = fds,
                        .fd_count = 1, .seats = seats),
                  "0 1 2 3 7\n"); /* 3 is the folder that the shell reads */
    char text[6] = "";
    cr_expect_eq(read(readable, text, sizeof text), 6);
    cr_expect_arr_eq(text, "hello\n", 6);
}

Test(seats, nothing_of_the_child_stays_open_in_the_daemon)
{
    struct spawn_fd fds[] = {{writable, 7}};
    expect_output(&SPEC(SHELL("true"), .fds = fds, .fd_count = 1, .seats = seats), "");
    close(writable);
    char byte;
    cr_expect_eq(read(readable, &byte, 1), 0, "the other end is closed");
}

Test(seats, the_daemon_keeps_all_that_it_has)
{
    expect_output(&SPEC(SHELL("true"), .seats = seats), "");
    spawn_failure(&SPEC(.argv = WORDS("/nonexistent"), .envp = plain_env, .seats = seats),
                  PH_SYSTEM, 2);
    cr_expect_eq(fcntl(writable, F_GETFD), FD_CLOEXEC);
    cr_expect_eq(write(writable, "x", 1), 1);
}

Test(seats, a_child_may_get_more_than_there_are_seats)
{
    struct spawn_fd fds[MANY];
    for (int i = 0; i < MANY; i++)
        fds[i] = (struct spawn_fd){writable, 10 + i};
    expect_output(&SPEC(.argv = WORDS("bash", "-c", "echo hello >&29"), .envp = plain_env,
                        .fds = fds, .fd_count = MANY, .seats = seats),
                  "");
    char text[6] = "";
    cr_expect_eq(read(readable, text, sizeof text), 6);
    int fd = writable;
    cr_expect(seats_take(seats, &fd), "they are free again");
    cr_expect_lt(fd, HIGH);
}
