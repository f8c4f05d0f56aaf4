#include "seats.h"

#include <alloc.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEATS = 16 };

struct seats {
    int null_fd; /* what lies in a free seat, so that nobody else gets its number */
    int seats[SEATS];
    size_t opened, taken;
};

seats_t *seats_new(struct ph_error *err)
{
    ph_cleanup(seats_destroy) seats_t *self = ph_calloc(1, sizeof *self);
    self->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (; self->opened < SEATS; self->opened++) {
        int fd = fcntl(self->null_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (fd < 0) {
            ph_error_sys(err, "cannot reserve descriptors for children");
            return NULL;
        }
        self->seats[self->opened] = fd;
    }
    return ph_steal(&self);
}

void seats_destroy(seats_t **self_p)
{
    seats_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->opened; i++)
        ph_closep(&self->seats[i]);
    ph_closep(&self->null_fd);
    free(self);
    *self_p = NULL;
}

bool seats_take(seats_t *self, int *fd)
{
    if (*fd < self->seats[0])
        return true;
    if (self->taken == SEATS || dup3(*fd, self->seats[self->taken], O_CLOEXEC) < 0)
        return false;
    *fd = self->seats[self->taken++];
    return true;
}

void seats_clear(seats_t *self)
{
    while (self->taken > 0)
        dup3(self->null_fd, self->seats[--self->taken], O_CLOEXEC);
}

unsigned seats_end(const seats_t *self)
{
    return (unsigned)self->seats[SEATS - 1] + 1;
}
