#include "sink.h"

#include <alloc.h>
#include <arpa/inet.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct sink {
    int fd;
    unsigned port;
    char last[2048];
    char *seen; /* all that has come, one a line, with a newline before the first */
};

sink_t *sink_new(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    sink_t *self = ph_calloc(1, sizeof *self);
    self->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(self->fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(getsockname(self->fd, (struct sockaddr *)&address, &size), 0);
    self->port = ntohs(address.sin_port);
    self->seen = ph_strdup("\n");
    return self;
}

void sink_destroy(sink_t **self_p)
{
    if (!*self_p)
        return;
    close((*self_p)->fd);
    free((*self_p)->seen);
    free(*self_p);
    *self_p = NULL;
}

unsigned sink_port(const sink_t *self)
{
    return self->port;
}

/* Returns whether something has come in time. */
static bool receive(sink_t *self, int timeout_ms)
{
    struct pollfd item = {.fd = self->fd, .events = POLLIN};
    if (poll(&item, 1, timeout_ms > 0 ? timeout_ms : 0) <= 0)
        return false;
    ssize_t size = recv(self->fd, self->last, sizeof self->last - 1, 0);
    cr_assert(size >= 0);
    self->last[size] = '\0';
    char *seen = ph_format("%s%s\n", self->seen, self->last);
    free(self->seen);
    self->seen = seen;
    return true;
}

const char *sink_wait(sink_t *self, const char *text, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    while (receive(self, (int)(deadline - ph_clock_ms())))
        if (strncmp(self->last, text, strlen(text)) == 0)
            return self->last;
    cr_assert_fail("no datagram '%s' has come, but:%s", text, self->seen);
    return NULL;
}

double sink_wait_number(sink_t *self, const char *text, int timeout_ms)
{
    return strtod(sink_wait(self, text, timeout_ms) + strlen(text), NULL);
}

bool sink_has(sink_t *self, const char *text)
{
    while (receive(self, 0))
        continue;
    ph_cleanup(ph_freep) char *line = ph_format("\n%s", text);
    return strstr(self->seen, line) != NULL;
}
