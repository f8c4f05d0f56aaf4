#include "status.h"

#include "colour.h"
#include "output.h"
#include "table.h"
#include "units.h"

#include <alloc.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <string.h>

/* More pids than this would leave a terminal no room for the reason. */
enum { MAX_TERMINAL_PIDS = 4 };

/* ---- cells: each returns the text for one watcher, which the caller frees ---- */

static char *cell_processes(const ph_value_t *watcher, bool is_terminal)
{
    (void)is_terminal;
    return ph_format("%" PRId64 "/%" PRId64, ph_value_int(ph_value_get(watcher, "running"), 0),
                     ph_value_int(ph_value_get(watcher, "numprocesses"), 0));
}

static char *cell_pids(const ph_value_t *watcher, bool is_terminal)
{
    const ph_value_t *processes = ph_value_get(watcher, "processes");
    char *pids = ph_strdup("");
    size_t count = 0;
    for (size_t i = 0; i < ph_value_size(processes); i++) {
        const ph_value_t *pid = ph_value_get(ph_value_at(processes, i), "pid");
        if (!pid || (is_terminal && count++ >= MAX_TERMINAL_PIDS))
            continue;
        ph_cleanup(ph_freep) char *before = pids;
        pids = ph_format("%s%s%" PRId64, before, before[0] ? "," : "", ph_value_int(pid, 0));
    }
    if (count <= MAX_TERMINAL_PIDS)
        return pids;

    ph_cleanup(ph_freep) char *shown = pids;
    return ph_format("%s,+%zu", shown, count - MAX_TERMINAL_PIDS);
}

/* Returns the smallest number that some process has under `key`, or -1. */
static double least(const ph_value_t *watcher, const char *key)
{
    const ph_value_t *processes = ph_value_get(watcher, "processes");
    double smallest = -1;
    for (size_t i = 0; i < ph_value_size(processes); i++) {
        double number = ph_value_float(ph_value_get(ph_value_at(processes, i), key), -1);
        if (number >= 0 && (smallest < 0 || number < smallest))
            smallest = number;
    }
    return smallest;
}

/* Of the youngest process: a watcher whose processes come and go shall not look steady. */
static char *cell_uptime(const ph_value_t *watcher, bool is_terminal)
{
    (void)is_terminal;
    double uptime = least(watcher, "uptime");
    return uptime < 0 ? ph_strdup("") : units_duration(uptime);
}

static char *cell_restarts(const ph_value_t *watcher, bool is_terminal)
{
    (void)is_terminal;
    return ph_format("%" PRId64, ph_value_int(ph_value_get(watcher, "restarts"), 0));
}

/* Appends a part to a text with "; " between the two. */
static void append(char **text_p, const char *part)
{
    ph_cleanup(ph_freep) char *before = *text_p;
    *text_p = ph_format("%s%s%s", before, before[0] && part[0] ? "; " : "", part);
}

/* What the processes say of themselves; when several say the same, once. */
static void append_texts(char **text_p, const ph_value_t *watcher)
{
    const ph_value_t *processes = ph_value_get(watcher, "processes");
    const char *last = "";
    for (size_t i = 0; i < ph_value_size(processes); i++) {
        const char *text = ph_value_string(ph_value_get(ph_value_at(processes, i), "text"), "");
        if (strcmp(text, last) != 0)
            append(text_p, text);
        last = text;
    }
}

/* Returns how many events the processes did not get that they should have. */
static int64_t count_missed(const ph_value_t *watcher)
{
    const ph_value_t *processes = ph_value_get(watcher, "processes");
    int64_t missed = 0;
    for (size_t i = 0; i < ph_value_size(processes); i++)
        missed += ph_value_int(ph_value_get(ph_value_at(processes, i), "missed"), 0);
    return missed;
}

static char *cell_reason(const ph_value_t *watcher, bool is_terminal)
{
    (void)is_terminal;
    char *text = ph_strdup(ph_value_string(ph_value_get(watcher, "reason"), ""));
    double retry_in = least(watcher, "retry_in");
    if (retry_in >= 0) {
        ph_cleanup(ph_freep) char *delay = units_duration(retry_in);
        ph_cleanup(ph_freep) char *again = ph_format("again in %s", delay);
        append(&text, again);
    }
    append_texts(&text, watcher);
    int64_t missed = count_missed(watcher);
    if (missed > 0) {
        ph_cleanup(ph_freep) char *loss =
            ph_format("%" PRId64 " event%s missed", missed, missed == 1 ? "" : "s");
        append(&text, loss);
    }
    return text;
}

/* ---- table ---- */

static const struct table_column columns[] = {
    {.title = "NAME", .key = "name"},
    {.title = "STATUS", .key = "status", .colour = colour_of_status},
    {.title = "PROCESSES", .flags = SCOLS_FL_RIGHT, .cell = cell_processes},
    {.title = "PIDS", .cell = cell_pids},
    {.title = "UPTIME", .flags = SCOLS_FL_RIGHT, .cell = cell_uptime},
    {.title = "RESTARTS", .flags = SCOLS_FL_RIGHT, .cell = cell_restarts},
    {.title = "REASON", .flags = SCOLS_FL_WRAP, .cell = cell_reason},
};

void status_print(const ph_value_t *watchers)
{
    if (ph_value_size(watchers) == 0)
        output_note("there are no watchers");
    else
        table_print(columns, sizeof columns / sizeof columns[0], watchers);
}
