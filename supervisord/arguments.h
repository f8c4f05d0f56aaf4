/* arguments.h - the command line of plughostd. */
#pragma once

#include "config/import.h"

#include <log.h>
#include <stdbool.h>

struct arguments {
    const char *file; /* the configuration */
    bool is_circus;   /* in Circus's dialect */
    bool has_to_check;
    bool has_to_import; /* `file` is to become a configuration of ours */
    enum import_format import_format;
    bool is_daemon;
    const char *pidfile;    /* NULL: none */
    const char *log_output; /* NULL: standard error */
    bool has_log_level;     /* it was given */
    enum ph_log_level log_level;
};

/* Reads the command line; the texts belong to it. Returns 0; 1 when --help or the like was
 * answered; -1 for wrong usage, which has been said. */
int arguments_read(struct arguments *self, int argc, char **argv);
