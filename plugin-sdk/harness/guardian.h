/* guardian.h - a process between a test and a program, so that nothing of it is ever left.
 *
 * It adopts what its program leaves behind. It ends all of that when it is told to, and when the
 * test's process is gone, however that went: the kernel tells it. The program itself is killed by
 * the kernel if somebody kills the guardian. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct guardian guardian_t;

struct guardian_report {
    pid_t pid;         /* of the program */
    bool has_ended;    /* the program; what follows counts from then on */
    bool is_final;     /* nothing is left now */
    bool was_killed;   /* it did not end in time */
    int exit_code;     /* its exit status, or minus the signal that killed it */
    int leftovers;     /* processes that outlived it and had to be killed */
    char leftover[48]; /* the first of them, such as "1234 (sleep)" */
};

/* Starts a program; `argv` ends with NULL, argv[0] is a path. All it writes goes to the file
 * `output`. The caller owns the result. Returns NULL with PH_SYSTEM. */
guardian_t *guardian_new(const char *const *argv, const char *output, struct ph_error *err);

/* Kills everything at once, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void guardian_destroy(guardian_t **self_p);

/* Returns what is known of the program. */
const struct guardian_report *guardian_report(const guardian_t *self);

/* Returns a descriptor that is readable when the program has ended. */
int guardian_fd(const guardian_t *self);

/* Waits until the program has ended. Returns false when the time is over. */
bool guardian_wait_end(guardian_t *self, int timeout_ms);

/* Sends SIGTERM to a program that still runs, SIGKILL when it has not ended after `grace_ms`, and
 * ends what it has left. Returns 0 when the report is final, or -1 with PH_SYSTEM: the guardian
 * itself is gone. */
int guardian_stop(guardian_t *self, int grace_ms, struct ph_error *err);
