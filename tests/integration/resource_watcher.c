/* The resource_watcher plugin, against processes that use processor and memory. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <sink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(resource_watcher, .timeout = 60);

enum { WAIT_MS = 20000 };

#define NAMES "circus.resource_watcher.watcher._resource_watcher."

/* Returns "KEY = 0", unless the options say something else. */
static const char *off(const char *options, const char *key, const char *line)
{
    return strstr(options, key) ? "" : line;
}

/* Starts a daemon with `watcher`, a whole section, and the plugin with `options`, among which is
 * which watcher it looks at; limits that are not among them are off. */
static daemon_t *start(const sink_t *sink, const char *watcher, const char *options)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("%s[plugin:resource_watcher]\nautostart = no\nhost = 127.0.0.1\nport = %u\n"
                  "loop_rate = 0.2\nmax_count = 2\n%s%s%s%s",
                  watcher, sink_port(sink), off(options, "max_cpu", "max_cpu = 0\n"),
                  off(options, "max_mem", "max_mem = 0\n"),
                  off(options, "health", "health_threshold = 0\n"), options);
    return daemon_start_with(text);
}

static pid_t begin(daemon_t *daemon, const char *watcher)
{
    pid_t pid = daemon_wait_started(daemon, watcher, WAIT_MS);
    daemon_do(daemon, "start", "resource_watcher", true);
    return pid;
}

#define BUSY "[watcher:busy]\ncmd = sh -c 'while :; do :; done'\n"
#define QUIET "[watcher:quiet]\ncmd = @CHILD@ run\n"
#define LARGE "[watcher:large]\ncmd = @CHILD@ hold 60\n"

/* ---- each limit ---- */

static void expect_restart(const char *section, const char *watcher, const char *options,
                           const char *limit)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(ph_freep) char *all = ph_format("watcher = %s\n%s", watcher, options);
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, section, all);
    pid_t first = begin(daemon, watcher);
    ph_cleanup(ph_freep) char *broken = ph_format(NAMES "%s.%s:1|c", watcher, limit);
    for (int i = 0; i < 3; i++) /* max_count, and the one that is too many */
        sink_wait(sink, broken, WAIT_MS);
    ph_cleanup(ph_freep) char *restarting = ph_format(NAMES "%s.restarting:1|c", watcher);
    sink_wait(sink, restarting, WAIT_MS);
    cr_expect_neq(daemon_wait_started(daemon, watcher, WAIT_MS), first);
    ph_cleanup(ph_freep) char *line =
        ph_format("restarts '%s': %s at 3 looks in a row", watcher, limit);
    daemon_wait_log(daemon, line, WAIT_MS);
}

Test(resource_watcher, too_much_processor_time_is_a_restart)
{
    expect_restart(BUSY, "busy", "max_cpu = 5\n", "over_cpu");
}

Test(resource_watcher, too_little_processor_time_is_a_restart)
{
    expect_restart(QUIET, "quiet", "min_cpu = 5\n", "under_cpu");
}

Test(resource_watcher, too_many_bytes_are_a_restart)
{
    expect_restart(LARGE, "large", "max_mem = 50M\n", "over_memory");
}

Test(resource_watcher, too_many_percent_of_the_memory_are_a_restart)
{
    expect_restart(LARGE, "large", "max_mem = 0.001\n", "over_memory");
}

Test(resource_watcher, too_few_bytes_are_a_restart)
{
    expect_restart(QUIET, "quiet", "min_mem = 50M\n", "under_memory");
}

Test(resource_watcher, too_few_percent_of_the_memory_are_a_restart)
{
    expect_restart(QUIET, "quiet", "min_mem = 50\n", "under_memory");
}

Test(resource_watcher, a_bad_mean_of_both_is_a_restart)
{
    expect_restart(BUSY, "busy", "health_threshold = 2.5\n", "over_health");
}

Test(resource_watcher, service_is_an_old_name_for_watcher)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, LARGE, "service = large\nmax_mem = 50M\n");
    pid_t first = begin(daemon, "large");
    cr_expect_neq(daemon_wait_started(daemon, "large", WAIT_MS), first);
}

