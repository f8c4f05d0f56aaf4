#include "manager.h"

#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

struct manager {
    int fd;
    char message[2048];
};

manager_t *manager_new(const char *address)
{
    manager_t *self = ph_calloc(1, sizeof *self);
    struct sockaddr_un bound = {.sun_family = AF_UNIX};
    size_t length = strlen(address);
    cr_assert_lt(length, sizeof bound.sun_path);
    memcpy(bound.sun_path, address, length);
    if (address[0] == '@')
        bound.sun_path[0] = '\0';
    self->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    cr_assert_eq(bind(self->fd, (const struct sockaddr *)&bound, size), 0, "%s", strerror(errno));
    setenv("NOTIFY_SOCKET", address, 1);
    return self;
}

void manager_destroy(manager_t **self_p)
{
    manager_t *self = *self_p;
    if (!self)
        return;
    ph_closep(&self->fd);
    free(self);
    *self_p = NULL;
}

/* Returns false when nothing comes until `end_ms`. */
static bool take(manager_t *self, int64_t end_ms)
{
    struct pollfd item = {.fd = self->fd, .events = POLLIN};
    int64_t left_ms = end_ms - ph_clock_ms();
    if (poll(&item, 1, left_ms > 0 ? (int)left_ms : 0) <= 0)
        return false;
    ssize_t size = recv(self->fd, self->message, sizeof self->message - 1, 0);
    cr_assert_geq(size, 0);
    self->message[size] = '\0';
    return true;
}

static bool is_sign(const manager_t *self)
{
    return strcmp(self->message, "WATCHDOG=1") == 0;
}

const char *manager_next(manager_t *self, int timeout_ms)
{
    int64_t end_ms = ph_clock_ms() + timeout_ms;
    do
        if (!take(self, end_ms))
            cr_assert_fail("the service manager was told nothing");
    while (is_sign(self));
    return self->message;
}

const char *manager_wait(manager_t *self, const char *text, int timeout_ms)
{
    int64_t end_ms = ph_clock_ms() + timeout_ms;
    do
        if (!take(self, end_ms))
            cr_assert_fail("the service manager was not told '%s'", text);
    while (!strstr(self->message, text));
    return self->message;
}

bool manager_has_more(manager_t *self)
{
    return take(self, 0);
}

bool manager_sees_sign(manager_t *self, int timeout_ms)
{
    while (take(self, 0))
        continue;
    int64_t end_ms = ph_clock_ms() + timeout_ms;
    while (take(self, end_ms))
        if (is_sign(self))
            return true;
    return false;
}
