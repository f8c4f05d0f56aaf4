/* The full_stats plugin: what the processes of each watcher use, as gauges of a statsd server. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <sink.h>
#include <stdlib.h>

TestSuite(full_stats, .timeout = 60);

enum { WAIT_MS = 20000 };

#define NAMES "circus.app.watcher._stats."

static daemon_t *start(const sink_t *sink, const char *watchers)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[plugin:full_stats]\nhost = 127.0.0.1\nport = %u\nloop_rate = 0.1\n%s",
                  sink_port(sink), watchers);
    return daemon_start_with(text);
}

Test(full_stats, number_processor_time_and_memory_of_each_watcher_are_told)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, "[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 2\n"
                    "[watcher:busy]\ncmd = sh -c 'while :; do :; done'\n");
    sink_wait(sink, NAMES "web.watchers_num:2|g", WAIT_MS);
    cr_expect_geq(sink_wait_number(sink, NAMES "web.cpu_max:", WAIT_MS), 0);
    cr_expect_geq(sink_wait_number(sink, NAMES "web.cpu_sum:", WAIT_MS), 0);
    double most_percent = sink_wait_number(sink, NAMES "web.mem_pct_max:", WAIT_MS);
    double all_percent = sink_wait_number(sink, NAMES "web.mem_pct_sum:", WAIT_MS);
    cr_expect(most_percent > 0 && all_percent > most_percent, "%g %g", most_percent, all_percent);
    double most = sink_wait_number(sink, NAMES "web.mem_max:", WAIT_MS);
    double all = sink_wait_number(sink, NAMES "web.mem_sum:", WAIT_MS);
    cr_expect(most > 1000 && all > most && all <= 2 * most, "%g %g", most, all);
    while (sink_wait_number(sink, NAMES "busy.cpu_max:", WAIT_MS) < 10)
        continue;
    cr_expect_not(sink_has(sink, NAMES "plugin"));
}

Test(full_stats, of_a_watcher_without_processes_only_their_number_is_told)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, "[watcher:off]\ncmd = @CHILD@ run\nautostart = no\n");
    sink_wait(sink, NAMES "off.watchers_num:0|g", WAIT_MS);
    sink_wait(sink, NAMES "off.watchers_num:0|g", WAIT_MS);
    cr_expect_not(sink_has(sink, NAMES "off.cpu_max"));
}
