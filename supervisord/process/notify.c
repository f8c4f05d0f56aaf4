#include "notify.h"

#include <alloc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { BATCH = 32 }; /* messages taken per wake-up: then others get their turn */

struct notify {
    loop_t *loop;
    struct loop_watch watch;
    notify_fn *on_message;
    void *arg;
    char address[sizeof((struct sockaddr_un *)NULL)->sun_path + 1];
};

/* Returns the sender that the kernel vouches for; 0: unknown. */
static pid_t sender(struct msghdr *header)
{
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item; item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_CREDENTIALS)
            continue;
        struct ucred credentials;
        memcpy(&credentials, CMSG_DATA(item), sizeof credentials);
        return credentials.pid;
    }
    return 0;
}

/* Takes one message. Returns false when there is none left. There is room for the sender's number
 * and nothing more: descriptors that come along (FDSTORE=1, BARRIER=1) find none, and the kernel
 * closes them, which is all that a barrier waits for. */
static bool take(notify_t *self)
{
    char bytes[NOTIFY_MAX_BYTES + 2]; /* more than a message may have, so one cut is refused */
    union {
        char room[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr alignment;
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.room,
                            .msg_controllen = sizeof control.room};
    ssize_t size = recvmsg(self->watch.fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0)
        return errno == EINTR;

    struct notify_message message;
    pid_t pid = sender(&header);
    if (pid > 0 && notify_message_parse(bytes, (size_t)size, &message))
        self->on_message(self->arg, pid, &message);
    return true;
}

static void on_readable(void *arg)
{
    notify_t *self = arg;
    for (int i = 0; i < BATCH && take(self); i++)
        continue;
}

/* Lets the kernel choose a free address, which is "\0" and a few letters; '@' stands for the NUL
 * in texts. */
static int bind_anywhere(notify_t *self, struct ph_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof address.sun_family;
    int on = 1;
    if (bind(self->watch.fd, (struct sockaddr *)&address, size) < 0)
        return ph_error_sys(err, "cannot bind the notify socket");
    if (setsockopt(self->watch.fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        return ph_error_sys(err, "cannot set SO_PASSCRED on the notify socket");
    size = sizeof address;
    if (getsockname(self->watch.fd, (struct sockaddr *)&address, &size) < 0)
        return ph_error_sys(err, "cannot read the address of the notify socket");
    memcpy(self->address, address.sun_path, size - offsetof(struct sockaddr_un, sun_path));
    self->address[0] = '@';
    return 0;
}

notify_t *notify_new(loop_t *loop, notify_fn *on_message, void *arg, struct ph_error *err)
{
    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        ph_error_sys(err, "cannot make the notify socket");
        return NULL;
    }
    ph_cleanup(ph_freep) notify_t *self = ph_calloc(1, sizeof *self);
    *self = (notify_t){
        .loop = loop, .watch = {on_readable, self, fd}, .on_message = on_message, .arg = arg};
    if (bind_anywhere(self, err) < 0 || loop_watch(loop, &self->watch, err) < 0)
        return NULL;
    ph_steal_fd(&fd);
    return ph_steal(&self);
}

void notify_destroy(notify_t **self_p)
{
    notify_t *self = *self_p;
    if (!self)
        return;
    loop_unwatch(self->loop, &self->watch);
    ph_closep(&self->watch.fd);
    free(self);
    *self_p = NULL;
}

const char *notify_address(const notify_t *self)
{
    return self->address;
}
