/* The command that tells what processes use. */
#include "../process/stats.h"
#include "command.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>

/* What one request looks at. */
struct view {
    proctable_t *table; /* for descendants */
    bool is_extended;
};

/* "8.93M", as Circus has it. */
static void write_size(ph_writer_t *reply, const char *key, int64_t bytes)
{
    static const char units[] = "BKMGTP";
    double number = (double)bytes;
    size_t unit = 0;
    for (; number >= 1024 && unit + 2 < sizeof units; unit++)
        number /= 1024;
    char text[32];
    snprintf(text, sizeof text, unit == 0 ? "%.0f%c" : "%.2f%c", number, units[unit]);
    ph_writer_string(reply, key, text);
}

/* "m:ss.cc" */
static void write_cpu_time(ph_writer_t *reply, double seconds)
{
    char text[48];
    int64_t hundredths = (int64_t)(seconds * 100);
    snprintf(text, sizeof text, "%lld:%02lld.%02lld", (long long)(hundredths / 6000),
             (long long)(hundredths / 100 % 60), (long long)(hundredths % 100));
    ph_writer_string(reply, "ctime", text);
}

static void write_known(ph_writer_t *reply, const char *key, int64_t number)
{
    if (number >= 0)
        ph_writer_int(reply, key, number);
}

static void write_children(ph_writer_t *reply, const struct view *view, process_t *process)
{
    struct tree_stats sum;
    if (stats_read_tree(view->table, process_pid(process), process_children_sample(process), &sum,
                        NULL) < 0)
        return;
    ph_writer_map(reply, "children");
    ph_writer_int(reply, "count", (int64_t)sum.count);
    ph_writer_float(reply, "cpu", sum.cpu_percent);
    ph_writer_float(reply, "mem", sum.memory_percent);
    ph_writer_int(reply, "rss", sum.rss_bytes);
    ph_writer_int(reply, "threads", sum.threads);
    ph_writer_end(reply);
}

static void write_fields(ph_writer_t *reply, const struct process_stats *stats)
{
    ph_writer_int(reply, "pid", stats->pid);
    ph_writer_float(reply, "cpu", stats->cpu_percent);
    ph_writer_float(reply, "mem", stats->memory_percent);
    write_size(reply, "mem_info1", stats->rss_bytes);
    write_size(reply, "mem_info2", stats->vms_bytes);
    ph_writer_int(reply, "rss", stats->rss_bytes);
    ph_writer_int(reply, "vms", stats->vms_bytes);
    write_known(reply, "pss", stats->pss_bytes);
    ph_writer_int(reply, "threads", stats->threads);
    write_known(reply, "fds", stats->descriptors);
    write_known(reply, "read_bytes", stats->read_bytes);
    write_known(reply, "write_bytes", stats->write_bytes);
    write_cpu_time(reply, stats->cpu_seconds);
    ph_writer_string(reply, "username", stats->username);
    ph_writer_int(reply, "nice", stats->nice);
    ph_writer_float(reply, "create_time", stats->created_at);
    ph_writer_float(reply, "age", stats->age_seconds);
    ph_writer_string(reply, "cmdline", stats->cmdline);
}

/* Writes a map under `key`; a process that is gone meanwhile gives a sentence instead, as in
 * Circus. */
static void write_process(ph_writer_t *reply, const char *key, const struct view *view,
                          process_t *process)
{
    struct process_stats stats;
    if (stats_read(process_pid(process), view->is_extended, process_sample(process), &stats, NULL) <
        0) {
        ph_writer_string(reply, key, "No such process (stopped?)");
        return;
    }
    ph_writer_map(reply, key);
    ph_writer_int(reply, "wid", process_wid(process));
    write_fields(reply, &stats);
    write_children(reply, view, process);
    ph_writer_end(reply);
}

static void write_watcher(ph_writer_t *reply, const char *key, const struct view *view,
                          const watcher_t *watcher)
{
    ph_writer_map(reply, key);
    for (process_t *process = watcher_next_process(watcher, NULL); process;
         process = watcher_next_process(watcher, process)) {
        if (process_pid(process) == 0)
            continue;
        ph_cleanup(ph_freep) char *pid = ph_format("%d", (int)process_pid(process));
        write_process(reply, pid, view, process);
    }
    ph_writer_end(reply);
}

static int write_one(const struct command_call *call, const struct view *view, pid_t pid,
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
    write_process(call->reply, "info", view, process);
    return 0;
}

static void write_all(const struct command_call *call, const struct view *view)
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
    struct view view = {.table = proctable_new(err),
                        .is_extended = ph_value_bool(ph_value_get(properties, "extended"), false)};
    if (!view.table)
        return -1;
    int outcome = 0;
    if (has_name)
        outcome = write_one(call, &view, (pid_t)pid, err);
    else
        write_all(call, &view);
    proctable_destroy(&view.table);
    return outcome;
}
