#include "datagram.h"

#include <alloc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

struct datagram {
    char *path;
    enum datagram_format format;
    int fd; /* -1: not connected */
    struct loss loss;
};

datagram_t *datagram_new(enum datagram_format format, const char *path,
                         const struct loss_listener *listener)
{
    static const char *const paths[] = {
        [DATAGRAM_SYSLOG] = "/dev/log",
        [DATAGRAM_JOURNAL] = "/run/systemd/journal/socket",
    };
    datagram_t *self = ph_calloc(1, sizeof *self);
    self->path = ph_strdup(path ? path : paths[format]);
    self->format = format;
    self->fd = -1;
    ph_cleanup(ph_freep) char *name = ph_format("'%s'", self->path);
    loss_init(&self->loss, listener, name);
    return self;
}

void datagram_destroy(datagram_t **self_p)
{
    datagram_t *self = *self_p;
    if (!self)
        return;
    ph_closep(&self->fd);
    loss_release(&self->loss);
    free(self->path);
    free(self);
    *self_p = NULL;
}

static bool open_socket(datagram_t *self)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(self->path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(address.sun_path, self->path, strlen(self->path)); /* zeros follow */
    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return false;
    self->fd = ph_steal_fd(&fd);
    return true;
}

static bool send_parts(datagram_t *self, struct iovec *parts, size_t count)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    bool was_open = self->fd >= 0;
    if (!was_open && !open_socket(self))
        return false;
    if (sendmsg(self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return true;
    if (errno == EAGAIN || errno == EMSGSIZE || errno == ENOBUFS)
        return false;
    ph_closep(&self->fd); /* the log was started again, with a new socket */
    return was_open && send_parts(self, parts, count);
}

static int severity(const struct block *block)
{
    return block->stream == BLOCK_STDERR ? LOG_WARNING : LOG_INFO;
}

static bool send_syslog(datagram_t *self, const struct block *block, struct iovec line)
{
    char date[32];
    struct tm now;
    time_t time = (time_t)block->time;
    localtime_r(&time, &now);
    strftime(date, sizeof date, "%b %e %H:%M:%S", &now);
    ph_cleanup(ph_freep) char *head = ph_format("<%d>%s %s[%d]: ", LOG_DAEMON | severity(block),
                                                date, block->watcher, (int)block->pid);
    return send_parts(self, (struct iovec[]){{head, strlen(head)}, line}, 2);
}

/* A field whose value may hold anything is its name, a newline, 64 bits of size and the value. */
static bool send_journal(datagram_t *self, const struct block *block, struct iovec line)
{
    uint64_t size = htole64(line.iov_len);
    ph_cleanup(ph_freep) char *head =
        ph_format("PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nSYSLOG_PID=%d\n"
                  "PLUGHOST_WATCHER=%s\nPLUGHOST_STREAM=%s\nMESSAGE\n",
                  severity(block), block->watcher, (int)block->pid, block->watcher,
                  block->stream == BLOCK_STDERR ? "stderr" : "stdout");
    char end[] = "\n";
    return send_parts(
        self, (struct iovec[]){{head, strlen(head)}, {&size, sizeof size}, line, {end, 1}}, 4);
}

/* Sends a line without its newline. */
static bool send_line(datagram_t *self, const struct block *block, const char *data, size_t size)
{
    if (size > 0 && data[size - 1] == '\n')
        size--;
    struct iovec line = {(char *)(uintptr_t)data, size}; /* sendmsg only reads it */
    return self->format == DATAGRAM_SYSLOG ? send_syslog(self, block, line)
                                           : send_journal(self, block, line);
}

static bool send_notice(datagram_t *self, const struct block *block)
{
    ph_cleanup(ph_freep) char *notice = loss_notice(&self->loss);
    if (notice && !send_line(self, block, notice, strlen(notice)))
        return false;
    loss_said(&self->loss);
    return true;
}

void datagram_write(datagram_t *self, const struct block *block)
{
    bool is_taken = send_notice(self, block);
    size_t at = 0;
    while (is_taken && at < block->size) {
        size_t size = block_line_size(block->data + at, block->size - at);
        is_taken = send_line(self, block, block->data + at, size);
        at += is_taken ? size : 0;
    }
    if (is_taken)
        loss_end(&self->loss, block);
    else
        loss_add(&self->loss, block, block->data + at, block->size - at, strerrordesc_np(errno));
}
