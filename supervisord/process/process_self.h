/* process_self.h - what the files of the process share; for nobody else. */
#pragma once

#include "age.h"
#include "ending.h"
#include "hang.h"

struct process {
    const struct process_owner *owner;
    const struct process_host *host;
    const struct watcher_options *options;
    int wid;

    enum process_state state;
    bool starts_again; /* a restart: the stop under way is followed by a start */
    bool is_changing;
    bool is_let_go;
    bool is_done;       /* its end was not answered by a restart */
    bool was_up;        /* the present or last child had come up */
    struct timer timer; /* what for follows from the state */

    struct run run; /* of the child */
    struct hang hang;
    struct age age;
    struct stop_way stop_way;
    struct stop stop;
    struct deliveries deliveries;
    struct ending ending;
    struct death death; /* of the last child */
    struct backoff backoff;
    unsigned restarts;
};

/* Goes on to the state that follows an event, if there is one. */
void process_apply(process_t *self, enum process_event event, const char *reason);
