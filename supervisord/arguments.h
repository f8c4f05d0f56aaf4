/* arguments.h - the command line of plughostd. */
#pragma once

#include <log.h>
#include <stdbool.h>

struct arguments {
    const char *file; /* the configuration */
    bool has_to_check;
    bool is_daemon;
    const char *pidfile;    /* NULL: none */
    const char *log_output; /* NULL: standard error */
    enum ph_log_level log_level;
};

/* Reads the command line; the texts belong to it. Returns 0; 1 when --help or the like was
 * answered; -1 for wrong usage, which has been said. */
int arguments_read(struct arguments *self, int argc, char **argv);
