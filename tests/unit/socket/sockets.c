#include <alloc.h>
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <own_descriptors.h>
#include <poll.h>
#include <socket/opened.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEADLINE_MS = 10000 };

TestSuite(sockets, .timeout = 30);

static char web[] = "web";
static char admin[] = "Admin";
static char loopback6[] = "::1";

/* Returns a client's end; -1 with errno if nobody listens. */
static int reach(int64_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ph_cleanup(ph_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return -1;
    return ph_steal_fd(&fd);
}

static bool becomes_readable(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    return poll(&item, 1, DEADLINE_MS) == 1;
}

/* ---- what is open ---- */

Test(sockets, a_socket_takes_connections_at_the_port_that_it_reports)
{
    struct socket_options options = loopback_socket(web);
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    const struct socket_info *info = sockets_at(sockets, 0);
    cr_expect_gt(info->port, 0);
    cr_expect_str_eq(info->name, "web");
    cr_expect_str_eq(info->host, "127.0.0.1");
    cr_expect_null(info->path);
    cr_expect_eq(info->backlog, 2048);
    ph_cleanup(ph_closep) int client = reach(info->port);
    cr_expect_geq(client, 0);
    cr_assert(becomes_readable(info->fd));
    ph_cleanup(ph_closep) int accepted = accept4(info->fd, NULL, NULL, SOCK_CLOEXEC);
    cr_expect_geq(accepted, 0);
}

Test(sockets, a_socket_does_not_wait_and_is_closed_by_exec)
{
    struct socket_options options = loopback_socket(web);
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    int fd = sockets_at(sockets, 0)->fd;
    cr_expect_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    cr_expect_eq(accept4(fd, NULL, NULL, SOCK_CLOEXEC), -1);
    cr_expect_eq(errno, EAGAIN);
}

Test(sockets, a_blocking_one_waits)
{
    struct socket_options options = loopback_socket(web);
    options.blocking = true;
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    cr_expect_eq(fcntl(sockets_at(sockets, 0)->fd, F_GETFL) & O_NONBLOCK, 0);
}

Test(sockets, a_name_of_a_host_is_looked_up)
{
    char host[] = "localhost";
    struct socket_options options = loopback_socket(web);
    options.host = host;
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    cr_expect_str_eq(sockets_at(sockets, 0)->host, "127.0.0.1");
}

Test(sockets, without_a_host_all_addresses_are_listened_on)
{
    char host[] = "";
    struct socket_options options = loopback_socket(web);
    options.host = host;
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    cr_expect_str_eq(sockets_at(sockets, 0)->host, "0.0.0.0");
}

Test(sockets, a_socket_of_ip_version_6_is_one)
{
    struct socket_options options = loopback_socket(web);
    options.family = AF_INET6;
    options.host = loopback6;
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    cr_expect_str_eq(sockets_at(sockets, 0)->host, "::1");
    cr_expect_gt(sockets_at(sockets, 0)->port, 0);
}

Test(sockets, datagrams_arrive_without_listening)
{
    struct socket_options options = loopback_socket(web);
    options.type = SOCK_DGRAM;
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    const struct socket_info *info = sockets_at(sockets, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)info->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ph_cleanup(ph_closep) int client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(sendto(client, "x", 1, 0, (struct sockaddr *)&address, sizeof address), 1);
    cr_expect(becomes_readable(info->fd));
}

Test(sockets, closing_them_leaves_no_descriptor_and_frees_the_port)
{
    unsigned before = count_descriptors();
    struct socket_options options[] = {loopback_socket(web), loopback_socket(admin)};
    sockets_t *sockets = sockets_open(options, 2, NULL);
    cr_assert_not_null(sockets);
    cr_expect_eq(sockets_count(sockets), 2);
    int64_t port = sockets_at(sockets, 0)->port;
    sockets_destroy(&sockets);
    cr_expect_null(sockets);
    cr_expect_eq(reach(port), -1);
    cr_expect_eq(errno, ECONNREFUSED);
    cr_expect_eq(count_descriptors(), before);
}

/* ---- names ---- */

Test(sockets, a_socket_is_found_by_its_name_in_either_case)
{
    struct socket_options options[] = {loopback_socket(web), loopback_socket(admin)};
    ph_cleanup(sockets_destroy) sockets_t *sockets = sockets_open(options, 2, NULL);
    cr_expect_eq(sockets_find(sockets, "WEB", NULL), sockets_at(sockets, 0));
    cr_expect_eq(sockets_find(sockets, "admin", NULL), sockets_at(sockets, 1));
}

Test(sockets, a_name_that_is_mistyped_brings_up_the_right_one)
{
    struct ph_error err;
    struct socket_options options = loopback_socket(web);
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    cr_expect_null(sockets_find(sockets, "wep", &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "no socket 'wep'");
    cr_expect_str_eq(err.hint, "did you mean 'web'?");
    cr_expect_null(sockets_find(sockets, "database", &err));
    cr_expect_str_eq(err.hint, "sockets are named by [socket:NAME] sections");
}

/* ---- so_reuseport ---- */

static int open_own(const sockets_t *sockets)
{
    struct ph_error err = {0};
    int fd = sockets_open_own(sockets, "web", &err);
    cr_assert_geq(fd, 0, "%s", err.message);
    return fd;
}

Test(sockets, with_so_reuseport_only_the_processes_listen)
{
    struct socket_options options = loopback_socket(web);
    options.so_reuseport = true;
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    int64_t port = sockets_at(sockets, 0)->port;
    cr_expect_eq(sockets_at(sockets, 0)->fd, -1);
    cr_expect_eq(reach(port), -1);
    cr_expect_eq(errno, ECONNREFUSED);

    ph_cleanup(ph_closep) int first = open_own(sockets);
    ph_cleanup(ph_closep) int client = reach(port);
    cr_expect_geq(client, 0);
    cr_expect(becomes_readable(first));
}

Test(sockets, with_so_reuseport_several_listen_at_one_address)
{
    struct socket_options options = loopback_socket(web);
    options.so_reuseport = true;
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    ph_cleanup(ph_closep) int first = open_own(sockets);
    ph_cleanup(ph_closep) int second = open_own(sockets);
    cr_expect_neq(first, second);
    ph_closep(&first);
    ph_cleanup(ph_closep) int client = reach(sockets_at(sockets, 0)->port);
    cr_expect_geq(client, 0);
    cr_expect(becomes_readable(second));
}

Test(sockets, with_so_reuseport_no_datagram_is_lost_to_the_daemon)
{
    struct socket_options options = loopback_socket(web);
    options.so_reuseport = true;
    options.type = SOCK_DGRAM;
    unsigned before = count_descriptors();
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    cr_expect_eq(count_descriptors(), before);
    int own = open_own(sockets);
    cr_expect_eq(count_descriptors(), before + 1);
    ph_closep(&own);
}

Test(sockets, a_port_that_another_user_of_it_does_not_share_is_refused)
{
    struct ph_error err;
    struct socket_options options = loopback_socket(web);
    ph_cleanup(sockets_destroy) sockets_t *alone = open_one(&options);
    options.port = sockets_at(alone, 0)->port;
    options.so_reuseport = true;
    cr_expect_null(sockets_open(&options, 1, &err));
    cr_expect_eq(err.sys_errno, EADDRINUSE);
}

Test(sockets, an_own_socket_of_an_unknown_name_is_refused)
{
    struct ph_error err;
    struct socket_options options = loopback_socket(web);
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    cr_expect_eq(sockets_open_own(sockets, "nothing", &err), -1);
    cr_expect_str_eq(err.message, "no socket 'nothing'");
}
