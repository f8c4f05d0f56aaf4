#include "spawn_request.h"

#include <assert.h>
#include <stdlib.h>

void spawn_request_add_variable(struct spawn_request *self, char *variable)
{
    assert(self->variable_count < SPAWN_MAX_VARIABLES);
    self->variables[self->variable_count++] = variable;
}

void spawn_request_add_fd(struct spawn_request *self, int from, int to)
{
    assert(self->fd_count < SPAWN_MAX_FDS);
    self->fds[self->fd_count++] = (struct spawn_fd){from, to};
}

void spawn_request_release(struct spawn_request *self)
{
    for (size_t i = 0; i < self->variable_count; i++)
        free(self->variables[i]);
    self->variable_count = 0;
}
