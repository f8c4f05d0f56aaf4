#include "probe.h"

#include <alloc.h>
#include <clock.h>
#include <endpoint.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int refuse(const char *endpoint, struct ph_error *err)
{
    int reason = errno;
    if (reason == EACCES || reason == EPERM) {
        ph_error_set(err, PH_DENIED, "may not open %s: %s", endpoint, strerrordesc_np(reason));
        return ph_error_hint(err, "use the account that plughostd runs under, or sudo");
    }
    ph_error_set(err, PH_UNAVAILABLE, "no plughostd at %s: %s", endpoint, strerrordesc_np(reason));
    return ph_error_hint(err,
                         "start it with 'plughostd FILE', or name its endpoint with --endpoint "
                         "or PLUGHOST_ENDPOINT");
}

/* Connects without blocking longer than the timeout. Returns 0, or -1 with errno set. */
static int try_connect(int fd, const struct sockaddr *address, socklen_t size, int timeout_ms)
{
    if (connect(fd, address, size) == 0 || errno == EAGAIN) /* EAGAIN: a full backlog is alive */
        return 0;
    if (errno != EINPROGRESS)
        return -1;

    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int outcome = ETIMEDOUT;
    socklen_t length = sizeof outcome;
    if (poll(&wait, 1, timeout_ms) > 0)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &outcome, &length);
    errno = outcome;
    return outcome == 0 ? 0 : -1;
}

static int probe_ipc(const char *endpoint, const char *path, int timeout_ms, struct ph_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path)
        return ph_error_set(err, PH_INVALID,
                            "endpoint '%s': the path must have 1 to %zu characters", endpoint,
                            sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));

    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ph_error_sys(err, "cannot make a socket");
    if (try_connect(fd, (struct sockaddr *)&address, sizeof address, timeout_ms) < 0)
        return refuse(endpoint, err);
    return 0;
}

static void free_addresses(struct addrinfo **list_p)
{
    if (*list_p)
        freeaddrinfo(*list_p);
}

static int probe_tcp(const char *endpoint, const char *host_port, int timeout_ms,
                     struct ph_error *err)
{
    const char *colon = strrchr(host_port, ':');
    if (!colon || colon == host_port || colon[1] == '\0')
        return ph_error_set(err, PH_INVALID, "endpoint '%s' is not tcp://HOST:PORT", endpoint);

    bool is_bracketed = host_port[0] == '[' && colon[-1] == ']';
    const char *first = host_port + is_bracketed, *end = colon - is_bracketed;
    ph_cleanup(ph_freep) char *host = ph_strndup(first, (size_t)(end - first));
    ph_cleanup(free_addresses) struct addrinfo *list = NULL;
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    int failure = getaddrinfo(host, colon + 1, &wanted, &list);
    if (failure)
        return ph_error_set(err, PH_INVALID, "endpoint '%s': %s", endpoint, gai_strerror(failure));

    int64_t deadline = ph_clock_ms() + timeout_ms;
    for (struct addrinfo *at = list; at; at = at->ai_next) {
        int64_t left_ms = deadline - ph_clock_ms();
        ph_cleanup(ph_closep) int fd =
            socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && left_ms >= 0 &&
            try_connect(fd, at->ai_addr, at->ai_addrlen, (int)left_ms) == 0)
            return 0;
    }
    return refuse(endpoint, err);
}

int probe_endpoint(const char *endpoint, int timeout_ms, struct ph_error *err)
{
    static const char tcp[] = "tcp://";
    const char *path = ph_endpoint_ipc_path(endpoint);
    if (path)
        return probe_ipc(endpoint, path, timeout_ms, err);
    if (strncmp(endpoint, tcp, sizeof tcp - 1) == 0)
        return probe_tcp(endpoint, endpoint + sizeof tcp - 1, timeout_ms, err);
    return ph_error_set(err, PH_INVALID, "endpoint '%s' is neither ipc://PATH nor tcp://HOST:PORT",
                        endpoint);
}
