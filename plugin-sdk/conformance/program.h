/* program.h - the plugin program under test: started as the daemon starts it, and cleared away with
 * everything that it started.
 *
 * One at a time: what is left behind is found among the children of the caller. */
#pragma once

#include <plughost/plughost.h>
#include <sys/types.h>

typedef struct program program_t;

/* What /proc/PID/fd shows of the descriptor that the program inherits. */
#define PROGRAM_INHERITANCE "plughost-conformance"

/* Starts `argv`, looked up in PATH, in a process group of its own, with PLUGHOST_FD naming a
 * descriptor that holds the map `inheritance`. It is killed when the caller dies. The caller owns
 * the result. Returns NULL with `err` filled when it could not be executed. */
program_t *program_start(char *const *argv, const ph_writer_t *inheritance, struct ph_error *err);

/* Kills what is left of it, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void program_destroy(program_t **self_p);

pid_t program_pid(const program_t *self);

/* Returns a descriptor that becomes readable when it ends; it belongs to the object. */
int program_fd(const program_t *self);

/* Says whether it has ended; looks, and does not wait. */
bool program_has_ended(program_t *self);

/* Says whether it ended with exit status 0, or by a signal. False while it runs. */
bool program_is_successful(const program_t *self);
bool program_is_killed(const program_t *self);

/* Returns how it ended, such as "exit status 1" or "killed by SIGSEGV"; the caller frees it. */
char *program_describe_end(const program_t *self);

void program_signal(const program_t *self, int signum);

/* Returns the last of what it wrote to standard output and error, at most 4 KiB. The caller frees
 * it. */
char *program_output(const program_t *self);
