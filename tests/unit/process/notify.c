#include <alloc.h>
#include <criterion/criterion.h>
#include <own_descriptors.h>
#include <poll.h>
#include <process/notify.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 100, DEADLINE_MS = 10000 };

/* What was heard. */
struct heard {
    unsigned calls;
    unsigned wanted; /* the loop ends after so many */
    pid_t pid;       /* of the last one */
    struct notify_message message;
};

static loop_t *loop;
static notify_t *notify;
static struct heard heard;

static void hear(void *arg, pid_t pid, const struct notify_message *message)
{
    struct heard *self = arg;
    self->calls++;
    self->pid = pid;
    self->message = *message;
    if (self->calls == self->wanted)
        loop_end(loop);
}

static void set_up(void)
{
    zsys_handler_set(NULL);
    loop = loop_new(NULL);
    cr_assert_not_null(loop);
    struct ph_error err = {0};
    notify = notify_new(loop, hear, &heard, &err);
    cr_assert_not_null(notify, "%s", err.message);
}

static void tear_down(void)
{
    notify_destroy(&notify);
    cr_expect_null(notify);
    loop_destroy(&loop);
}

TestSuite(notify, .init = set_up, .fini = tear_down, .timeout = 30);

static void listen_for(unsigned calls)
{
    heard = (struct heard){.wanted = calls};
    loop_run(loop);
    cr_expect_eq(heard.calls, calls);
}

/* Returns a socket that sends to the one of the daemon. */
static int open_sender(void)
{
    const char *name = notify_address(notify);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, size), 0);
    return fd;
}

static void say(int fd, const char *text, size_t size)
{
    cr_assert_eq(send(fd, text, size, 0), (ssize_t)size);
}

/* Sends a text together with a descriptor. */
static void say_with(int fd, const char *text, int passed)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr alignment;
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.room,
                            .msg_controllen = sizeof control.room};
    struct cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof passed);
    memcpy(CMSG_DATA(item), &passed, sizeof passed);
    cr_assert_eq(sendmsg(fd, &header, 0), (ssize_t)part.iov_len);
}

Test(notify, the_address_is_an_abstract_one)
{
    cr_expect_eq(notify_address(notify)[0], '@');
    cr_expect_gt(strlen(notify_address(notify)), 1);
}

Test(notify, two_daemons_have_two_addresses)
{
    ph_cleanup(notify_destroy) notify_t *other = notify_new(loop, hear, NULL, NULL);
    cr_assert_not_null(other);
    cr_expect_str_neq(notify_address(other), notify_address(notify));
}

Test(notify, a_message_comes_with_the_number_of_its_sender)
{
    ph_cleanup(ph_closep) int fd = open_sender();
    say(fd, "READY=1\nSTATUS=up", strlen("READY=1\nSTATUS=up"));
    listen_for(1);
    cr_expect_eq(heard.pid, getpid());
    cr_expect(heard.message.is_ready);
    cr_expect_str_eq(heard.message.status, "up");
}

/* Sends READY=1 with what any program has. */
static const char *const program[] = {
    "python3", "-c",
    "import os, socket\n"
    "name = '\\0' + os.environ['NOTIFY_SOCKET'][1:]\n"
    "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1', name)\n",
    NULL};

/* Starts it as another user if we may. */
static pid_t start_program(void)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid > 0)
        return pid;
    if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
        _exit(126);
    setenv("NOTIFY_SOCKET", notify_address(notify), 1);
    execvp(program[0], (char *const *)(uintptr_t)program);
    _exit(127);
}

Test(notify, a_child_of_another_user_is_heard_under_its_own_number)
{
    pid_t pid = start_program();
    listen_for(1);
    cr_expect_eq(heard.pid, pid);
    cr_expect(heard.message.is_ready);
    int status;
    cr_expect_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
}

Test(notify, garbage_is_passed_over)
{
    static const char large[NOTIFY_MAX_BYTES + 100] = "READY=1";
    char text[NOTIFY_MAX_BYTES + 2];
    memset(text, '\n', sizeof text);
    ph_cleanup(ph_closep) int fd = open_sender();
    say(fd, large, sizeof large);
    say(fd, text, NOTIFY_MAX_BYTES + 1);
    say(fd, text, NOTIFY_MAX_BYTES + 2);
    say(fd, "READY=1\0x", 9);
    say(fd, "STOPPING=1", 10);
    listen_for(1);
    cr_expect(heard.message.is_stopping);
    cr_expect_not(heard.message.is_ready);
}

Test(notify, an_empty_message_is_one)
{
    ph_cleanup(ph_closep) int fd = open_sender();
    say(fd, "", 0);
    listen_for(1);
    cr_expect_not(heard.message.is_ready);
}

Test(notify, the_largest_message_is_read_whole)
{
    char text[NOTIFY_MAX_BYTES];
    memset(text, '\n', sizeof text);
    memcpy(text + sizeof text - 10, "WATCHDOG=1", 10);
    ph_cleanup(ph_closep) int fd = open_sender();
    say(fd, text, sizeof text);
    listen_for(1);
    cr_expect(heard.message.is_alive);
}

/* A sender waits while its queue is full, so it is another process. */
static pid_t start_flood(void)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid > 0)
        return pid;
    int fd = open_sender();
    for (int i = 0; i < MANY; i++)
        if (send(fd, "WATCHDOG=1", 10, 0) != 10)
            _exit(1);
    _exit(0);
}

Test(notify, more_messages_than_one_wakeup_takes_all_arrive)
{
    int status;
    pid_t pid = start_flood();
    listen_for(MANY);
    cr_expect_eq(heard.pid, pid);
    cr_expect_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
}

/* A barrier is a pipe whose other end is closed when all before it was read. */
Test(notify, a_descriptor_that_comes_along_is_closed_at_once)
{
    int ends[2];
    unsigned before = count_descriptors();
    cr_assert_eq(pipe(ends), 0);
    int fd = open_sender();
    say(fd, "READY=1", 7);
    say_with(fd, "BARRIER=1", ends[1]);
    close(ends[1]);
    listen_for(2);
    cr_expect_eq(heard.pid, getpid());
    struct pollfd item = {.fd = ends[0]};
    cr_expect_eq(poll(&item, 1, DEADLINE_MS), 1);
    cr_expect_eq(item.revents, POLLHUP);
    close(ends[0]);
    close(fd);
    cr_expect_eq(count_descriptors(), before);
}

Test(notify, closing_it_leaves_nothing_open)
{
    unsigned before = count_descriptors();
    notify_t *other = notify_new(loop, hear, NULL, NULL);
    cr_assert_not_null(other);
    cr_expect_eq(count_descriptors(), before + 1);
    notify_destroy(&other);
    cr_expect_eq(count_descriptors(), before);
}
