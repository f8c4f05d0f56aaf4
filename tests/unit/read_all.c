#include <criterion/criterion.h>
#include <fcntl.h>
#include <read_all.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Writes the parts one after the other, each when the one before was taken, and ends. */
static pid_t write_parts(int fd, const char *const *parts)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (; *parts; parts++)
        if (write(fd, *parts, strlen(*parts)) < 0)
            _exit(1);
    _exit(0);
}

Test(read_all, what_comes_in_parts_is_put_together, .timeout = 10)
{
    char data[16] = "";
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC | O_DIRECT), 0); /* a read gets one write at most */
    pid_t pid = write_parts(ends[1], (const char *const[]){"one", "two", "three", NULL});
    close(ends[1]);
    cr_expect_eq(read_all(ends[0], data, sizeof data), 11);
    cr_expect_str_eq(data, "onetwothree");
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    close(ends[0]);
}

Test(read_all, no_more_is_read_than_there_is_room_for, .timeout = 10)
{
    char data[4] = "";
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    cr_assert_eq(write(ends[1], "longer", 6), 6);
    cr_expect_eq(read_all(ends[0], data, sizeof data), 4);
    cr_expect_eq(memcmp(data, "long", 4), 0);
    close(ends[0]);
    close(ends[1]);
}

Test(read_all, what_cannot_be_read_is_an_error)
{
    char data[4];
    cr_expect_eq(read_all(-1, data, sizeof data), -1);
}
