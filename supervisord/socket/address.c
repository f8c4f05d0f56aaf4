#include "address.h"

#include <alloc.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

enum { PORT_DIGITS = 5 };

static void free_list(struct addrinfo **list_p)
{
    if (*list_p)
        freeaddrinfo(*list_p);
}

static int refuse_host(const struct socket_options *options, int code, struct ph_error *err)
{
    if (code == EAI_SYSTEM)
        return ph_error_sys(err, "cannot find the host '%s'", options->host);
    ph_error_set(err, PH_INVALID, "cannot find the host '%s': %s", options->host,
                 gai_strerror(code));
    if (code == EAI_ADDRFAMILY) /* a number of the other kind */
        return ph_error_hint(err, "set family = %s",
                             options->family == AF_INET ? "AF_INET6" : "AF_INET");
    return ph_error_hint(err, "set host to a name that is known here, or to an address");
}

static int find_inet(const struct socket_options *options, struct socket_address *address,
                     struct ph_error *err)
{
    char port[PORT_DIGITS + 1];
    snprintf(port, sizeof port, "%u", (unsigned)(uint16_t)options->port);
    struct addrinfo wanted = {.ai_family = options->family,
                              .ai_socktype = options->type,
                              .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    const char *host = options->host[0] ? options->host : NULL;
    ph_cleanup(free_list) struct addrinfo *found = NULL;
    int code = getaddrinfo(host, port, &wanted, &found);
    if (code != 0)
        return refuse_host(options, code, err);

    address->length = found->ai_addrlen;
    memcpy(&address->any, found->ai_addr, found->ai_addrlen);
    return 0;
}

int socket_address_find(const struct socket_options *options, struct socket_address *address,
                        struct ph_error *err)
{
    if (options->family != AF_UNIX)
        return find_inet(options, address, err);

    size_t length = strlen(options->path);
    assert(length < sizeof address->local.sun_path);
    *address =
        (struct socket_address){.local.sun_family = AF_UNIX, .length = sizeof address->local};
    memcpy(address->local.sun_path, options->path, length);
    return 0;
}

int socket_address_read(int fd, struct socket_address *address, struct ph_error *err)
{
    struct socket_address found = {.length = sizeof found.local};
    if (getsockname(fd, &found.any, &found.length) < 0)
        return ph_error_sys(err, "cannot read the address of a socket");
    *address = found;
    return 0;
}

char *socket_address_host(const struct socket_address *self)
{
    char host[NI_MAXHOST];
    if (self->any.sa_family == AF_UNIX ||
        getnameinfo(&self->any, self->length, host, sizeof host, NULL, 0, NI_NUMERICHOST) != 0)
        return NULL;
    return ph_strdup(host);
}

int socket_address_port(const struct socket_address *self)
{
    switch (self->any.sa_family) {
    case AF_INET:
        return ntohs(self->inet.sin_port);
    case AF_INET6:
        return ntohs(self->inet6.sin6_port);
    default:
        return 0;
    }
}

char *socket_address_text(const struct socket_address *self)
{
    if (self->any.sa_family == AF_UNIX)
        return ph_format("'%s'", self->local.sun_path);
    ph_cleanup(ph_freep) char *host = socket_address_host(self);
    bool is_inet6 = self->any.sa_family == AF_INET6;
    return ph_format(is_inet6 ? "[%s]:%d" : "%s:%d", host ? host : "?", socket_address_port(self));
}
