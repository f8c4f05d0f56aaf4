/* loss.h - lines that a destination did not take: counted, and told without telling each. */
#pragma once

#include "block.h"

/* Told when lines of a watcher begin to be lost and when a second has passed without a loss; `text`
 * says where to, why, and in the end how many. It must not write to a stream. */
typedef void loss_fn(void *arg, const char *watcher, const char *text);

struct loss_listener {
    loss_fn *on_loss; /* NULL: nobody listens */
    void *arg;
};

/* The losses of one destination. */
struct loss {
    const struct loss_listener *listener; /* borrowed */
    char *destination;
    const char *reason; /* of the last loss */
    uint64_t unsaid;    /* lines lost since the destination last took one */
    uint64_t total;     /* lines lost since the listener was told of a beginning */
    double last_time;   /* of the last loss */
};

/* `destination` is copied: a name for people. */
void loss_init(struct loss *self, const struct loss_listener *listener, const char *destination);
void loss_release(struct loss *self);

/* The lines in `size` bytes at `data`, which are of `block`, are lost. `reason` lives as long as
 * the program. */
void loss_add(struct loss *self, const struct block *block, const char *data, size_t size,
              const char *reason);

/* Returns the line that stands for those lost since the destination last took one, which the caller
 * frees, or NULL. */
char *loss_notice(const struct loss *self);

/* The destination took that line. */
void loss_said(struct loss *self);

/* The destination took `block`. */
void loss_end(struct loss *self, const struct block *block);

/* Tells the listener of other trouble with the destination. */
void loss_tell(const struct loss *self, const char *watcher, const char *text);
