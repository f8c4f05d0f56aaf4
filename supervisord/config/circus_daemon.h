/* circus_daemon.h - the section [circus] of Circus's. */
#pragma once

#include "circus_draft.h"

#include <log.h>

/* What a file of Circus's says that is said on the command line of plughostd. */
struct circus_said {
    char *pidfile;    /* NULL: nothing */
    char *log_output; /* NULL: nothing, or standard error */
    bool has_log_level;
    enum ph_log_level log_level;
};

void circus_said_release(struct circus_said *self);

/* Fills `said`, makes a section [plughost] of what concerns the daemon, and a section [circus] that
 * serves Circus's clients. Sets the endpoints of `draft`. */
void circus_daemon_take(struct circus_draft *draft, struct circus_said *said);
