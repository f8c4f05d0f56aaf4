/* libzmq 4.3.4 aborts when accept fails for want of a descriptor or of memory, and a listening
 * socket that cannot be accepted from stays readable for ever. So its accept4 is ours. Without a
 * descriptor it gives up one that was kept back, takes the connection with it, closes both, and
 * reports a connection that was broken off: the client tries again by itself a little later.
 * Without memory the connection goes on waiting, and is accepted later. */
#include "descriptors.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LEAST_DESCRIPTORS = 64 };

/* The one writable variable outside of the supervisor: accept4 has no argument to carry it. */
static atomic_int spare = -1;

static int open_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int raw_accept(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    return (int)syscall(SYS_accept4, fd, address, length, flags);
}

/* What libzmq calls as accept4: the dynamic linker finds the program's symbol before the C
 * library's. Under its own name it would have to repeat glibc's way of declaring it. */
__attribute__((visibility("default"))) int descriptors_accept(int fd, struct sockaddr *address,
                                                              socklen_t *length,
                                                              int flags) __asm__("accept4");

int descriptors_accept(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    int accepted = raw_accept(fd, address, length, flags);
    if (accepted < 0 && (errno == ENOMEM || errno == ENOBUFS))
        errno = ECONNABORTED; /* which libzmq passes over */
    if (accepted >= 0 || (errno != EMFILE && errno != ENFILE))
        return accepted;

    int kept = atomic_exchange(&spare, -1);
    ph_closep(&kept);
    accepted = raw_accept(fd, address, length, flags);
    ph_closep(&accepted);
    atomic_store(&spare, open_spare());
    errno = ECONNABORTED;
    return -1;
}

int descriptors_prepare(struct rlimit *before, struct ph_error *err)
{
    if (getrlimit(RLIMIT_NOFILE, before) < 0)
        return ph_error_sys(err, "cannot read the limit of descriptors");
    if (before->rlim_max < LEAST_DESCRIPTORS)
        return ph_error_set(err, PH_SYSTEM,
                            "the limit of %lu descriptors is less than the %d needed",
                            (unsigned long)before->rlim_max, LEAST_DESCRIPTORS);
    struct rlimit raised = {.rlim_cur = before->rlim_max, .rlim_max = before->rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) < 0)
        return ph_error_sys(err, "cannot raise the limit of descriptors");
    atomic_store(&spare, open_spare());
    return 0;
}
