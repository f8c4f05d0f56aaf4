/* rolling.h - replaces processes of a watcher without a gap: the successor runs before the old one
 * is stopped. One that does not come up leaves the old ones as they are. */
#pragma once

#include "slots.h"

/* Part of its owner; zero it. */
struct rolling {
    slots_t *slots; /* borrowed */
    size_t pending; /* old ones that still stand */
    bool is_sequential;
    char *reason;
    char *failure; /* why the last replacement was given up, or NULL */
};

enum rolling_news {
    ROLLING_NOTHING,
    ROLLING_DONE,   /* the last old one was replaced */
    ROLLING_FAILED, /* it was given up: `failure` says why */
};

/* Replaces all that stay: one after the other, or all at a time. Those that have no child are
 * started anew. */
void rolling_begin(struct rolling *self, bool is_sequential, const char *reason);

/* Replaces one, beside what is under way. */
void rolling_replace(struct rolling *self, struct slot *slot, const char *reason);

/* Takes the change of a slot into account; call it for each, after slots_note. */
enum rolling_news rolling_note(struct rolling *self, struct slot *slot);

/* Gives up what is under way: successors go, old ones stay. */
void rolling_abandon(struct rolling *self, const char *reason);

void rolling_release(struct rolling *self);
