/* options.h - the command line: what is asked for, before anything is done about it. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stddef.h>

/* The texts belong to argv. */
struct options {
    const char *endpoint; /* NULL: libplughost's default */
    int timeout_ms;       /* 0: not given; see options_timeout_ms */
    bool is_json;
    bool is_waiting; /* --wait */
    bool is_help;
    bool is_version;
    const char *word; /* COMMAND, or NULL */
    char **args;      /* what follows it, options taken out */
    size_t arg_count;
};

/* Reads the command line, whose order getopt may change. Whether COMMAND exists and what it takes
 * is not looked at. Returns 0, or -1 with PH_INVALID. */
int options_parse(int argc, char **argv, struct options *options, struct ph_error *err);

/* Returns how long to wait for an answer, -1 for ever: what was given, else 5 seconds, or for ever
 * with --wait. */
int options_timeout_ms(const struct options *options);
