/* program.h - runs a program and sees what it writes and how it ends. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

typedef struct program program_t;

struct program_spec {
    const char *const *argv;   /* ended by NULL; argv[0] is a path */
    const char *const *env;    /* "NAME=VALUE" over our environment, ended by NULL; or NULL */
    const char *output;        /* a file that gets all it writes; NULL: we keep it */
    const char *input;         /* a file that is its standard input; NULL: ours */
    const char *terminal;      /* the path of the terminal that it runs on, in place of both */
    const char *working_dir;   /* or NULL */
    bool has_to_block_sigterm; /* it begins with SIGTERM blocked */
};

/* Starts a program; the kernel kills it when the test ends before it. The test fails if it cannot
 * be started. The caller owns the result. */
program_t *program_start(const struct program_spec *spec);

/* Starts a program and waits until it has ended. The words end with NULL. */
program_t *program_run(const char *const *argv, const char *const *env);

/* Kills the program if it still runs, frees `*self_p` and sets it to NULL. `*self_p` may be
 * NULL. */
void program_destroy(program_t **self_p);

pid_t program_pid(const program_t *self);

/* Sends a signal. */
void program_signal(program_t *self, int number);

/* Waits until it has ended. Returns its exit status, or minus the signal that killed it. The test
 * fails when the time is over. */
int program_wait(program_t *self, int timeout_ms);

/* Waits until it has ended; returns false when the time is over. */
bool program_has_ended(program_t *self, int timeout_ms);

/* Waits until its standard output, or its error output, holds `text`. Returns false when the time
 * is over or it has ended without. */
bool program_wait_out(program_t *self, const char *text, int timeout_ms);
bool program_wait_err(program_t *self, const char *text, int timeout_ms);

/* Closes our end of its standard output: it writes to a pipe that nobody reads. */
void program_close_out(program_t *self);

/* Returns what it has written so far. */
const char *program_out(const program_t *self);
const char *program_err(const program_t *self);
