#include "loss.h"

#include <alloc.h>
#include <inttypes.h>
#include <stdlib.h>

/* A reader that is slow takes some and loses some many times a second. */
static const double quiet_seconds = 1;

void loss_init(struct loss *self, const struct loss_listener *listener, const char *destination)
{
    *self = (struct loss){.listener = listener, .destination = ph_strdup(destination)};
}

void loss_release(struct loss *self)
{
    free(self->destination);
}

void loss_tell(const struct loss *self, const char *watcher, const char *text)
{
    if (self->listener->on_loss)
        self->listener->on_loss(self->listener->arg, watcher, text);
}

void loss_add(struct loss *self, const struct block *block, const char *data, size_t size,
              const char *reason)
{
    bool is_first = self->total == 0;
    uint64_t lines = block_count_lines(data, size);
    self->unsaid += lines;
    self->total += lines;
    self->last_time = block->time;
    self->reason = reason;
    if (!is_first)
        return;
    ph_cleanup(ph_freep) char *text =
        ph_format("lines for %s are being lost: %s", self->destination, reason);
    loss_tell(self, block->watcher, text);
}

static const char *lines_were(uint64_t count)
{
    return count == 1 ? "line was" : "lines were";
}

char *loss_notice(const struct loss *self)
{
    if (self->unsaid == 0)
        return NULL;
    return ph_format("plughost: %" PRIu64 " %s lost: %s\n", self->unsaid, lines_were(self->unsaid),
                     self->reason);
}

void loss_said(struct loss *self)
{
    self->unsaid = 0;
}

void loss_end(struct loss *self, const struct block *block)
{
    double quiet = block->time - self->last_time;
    if (self->total == 0 || (quiet >= 0 && quiet < quiet_seconds)) /* < 0: the clock was set */
        return;
    ph_cleanup(ph_freep) char *text =
        ph_format("%s takes lines again: %" PRIu64 " %s lost: %s", self->destination, self->total,
                  lines_were(self->total), self->reason);
    self->total = 0;
    loss_tell(self, block->watcher, text);
}
