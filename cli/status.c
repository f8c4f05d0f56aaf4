#include "status.h"

#include "colour.h"
#include "output.h"
#include "units.h"

#include <alloc.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <string.h>
#include <unistd.h>

/* More pids than this would leave a terminal no room for the reason. */
enum { MAX_TERMINAL_PIDS = 4 };

/* ---- cells: each returns the text for one watcher, which the caller frees ---- */

static char *cell_name(const ph_value_t *watcher, bool is_terminal)
{
    (void)is_terminal;
    return ph_strdup(ph_value_string(ph_value_get(watcher, "name"), "?"));
}

static char *cell_status(const ph_value_t *watcher, bool is_terminal)
{
    (void)is_terminal;
    return ph_strdup(ph_value_string(ph_value_get(watcher, "status"), "?"));
}

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
    return text;
}

/* ---- table ---- */

static const struct column {
    const char *title;
    int flags;
    char *(*cell)(const ph_value_t *watcher, bool is_terminal);
} columns[] = {
    {.title = "NAME", .cell = cell_name},
    {.title = "STATUS", .cell = cell_status},
    {.title = "PROCESSES", .flags = SCOLS_FL_RIGHT, .cell = cell_processes},
    {.title = "PIDS", .cell = cell_pids},
    {.title = "UPTIME", .flags = SCOLS_FL_RIGHT, .cell = cell_uptime},
    {.title = "RESTARTS", .flags = SCOLS_FL_RIGHT, .cell = cell_restarts},
    {.title = "REASON", .flags = SCOLS_FL_WRAP, .cell = cell_reason},
};
enum { COLUMN_STATUS = 1, COLUMN_COUNT = sizeof columns / sizeof columns[0] };

static void table_release(struct libscols_table **table_p)
{
    scols_unref_table(*table_p);
    *table_p = NULL;
}

static struct libscols_table *table_new(bool is_terminal)
{
    struct libscols_table *table = scols_new_table();
    if (!table)
        return NULL;
    scols_table_enable_colors(table, colour_is_wanted(stdout));
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        int flags = is_terminal ? columns[i].flags : columns[i].flags & ~SCOLS_FL_WRAP;
        scols_table_new_column(table, columns[i].title, 0, flags);
    }
    return table;
}

static void table_add(struct libscols_table *table, const ph_value_t *watcher, bool is_terminal)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);
    for (size_t i = 0; line && i < COLUMN_COUNT; i++) {
        ph_cleanup(ph_freep) char *text = columns[i].cell(watcher, is_terminal);
        /* Programs that split at blanks count on every column. */
        scols_line_set_data(line, i, text[0] ? text : "-");
        if (i == COLUMN_STATUS)
            scols_cell_set_color(scols_line_get_cell(line, i), colour_of_status(text));
    }
}

void status_print(const ph_value_t *watchers)
{
    bool is_terminal = isatty(STDOUT_FILENO);
    if (ph_value_size(watchers) == 0) {
        output_note("there are no watchers");
        return;
    }

    ph_cleanup(table_release) struct libscols_table *table = table_new(is_terminal);
    for (size_t i = 0; table && i < ph_value_size(watchers); i++)
        table_add(table, ph_value_at(watchers, i), is_terminal);
    if (table)
        scols_print_table(table);
}
