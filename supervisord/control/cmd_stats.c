/* The command that tells what processes use. */
#include "../process/stats_view.h"
#include "command.h"

#include <alloc.h>

static void write_watcher(ph_writer_t *reply, const char *key, const struct stats_view *view,
                          const watcher_t *watcher)
{
    ph_writer_map(reply, key);
    for (process_t *process = watcher_next_process(watcher, NULL); process;
         process = watcher_next_process(watcher, process)) {
        if (process_pid(process) == 0)
            continue;
        ph_cleanup(ph_freep) char *pid = ph_format("%d", (int)process_pid(process));
        stats_view_write(view, reply, pid, process);
    }
    ph_writer_end(reply);
}

static int write_one(const struct command_call *call, const struct stats_view *view, pid_t pid,
                     struct ph_error *err)
{
    const watcher_t *watcher = command_watcher(call, err);
    if (!watcher)
        return -1;
    if (pid == 0) {
        ph_writer_string(call->reply, "name", watcher_name(watcher));
        write_watcher(call->reply, "info", view, watcher);
        return 0;
    }
    process_t *process = watcher_find_process(watcher, pid);
    if (!process)
        return ph_error_set(err, PH_NOT_FOUND, "process %d not found in '%s'", (int)pid,
                            watcher_name(watcher));
    ph_writer_int(call->reply, "process", pid);
    stats_view_write(view, call->reply, "info", process);
    return 0;
}

static void write_all(const struct command_call *call, const struct stats_view *view)
{
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    ph_writer_map(call->reply, "infos");
    for (size_t i = 0; i < watchers_count(watchers); i++)
        write_watcher(call->reply, watcher_name(watchers_at(watchers, i)), view,
                      watchers_at(watchers, i));
    ph_writer_end(call->reply);
}

int command_stats(struct command_call *call, struct ph_error *err)
{
    const ph_value_t *properties = call->properties;
    bool has_name = ph_value_type(ph_value_get(properties, "name")) != PH_NIL;
    int64_t pid = ph_value_int(ph_value_get(properties, "process"), 0);
    if (pid != 0 && !has_name)
        return ph_error_set(err, PH_INVALID, "process needs name, the watcher whose process it is");
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(err);
    if (!table)
        return -1;
    struct stats_view view = {
        .table = table, .is_extended = ph_value_bool(ph_value_get(properties, "extended"), false)};
    if (has_name)
        return write_one(call, &view, (pid_t)pid, err);
    write_all(call, &view);
    return 0;
}

int command_dstats(struct command_call *call, struct ph_error *err)
{
    struct process_stats stats;
    pid_t pid = supervisor_pid(call->supervisor);
    if (stats_read(pid, false, supervisor_sample(call->supervisor), &stats, err) < 0)
        return -1;
    ph_writer_int(call->reply, "process", pid);
    ph_writer_map(call->reply, "info");
    stats_view_write_fields(call->reply, &stats);
    ph_writer_end(call->reply);
    return 0;
}
