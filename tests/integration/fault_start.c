/* A daemon starts, runs a watcher and a plugin, and stops; once for each of its system calls, which
 * fails. */
#include "fault_walk.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(fault_start, .timeout = 600);

enum { WAIT_MS = 20000 };

#define SOON                                                                                       \
    "restart_delay = 0.01\nrestart_delay_max = 0.02\nmax_restarts = 0\n"                           \
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
    for (; faults->error != 0; faults++)
        walk_calls(walk, faults, live);
}

/* ---- the library itself ---- */

/* Launches a daemon with the fault that the environment names. */
static daemon_t *launch_with(const char *fault)
{
    daemon_t *daemon = daemon_prepare("[watcher:web]\ncmd = @CHILD@ environment @DIR@/variables\n");
    setenv(FAULT_VARIABLE, fault, 1);
    daemon_launch_preloaded(daemon, TEST_FAULTS);
    unsetenv(FAULT_VARIABLE);
    return daemon;
}

static void expect_refused(const char *fault, int code, const char *message)
{
    ph_cleanup(daemon_discard) daemon_t *daemon = launch_with(fault);
    cr_expect_eq(daemon_wait_end(daemon, WAIT_MS), code, "%s", fault);
    daemon_wait_output(daemon, message, WAIT_MS);
}

Test(fault_start, the_library_makes_one_call_fail)
{
    expect_refused("open:EMFILE:1", 2, "cannot open the configuration: Too many open files");
    expect_refused("mkdir:ENOSPC:1", 1, ": No space left on device");
    expect_refused("open:EMFILE", 126, "'open:EMFILE' is not CALL:ERROR:N");

    ph_cleanup(daemon_stop) daemon_t *daemon = launch_with("mkdir:ENOSPC:2"); /* there is but one */
    daemon_await(daemon);
    ph_cleanup(ph_freep) char *variables = daemon_wait_file(daemon, "variables", "PATH=", WAIT_MS);
    cr_expect(!strstr(variables, "LD_PRELOAD") && !strstr(variables, FAULT_VARIABLE), "%s",
              variables);
}

/* ---- walks ---- */

Test(fault_start, without_descriptors)
{
    walk_lives(faults_descriptors);
}

Test(fault_start, without_memory)
{
    walk_lives(faults_memory);
}

Test(fault_start, without_a_disk)
{
    walk_lives(faults_disk);
}

Test(fault_start, with_interruptions)
{
    walk_lives(faults_interruption);
}

Test(fault_start, without_processes_or_rights)
{
    walk_lives(faults_process);
}
