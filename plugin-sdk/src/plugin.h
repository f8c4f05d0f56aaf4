/* plugin.h - what a running plugin is made of; for the parts of it alone. */
#pragma once

#include "fd_watches.h"
#include "gap_counter.h"
#include "invocations.h"
#include "methods.h"
#include "metrics.h"
#include "stamp.h"
#include "subscriber.h"
#include "timers.h"

#include <plughost/plugin.h>

/* The session with the daemon; see session.h. */
struct session {
    bool is_open;        /* hello was said on this connection and not refused */
    bool was_open;       /* once: when a connection is back, hello is said again */
    bool is_initialized; /* handle_init has returned 0 */
    bool is_ready;       /* the daemon knows */
    char id[EPOCH_SIZE]; /* "": a daemon that does not count */
    char mark[64];       /* the topic of our marks */
    char epoch[EPOCH_SIZE];
    double heartbeat_seconds;
    char **prefixes; /* what is subscribed to */
    size_t prefix_count;
};

/* See heartbeat.h. */
struct heartbeat {
    int interval_ms;     /* 0: none is wanted */
    int64_t due;         /* of the next heartbeat; -1: none */
    int64_t busy_until;  /* what the plugin has announced itself; 0: nothing, or it is over */
    bool is_wait_told;   /* a wait was announced and is not over */
    int64_t metrics_due; /* without heartbeats; -1: nothing has changed */
};

/* See delivery.h. */
struct batch {
    ph_event_t **events;
    size_t count, most;
    int64_t due; /* when it is handed over at the latest; meaningless when it is empty */
};

struct ph_plugin {
    const struct ph_plugin_settings *settings;
    struct ph_plugin_module module; /* a copy: the module's own may be shorter */
    void *data;
    const ph_value_t *options;     /* in force; of the settings or of options_message */
    ph_message_t *options_message; /* owned; NULL: they are still those of the settings */

    connection_t *connection;
    requester_t *requester;
    subscriber_t *subscriber;
    timers_t *timers;
    fd_watches_t *fds;
    gap_counter_t *gaps;
    methods_t *methods;
    metrics_t *metrics; /* NULL before the first */
    invocations_t *invocations;
    struct session session;
    struct heartbeat heartbeat;
    struct batch batch;

    int signal_fd;
    bool has_to_stop;
    bool has_to_reopen;
    bool has_complained_of_metrics;
    struct ph_error *failure; /* why it has to stop, if that is a failure */
};

/* Stops with a failure, soon. */
void plugin_fail(ph_plugin_t *self, const struct ph_error *reason);
