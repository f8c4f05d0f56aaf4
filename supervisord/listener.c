#include "listener.h"

#include <alloc.h>
#include <endpoint.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, LINGER_MS = 1000 };

static int make_address(const char *path, struct sockaddr_un *address, struct ph_error *err)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path) {
        ph_error_set(err, PH_INVALID, "the socket path '%s' is longer than the %zu letters allowed",
                     path, sizeof address->sun_path - 1);
        return ph_error_hint(err, "set run_dir in [plughost] to a shorter path");
    }
    memcpy(address->sun_path, path, strlen(path));
    return 0;
}

/* Removes what a daemon left that was killed; a socket that somebody listens on is left alone. */
static int remove_stale(const struct sockaddr_un *address, struct ph_error *err)
{
    struct stat status;
    if (lstat(address->sun_path, &status) < 0)
        return 0;
    if (!S_ISSOCK(status.st_mode)) {
        ph_error_set(err, PH_CONFLICT, "'%s' is in the way: it is no socket", address->sun_path);
        return ph_error_hint(err, "move it, or set another endpoint");
    }
    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ph_error_sys(err, "cannot make a socket");
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN) {
        ph_error_set(err, PH_CONFLICT, "another program listens on '%s'", address->sun_path);
        return ph_error_hint(err, "stop it, or set another endpoint");
    }
    if (unlink(address->sun_path) < 0)
        return ph_error_sys(err, "cannot remove the stale socket '%s'", address->sun_path);
    return 0;
}

/* Returns a listening descriptor, or -1. */
static int listen_on(const char *path, struct ph_error *err)
{
    struct sockaddr_un address;
    if (make_address(path, &address, err) < 0 || remove_stale(&address, err) < 0)
        return -1;
    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ph_error_sys(err, "cannot make a socket");

    mode_t before = umask(0177);
    int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
    int reason = errno;
    umask(before);
    errno = reason;
    if (bound < 0)
        return ph_error_sys(err, "cannot bind '%s'", path);
    if (listen(fd, BACKLOG) < 0) {
        ph_error_sys(err, "cannot listen on '%s'", path);
        unlink(path);
        return -1;
    }
    return ph_steal_fd(&fd);
}

void listener_remove(const char *endpoint)
{
    const char *path = ph_endpoint_ipc_path(endpoint);
    if (path)
        unlink(path);
}

zsock_t *listener_bind(const struct listener_options *options, const char *endpoint,
                       struct ph_error *err)
{
    const char *path = ph_endpoint_ipc_path(endpoint);
    ph_cleanup(ph_closep) int fd = path ? listen_on(path, err) : -1;
    if (path && fd < 0)
        return NULL;

    zsock_t *socket = zsock_new(options->type);
    zsock_set_linger(socket, LINGER_MS);
    /* A socket with a ZAP domain hangs up on peers that speak no ZMTP 3, whatever they say; without
     * one, libzmq 4.3.4 takes garbage for an old peer, and may abort over it while the socket is
     * closed. */
    zsock_set_zap_domain(socket, "plughost");
    zsock_set_maxmsgsize(socket, options->max_bytes); /* after the bind it would hold for nobody */
    if (options->queue > 0)
        zsock_set_sndhwm(socket, options->queue);
    if (path)
        zmq_setsockopt(zsock_resolve(socket), ZMQ_USE_FD, &fd, sizeof fd);
    if (zmq_bind(zsock_resolve(socket), endpoint) < 0) {
        ph_error_set(err, PH_SYSTEM, "cannot bind %s: %s", endpoint, zmq_strerror(zmq_errno()));
        zsock_destroy(&socket);
        listener_remove(endpoint);
        return NULL;
    }
    ph_steal_fd(&fd); /* libzmq closes it */
    return socket;
}
