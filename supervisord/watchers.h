/* watchers.h - the watchers there are: they come, are found by name, and go. */
#pragma once

#include "order.h"

#include <plughost/error.h>

typedef struct watchers watchers_t;

/* What they are made for; everything is borrowed. `on_change` is called after each change of one.
 */
struct watchers_context {
    const struct process_host *host;
    int64_t warmup_ms; /* between the starts of two */
    watcher_change_fn *on_change;
    void (*on_settled)(void *arg);                     /* something asked for was done: order.h */
    void (*on_removal)(void *arg, watcher_t *watcher); /* it is about to be freed */
    void *arg;
};

/* The caller owns the result. */
watchers_t *watchers_new(const struct watchers_context *context);

/* Frees `*self_p` and sets it to NULL; what still lives is killed. `*self_p` may be NULL. */
void watchers_destroy(watchers_t **self_p);

/* Makes one more, stopped. Takes what `options` point to and empties it. Returns it, or NULL with
 * `err` filled. */
watcher_t *watchers_add(watchers_t *self, struct watcher_options *options, struct ph_error *err);

/* Has one take other options (watcher_configure), and those around it know: one that waits for a
 * connection, and need not any more, is started. Returns 0, or -1 with `err` filled. */
int watchers_configure(watchers_t *self, watcher_t *watcher, struct watcher_options *options,
                       const char *reason, struct ph_error *err);

/* Sockets were opened: those with use_sockets have them from their next start on, and what waits
 * for a connection listens on them. */
void watchers_take_sockets(watchers_t *self);

/* Removes one: at once from the list, and from the memory when its processes are gone. They are
 * stopped, or let alone: then they are not restarted any more, and end with the daemon at the
 * latest. */
void watchers_remove(watchers_t *self, watcher_t *watcher, bool is_to_stop, const char *reason);

/* The watchers in the order in which they were added. */
size_t watchers_count(const watchers_t *self);
watcher_t *watchers_at(const watchers_t *self, size_t index);

/* Returns how many there are, and how they are, in a few words; the caller frees them. */
char *watchers_summary(const watchers_t *self);

/* Finds one by name, in any case of letters; a plugin's with or without "plugin:". Returns NULL
 * with PH_NOT_FOUND and the nearest name as hint. */
watcher_t *watchers_find(const watchers_t *self, const char *name, struct ph_error *err);

/* Says whether the name of one that was removed is free again: its processes are gone, or let
 * alone. Returns 0, or -1 with PH_CONFLICT. */
int watchers_check_free(const watchers_t *self, const char *name, struct ph_error *err);

/* Who starts and stops them; belongs to the watchers. */
order_t *watchers_order(const watchers_t *self);

/* Starts all that start by themselves, or has them wait for a connection. */
void watchers_start_all(watchers_t *self, const char *reason);

/* The same for some of them. */
void watchers_start_some(watchers_t *self, watcher_t *const *watchers, size_t count,
                         const char *reason);

/* Reloads those that run: nobody starts what is stopped by this. */
void watchers_reload_all(watchers_t *self, const char *reason);

/* Those that were removed and are not gone yet. */
size_t watchers_count_leaving(const watchers_t *self);
watcher_t *watchers_leaving_at(const watchers_t *self, size_t index);

/* Stops all of them for good; and says whether all of them are gone. */
void watchers_end(watchers_t *self, const char *reason);
bool watchers_are_gone(const watchers_t *self);
