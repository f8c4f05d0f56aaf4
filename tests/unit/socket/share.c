#include <alloc.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <own_descriptors.h>
#include <poll.h>
#include <signal.h>
#include <socket/opened.h>
#include <socket/share.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 10000 };

static sockets_t *sockets;

static void set_up(void)
{
    sockets = open_three(true);
}

static void tear_down(void)
{
    sockets_destroy(&sockets);
}

TestSuite(share, .init = set_up, .fini = tear_down, .timeout = 30);

static struct socket_share share_of(const char *const *names)
{
    struct socket_share share;
    struct ph_error err = {0};
    cr_assert_eq(socket_share_init(&share, sockets, names, &err), 0, "%s", err.message);
    return share;
}

static const char *value_of(const struct pairs *env, const char *key)
{
    for (size_t i = 0; i < env->count; i++)
        if (strcmp(env->items[i].key, key) == 0)
            return env->items[i].value;
    return NULL;
}

Test(share, the_sockets_are_numbered_in_the_order_of_their_names)
{
    ph_cleanup(socket_share_release) struct socket_share share = share_of(NAMES("admin", "web"));
    cr_assert_eq(share.count, 2);
    cr_expect_eq(share.items[0].fd, sockets_find(sockets, "admin", NULL)->fd);
    cr_expect_eq(share.items[1].fd, sockets_find(sockets, "web", NULL)->fd);
    cr_expect_eq(socket_share_number(&share, "ADMIN"), 3);
    cr_expect_eq(socket_share_number(&share, "web"), 4);
    cr_expect_eq(socket_share_number(&share, "own"), -1);
}

Test(share, a_socket_that_is_named_twice_is_passed_once)
{
    ph_cleanup(socket_share_release) struct socket_share share =
        share_of(NAMES("web", "WEB", "admin", "web"));
    cr_expect_eq(share.count, 2);
    cr_expect_eq(socket_share_number(&share, "admin"), 4);
}

Test(share, without_names_all_are_passed_that_are_not_for_one_process_alone)
{
    ph_cleanup(socket_share_release) struct socket_share share = share_of(NULL);
    ph_cleanup(pairs_release) struct pairs env = {0};
    socket_share_describe(&share, &env);
    cr_expect_str_eq(value_of(&env, "LISTEN_FDS"), "2");
    cr_expect_str_eq(value_of(&env, "LISTEN_FDNAMES"), "web:Admin");
    cr_expect_null(value_of(&env, "LISTEN_PID"));
}

Test(share, without_sockets_nothing_is_said_of_them)
{
    ph_cleanup(socket_share_release) struct socket_share share = share_of(NAMES(NULL));
    ph_cleanup(pairs_release) struct pairs env = {0};
    socket_share_describe(&share, &env);
    cr_expect_eq(share.count, 0);
    cr_expect_eq(env.count, 0);
}

Test(share, what_was_opened_for_one_child_is_closed_again_and_nothing_else)
{
    unsigned before = count_descriptors();
    struct socket_share first = share_of(NAMES("own", "web"));
    struct socket_share second = share_of(NAMES("own", "web"));
    cr_expect_neq(first.items[0].fd, second.items[0].fd);
    cr_expect_eq(first.items[1].fd, second.items[1].fd);
    cr_expect_eq(count_descriptors(), before + 2);
    socket_share_release(&first);
    socket_share_release(&second);
    cr_expect_eq(count_descriptors(), before);
    cr_expect_neq(fcntl(sockets_find(sockets, "web", NULL)->fd, F_GETFD), -1);
}

Test(share, an_unknown_name_leaves_nothing_open)
{
    struct ph_error err;
    struct socket_share share;
    unsigned before = count_descriptors();
    cr_expect_eq(socket_share_init(&share, sockets, NAMES("own", "adnim"), &err), -1);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "no socket 'adnim'");
    cr_expect_str_eq(err.hint, "did you mean 'Admin'?");
    cr_expect_eq(share.count, 0);
    cr_expect_null(share.items);
    cr_expect_eq(count_descriptors(), before);
}

/* ---- a child that accepts ---- */

/* Says its variables to each client, until it is killed. */
static const char *const server[] = {
    "python3", "-c",
    "import os, socket\n"
    "listener = socket.socket(fileno=3)\n"
    "while True:\n"
    "    client, _ = listener.accept()\n"
    "    client.sendall((os.environ['LISTEN_FDS'] + os.environ['LISTEN_FDNAMES']).encode())\n"
    "    client.close()\n",
    NULL};

/* Puts the descriptors where the environment says that they are, and becomes the server. */
static void become_server(const struct socket_share *share)
{
    ph_cleanup(pairs_release) struct pairs env = {0};
    socket_share_describe(share, &env);
    for (size_t i = 0; i < env.count; i++)
        setenv(env.items[i].key, env.items[i].value, 1);
    int fds[2];
    for (size_t i = 0; i < share->count; i++) /* first away from where the others go */
        fds[i] = fcntl(share->items[i].fd, F_DUPFD_CLOEXEC, 100);
    for (size_t i = 0; i < share->count; i++)
        dup2(fds[i], SOCKET_SHARE_FIRST + (int)i);
    execvp(server[0], (char *const *)(uintptr_t)server);
    _exit(127);
}

static pid_t start_server(const struct socket_share *share)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0)
        become_server(share);
    return pid;
}

static void stop_server(pid_t pid)
{
    cr_expect_eq(kill(pid, SIGKILL), 0);
    cr_expect_eq(waitpid(pid, NULL, 0), pid);
}

static int reach(const char *name)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)sockets_find(sockets, name, NULL)->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void expect_answer(int fd, const char *expected)
{
    char answer[64] = "";
    struct pollfd item = {.fd = fd, .events = POLLIN};
    cr_assert_eq(poll(&item, 1, DEADLINE_MS), 1);
    cr_assert_gt(recv(fd, answer, sizeof answer - 1, 0), 0);
    cr_expect_str_eq(answer, expected);
}

Test(share, a_child_accepts_on_the_socket_that_it_inherits)
{
    ph_cleanup(socket_share_release) struct socket_share share = share_of(NAMES("web", "admin"));
    pid_t pid = start_server(&share);
    ph_cleanup(ph_closep) int client = reach("web");
    expect_answer(client, "2web:Admin");
    stop_server(pid);
}

Test(share, a_connection_that_comes_between_two_children_is_served_by_the_second)
{
    ph_cleanup(socket_share_release) struct socket_share share = share_of(NAMES("web"));
    pid_t first = start_server(&share);
    ph_cleanup(ph_closep) int early = reach("web");
    expect_answer(early, "1web");
    stop_server(first);
    ph_cleanup(ph_closep) int between = reach("web");
    pid_t second = start_server(&share);
    expect_answer(between, "1web");
    stop_server(second);
}

Test(share, a_child_accepts_on_a_socket_of_its_own)
{
    struct socket_share share = share_of(NAMES("own"));
    pid_t pid = start_server(&share);
    socket_share_release(&share);
    ph_cleanup(ph_closep) int client = reach("own");
    expect_answer(client, "1own");
    stop_server(pid);
}
