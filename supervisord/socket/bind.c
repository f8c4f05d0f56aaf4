#include "bind.h"

#include <alloc.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LAST_PRIVILEGED_PORT = 1023 };

/* ---- paths ---- */

/* Says whether a program has the socket of that path. Asked for datagrams, the kernel refuses a
 * connection only when nobody has it: a stream that is bound and does not listen yet is in use
 * too, and the other program's queue of connections is left alone. */
static bool is_in_use(const struct socket_address *address)
{
    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return connect(fd, &address->any, address->length) == 0 ||
           (errno != ECONNREFUSED && errno != ENOENT);
}

static int clear_path(const struct socket_options *options, const struct socket_address *address,
                      struct ph_error *err)
{
    struct stat status;
    if (lstat(options->path, &status) < 0)
        return 0; /* whatever is wrong, bind says it */
    if (!S_ISSOCK(status.st_mode)) {
        ph_error_set(err, PH_CONFLICT, "'%s' is in the way: it is no socket", options->path);
        return ph_error_hint(err, "move it, or set another path");
    }
    if (!options->replace && is_in_use(address)) {
        ph_error_set(err, PH_CONFLICT, "another program listens on '%s'", options->path);
        return ph_error_hint(err, "stop it, or set replace = yes");
    }
    if (unlink(options->path) < 0 && errno != ENOENT)
        return ph_error_sys(err, "cannot remove the old socket '%s'", options->path);
    return 0;
}

static int bind_path(int fd, const struct socket_options *options,
                     const struct socket_address *address)
{
    if (options->umask < 0)
        return bind(fd, &address->any, address->length);
    mode_t before = umask((mode_t)options->umask);
    int bound = bind(fd, &address->any, address->length);
    int reason = errno;
    umask(before);
    errno = reason;
    return bound;
}

/* ---- every kind ---- */

static int set_options(int fd, const struct socket_options *options, struct ph_error *err)
{
    int on = 1;
    /* Two programs that set it for datagrams would both get the port, and one the datagrams. */
    if (options->type == SOCK_STREAM &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return ph_error_sys(err, "cannot set SO_REUSEADDR");
    if (options->so_reuseport && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
        return ph_error_sys(err, "cannot set SO_REUSEPORT");
    if (options->interface && options->family != AF_UNIX &&
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, options->interface,
                   (socklen_t)strlen(options->interface)) < 0)
        return ph_error_sys(err, "cannot use the interface '%s'", options->interface);
    return 0;
}

/* Says what to do about an errno of bind or listen. */
static int advise(const struct socket_options *options, int reason, struct ph_error *err)
{
    bool is_path = options->family == AF_UNIX;
    if (reason == EADDRINUSE)
        return ph_error_hint(err, "another program listens there: stop it, or set another %s",
                             is_path ? "path" : "port");
    if (reason == EADDRNOTAVAIL)
        return ph_error_hint(err, "set host to an address of this machine");
    if (reason == EACCES && is_path)
        return ph_error_hint(err, "the daemon must be allowed to write to the folder");
    if (reason == EACCES && options->port <= LAST_PRIVILEGED_PORT)
        return ph_error_hint(err, "ports below 1024 need root");
    if (reason == ENOENT)
        return ph_error_hint(err, "make the folder first, or set another path");
    return -1;
}

/* Fills `err` from errno. */
static int refuse(const char *what, const struct socket_options *options,
                  const struct socket_address *address, struct ph_error *err)
{
    int reason = errno;
    ph_cleanup(ph_freep) char *text = socket_address_text(address);
    errno = reason;
    ph_error_sys(err, "cannot %s %s", what, text);
    return advise(options, reason, err);
}

int socket_bind(const struct socket_options *options, struct socket_address *address,
                struct ph_error *err)
{
    bool is_path = options->family == AF_UNIX;
    int flags = SOCK_CLOEXEC | (options->blocking ? 0 : SOCK_NONBLOCK);
    ph_cleanup(ph_closep) int fd = socket(options->family, options->type | flags, 0);
    if (fd < 0)
        return ph_error_sys(err, "cannot make a socket");
    if (set_options(fd, options, err) < 0 || (is_path && clear_path(options, address, err) < 0))
        return -1;
    int bound =
        is_path ? bind_path(fd, options, address) : bind(fd, &address->any, address->length);
    if (bound < 0)
        return refuse("bind", options, address, err);
    if (socket_address_read(fd, address, err) < 0)
        return -1;
    return ph_steal_fd(&fd);
}

int socket_listen(int fd, const struct socket_options *options,
                  const struct socket_address *address, struct ph_error *err)
{
    if (options->type == SOCK_DGRAM || listen(fd, (int)options->backlog) == 0)
        return 0;
    return refuse("listen on", options, address, err);
}