/* It looks again and again, and finds nothing to do: the limits are above what is used. */
Test(resource_watcher, who_keeps_to_the_limits_is_left_alone)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, LARGE, "watcher = large\nmax_mem = 200M\nmin_mem = 50M\nmin_cpu = 100\n");
    daemon_wait_output(daemon, "holds 60 MiB", WAIT_MS);
    pid_t first = begin(daemon, "large");
    sink_wait(sink, NAMES "large.under_cpu:1|c", WAIT_MS);
    sink_wait(sink, NAMES "large.under_cpu:1|c", WAIT_MS);
    cr_expect_not(sink_has(sink, NAMES "large.over_memory"));
    cr_expect_not(sink_has(sink, NAMES "large.under_memory"));
    cr_expect_eq(daemon_status(daemon, "large").pid, first);
}

/* ---- children ---- */

/* The child writes its number, then does nothing but use time; the parent starts another when it is
 * gone. */
#define PARENT                                                                                     \
    "[watcher:parent]\nshell = yes\n"                                                              \
    "cmd = while :; do sh -c 'echo $$ >> @DIR@/children; while :; do :; done'; done\n"

Test(resource_watcher, a_child_that_uses_too_much_gets_the_signal_and_its_parent_stays)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(
        sink, PARENT, "watcher = parent\nmax_cpu = 5\nprocess_children = 1\nchild_signal = 9\n");
    pid_t parent = begin(daemon, "parent");
    sink_wait(sink, NAMES "parent.over_cpu:1|c", WAIT_MS);
    sink_wait(sink, NAMES "parent.restarting:1|c", WAIT_MS);
    sink_wait(sink, NAMES "parent.restarting:1|c", WAIT_MS); /* of the next child */
    daemon_wait_log(daemon, "sends signal 9 to child ", WAIT_MS);
    ph_cleanup(ph_freep) char *children = daemon_wait_file(daemon, "children", "\n", WAIT_MS);
    cr_expect_geq(text_count(children, "\n"), 2);
    cr_expect_eq(daemon_status(daemon, "parent").pid, parent);
}

/* ---- what goes wrong ---- */

Test(resource_watcher, a_watcher_that_comes_later_is_looked_at_then)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, "", "watcher = later\nmax_mem = 50M\n");
    daemon_do(daemon, "start", "resource_watcher", true);
    sink_wait(sink, NAMES "later.error:1|c", WAIT_MS);
    sink_wait(sink, NAMES "later.error:1|c", WAIT_MS);
    daemon_wait_log(daemon, "cannot tell what 'later' uses: ", WAIT_MS);
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "add", "--start", "later", TEST_CHILD, "hold", "60", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0, "%s", program_err(ctl));
    pid_t first = daemon_wait_started(daemon, "later", WAIT_MS);
    cr_expect_neq(daemon_wait_started(daemon, "later", WAIT_MS), first);
}

static void expect_refused(const char *options, const char *reason)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *text =
        ph_format("[plugin:resource_watcher]\nautostart = no\n%s", options);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    cr_assert_null(daemon_try(daemon, "start", "resource_watcher", true, &err));
    cr_expect(strstr(err.message, reason), "%s", err.message);
}

Test(resource_watcher, wrong_options_are_named)
{
    expect_refused("", "option 'watcher' is missing: the watcher to look at");
    expect_refused("watcher = a\nmax_mem = much\n",
                   "option 'max_mem': 'much' is neither a percentage nor a size such as 250M");
    expect_refused("watcher = a\nmin_mem = 5X\n",
                   "option 'min_mem': '5X' is neither a percentage nor a size such as 250M");
    expect_refused("watcher = a\nchild_signal = FOO\n",
                   "option 'child_signal': 'FOO' is no signal");
    expect_refused("watcher = a\nmax_cpu = x\n", "option 'max_cpu': 'x' is not a number");
}
