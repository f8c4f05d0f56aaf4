/* Who sent a SIGKILL: somebody, or the kernel for want of memory. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <errno.h>
#include <files.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(oom, .timeout = 60);

#define GROUP "/sys/fs/cgroup/memory/plughost-test-oom"

/* Makes a group of cgroup version 1 with 20 MB of memory. Returns false where that cannot be. */
static bool make_group(void)
{
    bool is_there = mkdir(GROUP, 0755) == 0 || errno == EEXIST;
    if (!is_there || access(GROUP "/memory.limit_in_bytes", W_OK) < 0)
        return false;
    file_write(GROUP "/memory.limit_in_bytes", "20000000");
    return true;
}

Test(oom, a_process_that_somebody_killed_was_not_out_of_memory)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nrespawn = no\n");
    pid_t pid = daemon_wait_started(daemon, "web", 5000);
    cr_assert_eq(kill(pid, SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 5000);
    cr_expect_str_eq(event_text(reap, "cause"), "killed by SIGKILL");
}

/* Where no group can be made, the same program ends well: it has all the memory that it wants. */
Test(oom, a_process_that_the_kernel_killed_for_want_of_memory_says_so)
{
    bool has_group = make_group();
    const char *cause =
        has_group ? "killed by the OOM killer: there was no memory left" : "exit status 0";
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = sh -c 'echo $$ >" GROUP "/cgroup.procs; exec dd if=/dev/zero "
        "of=/dev/null bs=60M count=1'\nrespawn = no\nautostart = no\n");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 30000);
    cr_expect_str_eq(event_text(reap, "cause"), cause);
    rmdir(GROUP);
}
