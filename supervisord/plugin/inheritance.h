/* inheritance.h - what a spawned plugin is told: endpoints, token and options, on a descriptor. */
#pragma once

#include "../process/options.h"

/* What plugins are told about this daemon. All is borrowed. */
struct session_context {
    const char *bin; /* the folder of this program: what runs plugins is found from there */
    const char *endpoint;
    const char *pubsub;
    char *const *plugin_path; /* ended by NULL, or NULL */
};

/* Returns a descriptor for the child to inherit, which the caller closes, or -1 with `err` filled.
 */
int inheritance_open(const struct session_context *context, const struct watcher_options *options,
                     const char *token, struct ph_error *err);

/* Returns the plugin's name: that of its watcher without "plugin:". */
const char *inheritance_name(const struct watcher_options *options);
