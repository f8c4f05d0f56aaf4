/* The command that tells how everything is. */
#include "command.h"

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

static void write_process(ph_writer_t *reply, const process_t *process, size_t index)
{
    struct process_report report;
    process_get_report(process, &report);
    ph_writer_map(reply, NULL);
    ph_writer_int(reply, "wid", (int64_t)index + 1);
    ph_writer_string(reply, "state", process_state_name(report.state));
    if (report.pid > 0) {
        ph_writer_int(reply, "pid", report.pid);
        ph_writer_float(reply, "uptime", seconds(report.uptime_ms));
    }
    ph_writer_int(reply, "attempt", report.attempt);
    if (report.retry_ms >= 0)
        ph_writer_float(reply, "retry_in", seconds(report.retry_ms));
    if (report.cause)
        ph_writer_string(reply, "cause", report.cause);
    ph_writer_end(reply);
}

struct totals {
    int64_t running;
    int64_t restarts;
};

static struct totals count_processes(const watcher_t *watcher)
{
    struct totals totals = {0};
    for (size_t i = 0; i < watcher_process_count(watcher); i++) {
        struct process_report report;
        process_get_report(watcher_process(watcher, i), &report);
        totals.running += report.state == PROCESS_RUNNING;
        totals.restarts += report.restarts;
    }
    return totals;
}

static void write_watcher(ph_writer_t *reply, const watcher_t *watcher)
{
    struct totals totals = count_processes(watcher);
    const char *reason = watcher_reason(watcher);
    ph_writer_map(reply, NULL);
    ph_writer_string(reply, "name", watcher_name(watcher));
    ph_writer_string(reply, "status", watcher_status(watcher));
    ph_writer_int(reply, "numprocesses", (int64_t)watcher_process_count(watcher));
    ph_writer_int(reply, "running", totals.running);
    ph_writer_int(reply, "restarts", totals.restarts);
    if (reason)
        ph_writer_string(reply, "reason", reason);
    ph_writer_array(reply, "processes");
    for (size_t i = 0; i < watcher_process_count(watcher); i++)
        write_process(reply, watcher_process(watcher, i), i);
    ph_writer_end(reply);
    ph_writer_end(reply);
}

int command_status(struct command_call *call, struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection selection;
    if (selection_read(&selection, call, err) < 0)
        return -1;

    ph_writer_map(call->reply, "statuses");
    for (size_t i = 0; i < selection.count; i++)
        ph_writer_string(call->reply, watcher_name(selection.watchers[i]),
                         watcher_status(selection.watchers[i]));
    ph_writer_end(call->reply);
    ph_writer_array(call->reply, "watchers");
    for (size_t i = 0; i < selection.count; i++)
        write_watcher(call->reply, selection.watchers[i]);
    ph_writer_end(call->reply);
    return 0;
}
