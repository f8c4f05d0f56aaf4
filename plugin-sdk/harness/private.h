/* private.h - what the files of the harness share. */
#pragma once

#include "guardian.h"

#include <plughost/harness.h>

struct ph_harness {
    char *dir;
    char *log;    /* a file */
    char *output; /* a file: what the daemon and its children write */
    char *run_dir;
    char *endpoint;
    guardian_t *guardian;

    /* One connection each: what waits for a state must not use up the events that the test is to
     * see, and what the test subscribes to is its own affair. */
    ph_client_t *client, *events, *states;
};
