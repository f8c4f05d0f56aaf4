/* trail_watch.h - tells when one of several paths may lead to something else, by inotify. */
#pragma once

#include <plughost/plugin.h>

typedef struct trail_watch trail_watch_t;

/* Something has changed on the way of a path, or in the file at its end, which is closed again. */
typedef void trail_watch_fn(ph_plugin_t *plugin);

/* Watches nothing yet. The caller owns the result. `plugin` must outlive it. */
trail_watch_t *trail_watch_new(ph_plugin_t *plugin, trail_watch_fn *function);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void trail_watch_destroy(trail_watch_t **self_p);

/* Watches these absolute paths in place of those before, as they lead now. Returns 0, or -1 with
 * PH_SYSTEM: those before are then watched on. */
int trail_watch_set(trail_watch_t *self, const char *const *paths, size_t count,
                    struct ph_error *err);
