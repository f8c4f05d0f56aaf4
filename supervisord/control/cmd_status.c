/* The command that tells how everything is. */
#include "command.h"

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

static void write_process(ph_writer_t *reply, const process_t *process)
{
    struct process_report report;
    process_get_report(process, &report);
    ph_writer_map(reply, NULL);
    ph_writer_int(reply, "wid", report.wid);
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
    if (report.text)
        ph_writer_string(reply, "text", report.text);
    if (report.silence_ms >= 0)
        ph_writer_float(reply, "heartbeat_age", seconds(report.silence_ms));
    const session_t *session = process_session(process);
    if (session && session_methods(session)) {
        ph_writer_int(reply, "missed", session_missed(session));
        ph_writer_int(reply, "pending", (int64_t)session_pending(session));
    }
    ph_writer_end(reply);
}

static int64_t count_restarts(const watcher_t *watcher)
{
    int64_t restarts = 0;
    for (process_t *process = watcher_next_process(watcher, NULL); process;
         process = watcher_next_process(watcher, process)) {
        struct process_report report;
        process_get_report(process, &report);
        restarts += report.restarts;
    }
    return restarts;
}

/* What status and why have in common; the map stays open. */
static void begin_watcher(ph_writer_t *reply, const watcher_t *watcher)
{
    const char *reason = watcher_reason(watcher);
    ph_writer_map(reply, NULL);
    ph_writer_string(reply, "name", watcher_name(watcher));
    ph_writer_string(reply, "status", watcher_status(watcher));
    ph_writer_int(reply, "numprocesses", (int64_t)watcher_numprocesses(watcher));
    ph_writer_int(reply, "running", (int64_t)watcher_running(watcher));
    ph_writer_int(reply, "restarts", count_restarts(watcher));
    if (reason)
        ph_writer_string(reply, "reason", reason);
    ph_writer_array(reply, "processes");
    for (process_t *process = watcher_next_process(watcher, NULL); process;
         process = watcher_next_process(watcher, process))
        write_process(reply, process);
    ph_writer_end(reply);
}

int command_status(struct command_call *call, struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection selection;
    if (selection_read(&selection, call, err) < 0)
        return -1;

    bool is_epoch_told = request_client(call->request)[0] != '\0';
    if (!is_epoch_told)
        ph_writer_string(call->reply, "epoch", supervisor_epoch(call->supervisor));
    ph_writer_int(call->reply, "seq", bus_seq(supervisor_host(call->supervisor)->bus));
    ph_writer_map(call->reply, "statuses");
    for (size_t i = 0; i < selection.count; i++)
        ph_writer_string(call->reply, watcher_name(selection.watchers[i]),
                         watcher_status(selection.watchers[i]));
    ph_writer_end(call->reply);
    ph_writer_array(call->reply, "watchers");
    for (size_t i = 0; i < selection.count; i++) {
        begin_watcher(call->reply, selection.watchers[i]);
        ph_writer_end(call->reply);
    }
    ph_writer_end(call->reply);
    return 0;
}

static void write_death(ph_writer_t *reply, const struct death *death)
{
    ph_writer_map(reply, NULL);
    ph_writer_float(reply, "time", death->time);
    ph_writer_int(reply, "wid", death->wid);
    if (death->pid > 0)
        ph_writer_int(reply, "pid", death->pid);
    ph_writer_string(reply, "cause", death->cause);
    ph_writer_int(reply, "exit_code", death->exit_code);
    ph_writer_int(reply, "attempt", death->attempt);
    if (death->uptime_ms >= 0)
        ph_writer_float(reply, "uptime", seconds(death->uptime_ms));
    ph_writer_float(reply, "user_time", seconds(death->user_ms));
    ph_writer_float(reply, "system_time", seconds(death->system_ms));
    ph_writer_int(reply, "max_rss", death->max_rss_bytes);
    if (death->output)
        ph_writer_string(reply, "output", death->output);
    ph_writer_end(reply);
}

int command_why(struct command_call *call, struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection selection;
    if (selection_read(&selection, call, err) < 0)
        return -1;

    ph_writer_array(call->reply, "watchers");
    for (size_t i = 0; i < selection.count; i++) {
        const struct death *death;
        begin_watcher(call->reply, selection.watchers[i]);
        ph_writer_array(call->reply, "deaths");
        for (size_t k = 0; (death = watcher_death(selection.watchers[i], k)); k++)
            write_death(call->reply, death);
        ph_writer_end(call->reply);
        ph_writer_end(call->reply);
    }
    ph_writer_end(call->reply);
    return 0;
}
