#include "stats.h"

#include "output.h"
#include "units.h"

#include <alloc.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <string.h>
#include <unistd.h>

/* What a row is made of. */
struct row {
    const char *watcher;
    const char *pid;
    const ph_value_t *info; /* a map, or a text: why there is none */
    bool is_terminal;
};

/* ---- cells: each returns a text, which the caller frees; "" where nothing is known ---- */

static char *cell_watcher(const struct row *row, const char *key)
{
    (void)key;
    return ph_strdup(row->watcher);
}

static char *cell_pid(const struct row *row, const char *key)
{
    (void)key;
    return ph_strdup(row->pid);
}

static char *cell_integer(const struct row *row, const char *key)
{
    const ph_value_t *value = ph_value_get(row->info, key);
    return value ? ph_format("%" PRId64, ph_value_int(value, 0)) : ph_strdup("");
}

static char *cell_percent(const struct row *row, const char *key)
{
    const ph_value_t *value = ph_value_get(row->info, key);
    return value ? ph_format("%.1f", ph_value_float(value, 0)) : ph_strdup("");
}

static char *cell_size(const struct row *row, const char *key)
{
    const ph_value_t *value = ph_value_get(row->info, key);
    return value && row->is_terminal ? units_size(ph_value_int(value, 0)) : cell_integer(row, key);
}

static char *cell_age(const struct row *row, const char *key)
{
    const ph_value_t *value = ph_value_get(row->info, key);
    double seconds = ph_value_float(value, 0);
    if (!value)
        return ph_strdup("");
    return row->is_terminal ? units_duration(seconds) : ph_format("%.0f", seconds);
}

static char *cell_text(const struct row *row, const char *key)
{
    return ph_strdup(ph_value_string(ph_value_get(row->info, key), ""));
}

static char *cell_command(const struct row *row, const char *key)
{
    const ph_value_t *count = ph_value_get(row->info, "count");
    if (ph_value_type(row->info) == PH_STRING)
        return ph_strdup(ph_value_string(row->info, ""));
    return count ? ph_format("%" PRId64 " below it", ph_value_int(count, 0)) : cell_text(row, key);
}

/* ---- table ---- */

static const struct column {
    const char *title;
    const char *key; /* of the field of a process */
    bool is_extended;
    int flags;
    char *(*cell)(const struct row *row, const char *key);
} columns[] = {
    {.title = "WATCHER", .cell = cell_watcher},
    {.title = "PID", .flags = SCOLS_FL_RIGHT, .cell = cell_pid},
    {.title = "WID", .key = "wid", .flags = SCOLS_FL_RIGHT, .cell = cell_integer},
    {.title = "USER", .key = "username", .is_extended = true, .cell = cell_text},
    {.title = "NICE",
     .key = "nice",
     .is_extended = true,
     .flags = SCOLS_FL_RIGHT,
     .cell = cell_integer},
    {.title = "CPU%", .key = "cpu", .flags = SCOLS_FL_RIGHT, .cell = cell_percent},
    {.title = "MEM%", .key = "mem", .flags = SCOLS_FL_RIGHT, .cell = cell_percent},
    {.title = "RSS", .key = "rss", .flags = SCOLS_FL_RIGHT, .cell = cell_size},
    {.title = "PSS", .key = "pss", .is_extended = true, .flags = SCOLS_FL_RIGHT, .cell = cell_size},
    {.title = "VMS", .key = "vms", .is_extended = true, .flags = SCOLS_FL_RIGHT, .cell = cell_size},
    {.title = "READ",
     .key = "read_bytes",
     .is_extended = true,
     .flags = SCOLS_FL_RIGHT,
     .cell = cell_size},
    {.title = "WRITTEN",
     .key = "write_bytes",
     .is_extended = true,
     .flags = SCOLS_FL_RIGHT,
     .cell = cell_size},
    {.title = "THREADS", .key = "threads", .flags = SCOLS_FL_RIGHT, .cell = cell_integer},
    {.title = "FDS", .key = "fds", .flags = SCOLS_FL_RIGHT, .cell = cell_integer},
    {.title = "AGE", .key = "age", .flags = SCOLS_FL_RIGHT, .cell = cell_age},
    {.title = "CTIME", .key = "ctime", .flags = SCOLS_FL_RIGHT, .cell = cell_text},
    {.title = "COMMAND", .key = "cmdline", .flags = SCOLS_FL_TRUNC, .cell = cell_command},
};
enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

struct table {
    struct libscols_table *scols;
    bool is_terminal;
    bool is_extended;
};

static void table_release(struct table *self)
{
    scols_unref_table(self->scols);
}

static int table_init(struct table *self, bool is_extended)
{
    *self = (struct table){
        .scols = scols_new_table(),
        .is_terminal = isatty(STDOUT_FILENO),
        .is_extended = is_extended,
    };
    for (size_t i = 0; self->scols && i < COLUMN_COUNT; i++)
        if (is_extended || !columns[i].is_extended)
            scols_table_new_column(self->scols, columns[i].title, 0,
                                   self->is_terminal ? columns[i].flags
                                                     : columns[i].flags & ~SCOLS_FL_TRUNC);
    return self->scols ? 0 : -1;
}

static void table_add(struct table *self, const struct row *row)
{
    struct libscols_line *line = scols_table_new_line(self->scols, NULL);
    size_t at = 0;
    for (size_t i = 0; line && i < COLUMN_COUNT; i++) {
        if (columns[i].is_extended && !self->is_extended)
            continue;
        ph_cleanup(ph_freep) char *text = columns[i].cell(row, columns[i].key);
        /* Programs that split at blanks count on every column. */
        scols_line_set_data(line, at++, text[0] ? text : "-");
    }
}

static void table_add_process(struct table *self, const char *watcher, const char *pid,
                              const ph_value_t *info)
{
    struct row row = {watcher, pid, info, self->is_terminal};
    table_add(self, &row);
    const ph_value_t *children = ph_value_get(info, "children");
    if (ph_value_int(ph_value_get(children, "count"), 0) == 0)
        return;
    row = (struct row){watcher, "", children, self->is_terminal};
    table_add(self, &row);
}

static void table_add_watcher(struct table *self, const char *name, const ph_value_t *infos)
{
    for (size_t i = 0; i < ph_value_size(infos); i++) {
        const ph_value_t *pid = NULL;
        const ph_value_t *info = ph_value_entry(infos, i, &pid);
        table_add_process(self, name, ph_value_string(pid, "?"), info);
    }
}

static void table_add_all(struct table *self, const ph_value_t *reply, const char *name)
{
    const ph_value_t *infos = ph_value_get(reply, "infos");
    const ph_value_t *info = ph_value_get(reply, "info");
    const ph_value_t *process = ph_value_get(reply, "process");
    ph_cleanup(ph_freep) char *pid = ph_format("%" PRId64, ph_value_int(process, 0));
    if (process)
        table_add_process(self, name, pid, info);
    else if (info)
        table_add_watcher(self, ph_value_string(ph_value_get(reply, "name"), name), info);
    for (size_t i = 0; i < ph_value_size(infos); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *processes = ph_value_entry(infos, i, &key);
        table_add_watcher(self, ph_value_string(key, "?"), processes);
    }
}

void stats_print(const ph_value_t *reply, const char *name, bool is_extended)
{
    ph_cleanup(table_release) struct table table;
    if (table_init(&table, is_extended) < 0)
        return;
    table_add_all(&table, reply, name);
    if (scols_table_get_nlines(table.scols) == 0)
        output_note("there are no processes");
    else
        scols_print_table(table.scols);
}
