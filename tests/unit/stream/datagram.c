#include <alloc.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <scratch.h>
#include <stdio.h>
#include <stdlib.h>
#include <stream/datagram.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char *folder, *path;
static unsigned losses;
static datagram_t *sender;

static void on_loss(void *arg, const char *watcher, const char *text)
{
    (void)arg;
    (void)watcher;
    (void)text;
    losses++;
}

static const struct loss_listener listener = {.on_loss = on_loss};

static void set_up(void)
{
    setenv("TZ", "UTC", 1);
    folder = scratch_new();
    path = ph_format("%s/socket", folder);
}

static void tear_down(void)
{
    datagram_destroy(&sender);
    scratch_destroy(&folder);
    ph_freep(&path);
}

TestSuite(datagram, .init = set_up, .fini = tear_down, .timeout = 10);

static int listen_there(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void put(const char *data, size_t size, enum block_stream stream)
{
    struct block block = {
        .data = data, .size = size, .time = 1, .watcher = "web", .pid = 77, .stream = stream};
    datagram_write(sender, &block);
}

static void expect_bytes(int fd, const char *expected, size_t size)
{
    char text[1024];
    ssize_t count = recv(fd, text, sizeof text, 0);
    cr_assert_eq(count, (ssize_t)size, "%zd bytes instead of %zu", count, size);
    cr_expect_arr_eq(text, expected, size);
}

static void expect_line(int fd, const char *expected)
{
    expect_bytes(fd, expected, strlen(expected));
}

Test(datagram, syslog_gets_each_line_with_its_watcher_and_process)
{
    ph_cleanup(ph_closep) int fd = listen_there();
    sender = datagram_new(DATAGRAM_SYSLOG, path, &listener);
    put("one\ntwo\n", 8, BLOCK_STDOUT);
    put("bad\n", 4, BLOCK_STDERR);
    expect_line(fd, "<30>Jan  1 00:00:01 web[77]: one");
    expect_line(fd, "<30>Jan  1 00:00:01 web[77]: two");
    expect_line(fd, "<28>Jan  1 00:00:01 web[77]: bad");
    cr_expect_eq(losses, 0);
}

Test(datagram, the_journal_gets_fields_and_any_bytes)
{
    static const char expected[] = "PRIORITY=6\nSYSLOG_IDENTIFIER=web\nSYSLOG_PID=77\n"
                                   "PLUGHOST_WATCHER=web\nPLUGHOST_STREAM=stdout\nMESSAGE\n"
                                   "\3\0\0\0\0\0\0\0a\0b\n";
    ph_cleanup(ph_closep) int fd = listen_there();
    sender = datagram_new(DATAGRAM_JOURNAL, path, &listener);
    put("a\0b\n", 4, BLOCK_STDOUT);
    expect_bytes(fd, expected, sizeof expected - 1);
}

Test(datagram, a_log_that_comes_later_or_anew_is_found_and_told_of_losses)
{
    sender = datagram_new(DATAGRAM_SYSLOG, path, &listener);
    put("one\ntwo\n", 8, BLOCK_STDOUT);
    cr_expect_eq(losses, 1);
    ph_cleanup(ph_closep) int fd = listen_there();
    put("three\n", 6, BLOCK_STDOUT);
    expect_line(fd, "<30>Jan  1 00:00:01 web[77]: plughost: 2 lines were lost: "
                    "No such file or directory");
    expect_line(fd, "<30>Jan  1 00:00:01 web[77]: three");

    ph_closep(&fd);
    fd = listen_there();
    put("four\n", 5, BLOCK_STDOUT);
    expect_line(fd, "<30>Jan  1 00:00:01 web[77]: four");
}

Test(datagram, a_log_that_takes_nothing_is_not_waited_for)
{
    ph_cleanup(ph_closep) int fd = listen_there();
    sender = datagram_new(DATAGRAM_SYSLOG, path, &listener);
    for (int i = 0; i < 10000; i++)
        put("line\n", 5, BLOCK_STDOUT);
    cr_expect_eq(losses, 1);
    expect_line(fd, "<30>Jan  1 00:00:01 web[77]: line");
}
