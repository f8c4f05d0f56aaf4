#include "opened.h"

#include <criterion/criterion.h>
#include <sys/socket.h>

struct socket_options loopback_socket(char *name)
{
    static char loopback[] = "127.0.0.1";
    return (struct socket_options){.name = name,
                                   .host = loopback,
                                   .family = AF_INET,
                                   .type = SOCK_STREAM,
                                   .umask = -1,
                                   .backlog = 2048};
}

static sockets_t *open_all(const struct socket_options *options, size_t count)
{
    struct ph_error err = {0};
    sockets_t *sockets = sockets_open(options, count, &err);
    cr_assert_not_null(sockets, "%s", err.message);
    return sockets;
}

sockets_t *open_one(const struct socket_options *options)
{
    return open_all(options, 1);
}

sockets_t *open_three(bool blocking)
{
    static char web[] = "web", admin[] = "Admin", own[] = "own";
    struct socket_options options[] = {loopback_socket(web), loopback_socket(admin),
                                       loopback_socket(own)};
    for (size_t i = 0; i < 3; i++)
        options[i].blocking = blocking;
    options[2].so_reuseport = true;
    return open_all(options, 3);
}
