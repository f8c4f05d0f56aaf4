/* stamp.h - time, epoch and number of an event, read from its encoded body. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EPOCH_SIZE = 33 };

struct stamp {
    double time;
    uint64_t seq;
    char epoch[EPOCH_SIZE];
};

/* Reads the stamp of a body whose first three entries are `time`, `epoch` and `seq`, in this order,
 * as plughostd writes them. Returns false, and leaves `self` undefined, for any other. */
bool stamp_read(struct stamp *self, const void *body, size_t size);
