/* rundir.h - the daemon's run directory, held by one daemon at a time. */
#pragma once

#include <plughost/error.h>

typedef struct rundir rundir_t;

/* Makes the directory with mode 0750 if it is missing, checks that no other user can write there,
 * and locks it. `path` is copied. The caller owns the result. Returns NULL with PH_CONFLICT, naming
 * the process, when another daemon holds it. */
rundir_t *rundir_new(const char *path, struct ph_error *err);

/* Gives the lock up, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void rundir_destroy(rundir_t **self_p);
