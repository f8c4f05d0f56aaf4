/* An idle daemon does nothing at all. */
#include <criterion/criterion.h>
#include <daemon.h>
#include <processes.h>
#include <unistd.h>

TestSuite(idle, .timeout = 60);

Test(idle, with_ten_processes_the_main_thread_does_not_wake_for_five_seconds)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("ten_processes.ini");
    daemon_wait_status(daemon, "many", "active", 5000);
    daemon_wait_status(daemon, "one", "active", 5000);
    daemon_wait_status(daemon, "probe", "active", 5000);
    /* What the last event set off is done once the daemon answers a command that came after it and
     * nothing more came for a moment. */
    int pidfd = process_open(daemon_pid(daemon));
    cr_assert(!process_wait_gone(pidfd, 500));

    long before = process_switches(daemon_pid(daemon));
    cr_assert(!process_wait_gone(pidfd, 5000), "the daemon has ended");
    long after = process_switches(daemon_pid(daemon));
    close(pidfd);
    cr_expect_eq(after, before, "it woke %ld times", after - before);
}
