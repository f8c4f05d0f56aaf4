/* Circus's stats and dstats: the same figures as ours, in its form. */
#include "../process/stats_view.h"
#include "command.h"
#include "properties.h"

#include <alloc.h>
#include <limits.h>
#include <string.h>

/* The name of the program, without its folder and arguments. */
static void write_program(ph_writer_t *reply, const char *cmdline)
{
    size_t size = strcspn(cmdline, " ");
    const char *slash = memrchr(cmdline, '/', size);
    const char *name = slash ? slash + 1 : cmdline;
    ph_writer_text(reply, "cmdline", name, size - (size_t)(name - cmdline));
}

static void write_fields(ph_writer_t *reply, const struct process_stats *stats)
{
    stats_view_write_size(reply, "mem_info1", stats->rss_bytes);
    stats_view_write_size(reply, "mem_info2", stats->vms_bytes);
    ph_writer_float(reply, "cpu", stats->cpu_percent);
    ph_writer_float(reply, "mem", stats->memory_percent);
    stats_view_write_cpu_time(reply, "ctime", stats->cpu_seconds);
    ph_writer_int(reply, "pid", stats->pid);
    ph_writer_string(reply, "username", stats->username);
    ph_writer_int(reply, "nice", stats->nice);
    ph_writer_float(reply, "create_time", stats->created_at);
    ph_writer_float(reply, "age", stats->age_seconds);
    write_program(reply, stats->cmdline);
}

static void write_children(ph_writer_t *reply, const proctable_t *table, pid_t pid)
{
    size_t count = 0;
    const struct proc_stat *const *children = proctable_children(table, pid, &count);
    ph_writer_array(reply, "children");
    for (size_t i = 0; i < count; i++) {
        struct process_stats stats;
        if (stats_read(children[i]->pid, false, NULL, &stats, NULL) < 0)
            continue; /* it is gone meanwhile */
        ph_writer_map(reply, NULL);
        write_fields(reply, &stats);
        ph_writer_array(reply, "children");
        ph_writer_end(reply);
        ph_writer_end(reply);
    }
    ph_writer_end(reply);
}

static void write_process(ph_writer_t *reply, const char *key, const proctable_t *table,
                          process_t *process)
{
    struct process_stats stats;
    if (stats_read(process_pid(process), false, process_sample(process), &stats, NULL) < 0) {
        ph_writer_string(reply, key, "No such process (stopped?)");
        return;
    }
    ph_writer_map(reply, key);
    write_fields(reply, &stats);
    write_children(reply, table, stats.pid);
    ph_writer_float(reply, "started", stats.created_at);
    ph_writer_int(reply, "wid", process_wid(process));
    ph_writer_end(reply);
}

/* Pids are keys, and so text. */
static void write_watcher(ph_writer_t *reply, const char *key, const proctable_t *table,
                          const watcher_t *watcher)
{
    process_t *process = NULL;
    ph_writer_map(reply, key);
    while ((process = watcher_next_process(watcher, process))) {
        ph_cleanup(ph_freep) char *pid = ph_format("%d", (int)process_pid(process));
        if (process_pid(process) > 0)
            write_process(reply, pid, table, process);
    }
    ph_writer_end(reply);
}

static int write_one(struct circus_call *call, const proctable_t *table, struct ph_error *err)
{
    int64_t pid = 0;
    const ph_value_t *process_id = ph_value_get(call->properties, "process");
    const ph_value_t *name = ph_value_get(call->properties, "name");
    if (ph_value_type(process_id) == PH_NIL) {
        ph_writer_value(call->reply, "name", name);
        write_watcher(call->reply, "info", table, call->watcher);
        return 0;
    }
    circus_int(process_id, &pid);
    process_t *process =
        pid > 0 && pid <= INT_MAX ? watcher_find_process(call->watcher, (pid_t)pid) : NULL;
    if (!process)
        return ph_error_set(err, PH_NOT_FOUND, "process %lld not found in '%.100s'", (long long)pid,
                            ph_value_string(name, ""));
    ph_writer_value(call->reply, "process", process_id);
    write_process(call->reply, "info", table, process);
    return 0;
}

int circus_prepare_stats(struct circus_call *call, struct ph_error *err)
{
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(err);
    if (!table)
        return -1;
    if (call->watcher)
        return write_one(call, table, err) < 0 ? -1 : CIRCUS_ANSWERED;
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    ph_writer_map(call->reply, "infos");
    for (size_t i = 0; i < watchers_count(watchers); i++)
        write_watcher(call->reply, watcher_name(watchers_at(watchers, i)), table,
                      watchers_at(watchers, i));
    ph_writer_end(call->reply);
    return CIRCUS_ANSWERED;
}

int circus_prepare_dstats(struct circus_call *call, struct ph_error *err)
{
    struct process_stats stats;
    pid_t pid = supervisor_pid(call->supervisor);
    if (stats_read(pid, false, supervisor_sample(call->supervisor), &stats, err) < 0)
        return -1;
    ph_writer_map(call->reply, "info");
    write_fields(call->reply, &stats);
    ph_writer_array(call->reply, "children");
    ph_writer_end(call->reply);
    ph_writer_end(call->reply);
    return CIRCUS_ANSWERED;
}
