/* seats.h - a few low descriptors by way of which children get theirs.
 *
 * A child with a copy of all descriptors of the daemon pays for each of them: when it is made, and
 * when its exec closes them. What has a seat it can keep while it leaves all others behind. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>

typedef struct seats seats_t;

/* The caller owns the result. Returns NULL and fills `err` when there are no descriptors left. */
seats_t *seats_new(struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void seats_destroy(seats_t **self_p);

/* Replaces `*fd` by a copy in a free seat, until seats_clear. One below the seats stays as it is.
 * Returns false when all are taken. */
bool seats_take(seats_t *self, int *fd);

/* Frees all seats. */
void seats_clear(seats_t *self);

/* Returns the number behind that of the last seat. */
unsigned seats_end(const seats_t *self);
