#include "stats_view.h"

#include <stdio.h>

void stats_view_write_size(ph_writer_t *reply, const char *key, int64_t bytes)
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

void stats_view_write_cpu_time(ph_writer_t *reply, const char *key, double seconds)
{
    char text[48];
    int64_t hundredths = (int64_t)(seconds * 100);
    snprintf(text, sizeof text, "%lld:%02lld.%02lld", (long long)(hundredths / 6000),
             (long long)(hundredths / 100 % 60), (long long)(hundredths % 100));
    ph_writer_string(reply, key, text);
}

static void write_known(ph_writer_t *reply, const char *key, int64_t number)
{
    if (number >= 0)
        ph_writer_int(reply, key, number);
}

static void write_children(ph_writer_t *reply, const struct stats_view *view, process_t *process)
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

void stats_view_write_fields(ph_writer_t *reply, const struct process_stats *stats)
{
    ph_writer_int(reply, "pid", stats->pid);
    ph_writer_float(reply, "cpu", stats->cpu_percent);
    ph_writer_float(reply, "mem", stats->memory_percent);
    stats_view_write_size(reply, "mem_info1", stats->rss_bytes);
    stats_view_write_size(reply, "mem_info2", stats->vms_bytes);
    ph_writer_int(reply, "rss", stats->rss_bytes);
    ph_writer_int(reply, "vms", stats->vms_bytes);
    write_known(reply, "pss", stats->pss_bytes);
    ph_writer_int(reply, "threads", stats->threads);
    write_known(reply, "fds", stats->descriptors);
    write_known(reply, "read_bytes", stats->read_bytes);
    write_known(reply, "write_bytes", stats->write_bytes);
    stats_view_write_cpu_time(reply, "ctime", stats->cpu_seconds);
    ph_writer_string(reply, "username", stats->username);
    ph_writer_int(reply, "nice", stats->nice);
    ph_writer_float(reply, "create_time", stats->created_at);
    ph_writer_float(reply, "age", stats->age_seconds);
    ph_writer_string(reply, "cmdline", stats->cmdline);
}

void stats_view_write(const struct stats_view *view, ph_writer_t *reply, const char *key,
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
    stats_view_write_fields(reply, &stats);
    write_children(reply, view, process);
    ph_writer_end(reply);
}
