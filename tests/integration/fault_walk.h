/* fault_walk.h - walks: the same thing is done again and again, and each time another system call
 * of the daemon fails, the first, the second, and so on, until there is none left to fail.
 *
 *     ph_cleanup(walk_destroy) walk_t *walk = walk_new(CONFIGURATION);
 *     for (long n = 1; walk_choose(walk, &(struct fault){FAULT_open, EMFILE}, n); n++)
 *         ... do it, walk_check(walk) ...
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

/* NULL: none runs. */
daemon_t *walk_daemon(walk_t *self);

/* Chooses the fault for the daemon that runs, or for the next one. `n` of 0: there is none. */
void walk_choose(walk_t *self, const struct fault *fault, long n);

/* Says whether the fault has happened; how many calls of that kind there were since walk_choose. */
bool walk_was_reached(const walk_t *self);
long walk_count(const walk_t *self);

/* Launches a daemon and waits until it listens. Returns false if it ended before. */
bool walk_launch(walk_t *self);

/* Waits until all watchers run, and what the daemon says of its processes is what the kernel says:
 * its children are those, and nobody else. The first call notes how many descriptors are open then,
 * and the later ones wait until there are as many again. Returns false after a complaint. */
bool walk_settle(walk_t *self);

/* Has the daemon end, and looks at what is left. `may_refuse`: it may have ended by itself, with a
 * message and a status that says so. */
void walk_end(walk_t *self, bool may_refuse);

/* Says what has gone wrong, together with the fault and the log, and gives the daemon up. */
__attribute__((format(printf, 2, 3))) void walk_complain(walk_t *self, const char *format, ...);
const char *walk_call_name(enum fault_call call);
