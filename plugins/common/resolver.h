/* resolver.h - looks a host up without holding up the plugin: the C library asks in a thread of its
 * own, and this is asked now and then whether it knows. */
#pragma once

#include <plughost/error.h>
#include <sys/socket.h>

typedef struct resolver resolver_t;

struct resolved {
    struct sockaddr_storage address;
    socklen_t size;
};

/* Begins to look `host` up, a name or an address of either family; `port` and the type of socket
 * (SOCK_DGRAM, SOCK_STREAM) go into the result. The caller owns the resolver. Returns NULL with
 * `err` filled when it cannot begin. */
resolver_t *resolver_new(const char *host, int port, int type, struct ph_error *err);

/* Gives up, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void resolver_destroy(resolver_t **self_p);

/* Waits until the host is found, at most `timeout_ms`; 0 only looks. Returns 1 with `result`
 * filled, 0 when it is not known yet, or -1 with PH_NOT_FOUND. */
int resolver_wait(resolver_t *self, int timeout_ms, struct resolved *result, struct ph_error *err);
