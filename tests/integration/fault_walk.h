/* fault_walk.h - walks: the same thing is done again and again, and each time another system call
 * of the daemon fails, the first, the second, and so on, until there is none left to fail.
 *
 *     ph_cleanup(walk_destroy) walk_t *walk = walk_new(CONFIGURATION);
 *     for (const struct fault *fault = faults_memory; fault->error != 0; fault++)
 *         walk_calls(walk, fault, live);
 *
 * A daemon that does not stand one fault is a complaint, which names the fault and the place in the
 * program. The walk goes on with another daemon, and walk_destroy fails the test. */
#pragma once

#include <daemon.h>
#include <faults.h>
#include <stdbool.h>

struct fault {
    enum fault_call call;
    int error; /* an errno, or FAULT_SHORT */
};

/* What a machine can run out of, and what else may happen to a call; each ends with an error of
 * 0. */
extern const struct fault faults_descriptors[], faults_memory[], faults_disk[],
    faults_interruption[], faults_process[];

typedef struct walk walk_t;

/* Prepares daemons with that configuration; none runs yet. The caller owns the result. */
walk_t *walk_new(const char *configuration);

/* Ends the daemon, frees `*self_p` and sets it to NULL. The test fails if there were complaints. */
void walk_destroy(walk_t **self_p);

/* Has only so many calls of each place in the program count, the first ones; without that it is as
 * many as the loops over /proc allow. PLUGHOST_FAULT_FULL=1 in the environment has all of them
 * count, everywhere. */
void walk_hasten(walk_t *self, long per_place);

/* NULL: none runs. */
daemon_t *walk_daemon(walk_t *self);

/* Chooses the fault for the daemon that runs, or for the next one. `n` of 0: there is none. */
void walk_choose(walk_t *self, const struct fault *fault, long n);

/* If it has not happened yet, it does not happen any more. */
void walk_pass(walk_t *self);

/* Says whether the fault has happened. */
bool walk_was_reached(const walk_t *self);

/* Returns CALL:ERROR:N, which the caller frees. */
char *walk_fault_text(const walk_t *self);

/* Says whether a daemon of this walk has ever made such a call. */
bool walk_has_seen(const walk_t *self, enum fault_call call);

/* Launches a daemon and waits until it listens. Returns false if it ended before. */
bool walk_launch(walk_t *self);

/* Waits until all watchers run, and what the daemon says of its processes is what the kernel says:
 * its children are those, and nobody else. The first call notes how many descriptors are open then,
 * and the later ones wait until there are as many again. Returns false after a complaint. */
bool walk_settle(walk_t *self);

/* Kills all processes of the watchers that there were at the last walk_settle: the next one waits
 * until others have taken their place. */
void walk_kill_children(walk_t *self);

/* Has the daemon end, and looks at what is left. `may_refuse`: it may have ended by itself, with a
 * message and a status that says so. */
void walk_end(walk_t *self, bool may_refuse);

/* Calls `try` for the first call, the second and so on, until that says that the fault it chose has
 * not happened. */
void walk_calls(walk_t *self, const struct fault *fault,
                bool (*try)(walk_t *self, const struct fault *fault, long n));

/* Says what has gone wrong, together with the fault and the log, and gives the daemon up. */
__attribute__((format(printf, 2, 3))) void walk_complain(walk_t *self, const char *format, ...);
