/* A daemon starts, runs a watcher and a plugin, and stops; once for each of its system calls, which
 * fails. */
#include "fault_walk.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

TestSuite(fault_start, .timeout = 300);

enum { MAX_CALLS = 2000 };

#define SOON "restart_delay = 0.01\nrestart_delay_max = 0.02\nmax_restarts = 0\n" \
    "graceful_timeout = 1\n"
#define CONFIGURATION                                                                              \
    "[watcher:web]\ncmd = @CHILD@ print hello\nstdout_stream.filename = @DIR@/out\n" SOON          \
    "[plugin:logger]\nfilename = @DIR@/events\n" SOON

/* Returns whether the fault has happened. */
static bool live(walk_t *walk, const struct fault *fault, long n)
{
    walk_choose(walk, fault, n);
    if (walk_launch(walk))
        walk_settle(walk);
    if (walk_daemon(walk))
        walk_end(walk, true);
    return walk_was_reached(walk);
}

static void walk_lives(const struct fault *faults)
{
    ph_cleanup(walk_destroy) walk_t *walk = walk_new(CONFIGURATION);
    for (; faults->error != 0; faults++) {
        long n = 1;
        while (n < MAX_CALLS && live(walk, faults, n))
            n++;
        cr_expect_lt(n, MAX_CALLS);
        fprintf(stderr, "%s:%s %ld\n", walk_call_name(faults->call), strerrorname_np(faults->error), n);
    }
}

Test(fault_start, without_descriptors) { walk_lives(faults_descriptors); }
Test(fault_start, without_memory) { walk_lives(faults_memory); }
Test(fault_start, without_disk) { walk_lives(faults_disk); }
Test(fault_start, interrupted) { walk_lives(faults_interruption); }
Test(fault_start, process) { walk_lives(faults_process); }
