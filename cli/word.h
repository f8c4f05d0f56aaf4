/* word.h - what can be typed as COMMAND: the daemon's commands and the program's own words.
 *
 * The plugin protocol's commands are none: they are of no use to people. */
#pragma once

#include "options.h"

#include <commands.h>
#include <plughost/plughost.h>

/* One run of the program: what a word's functions work on. */
struct invocation {
    const struct options *options;
    const struct command_info *info;
    ph_writer_t *properties;
};

struct word {
    const struct command_info *info; /* NULL: no such word */

    /* Checks the arguments and turns them into properties. Returns 0, or -1 with PH_INVALID and the
     * usage as hint. */
    int (*prepare)(struct invocation *invocation, struct ph_error *err);

    /* Does the work and prints the result. Returns 0, or -1 with `err` filled. NULL for `help`,
     * which needs no daemon. */
    int (*run)(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);

    /* Takes the whole command line over, and returns what the program ends with. NULL: `run`. */
    int (*open)(const struct options *options);

    bool is_local; /* `run` needs no daemon, and gets NULL for the client */
};

/* Returns word number `index`, in the order of `help`; one without `info` behind the last. */
struct word word_at(size_t index);

/* Returns the word of that name, in any case of letters as in Circus, or one without `info`. */
struct word word_find(const char *name);

/* Returns the name that a mistyped one was probably meant to be, or NULL. */
const char *word_nearest(const char *name);
