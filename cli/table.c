#include "table.h"

#include "colour.h"

#include <alloc.h>
#include <libsmartcols.h>
#include <unistd.h>

static void scols_release(struct libscols_table **table_p)
{
    scols_unref_table(*table_p);
    *table_p = NULL;
}

static void add_columns(struct libscols_table *scols, const struct table_column *columns,
                        size_t count, bool is_terminal)
{
    enum { TERMINAL_FLAGS = SCOLS_FL_WRAP | SCOLS_FL_TRUNC };
    for (size_t i = 0; i < count; i++)
        scols_table_new_column(scols, columns[i].title, 0,
                               is_terminal ? columns[i].flags : columns[i].flags & ~TERMINAL_FLAGS);
}

static char *make_text(const struct table_column *column, const ph_value_t *entry, bool is_terminal)
{
    if (column->key)
        return ph_strdup(ph_value_string(ph_value_get(entry, column->key), ""));
    return column->cell(entry, is_terminal);
}

static void add_row(struct libscols_table *scols, const struct table_column *columns, size_t count,
                    const ph_value_t *entry, bool is_terminal)
{
    struct libscols_line *line = scols_table_new_line(scols, NULL);
    for (size_t i = 0; line && i < count; i++) {
        ph_cleanup(ph_freep) char *text = make_text(&columns[i], entry, is_terminal);
        /* Programs that split at blanks count on every column. */
        scols_line_set_data(line, i, text[0] ? text : "-");
        if (columns[i].colour)
            scols_cell_set_color(scols_line_get_cell(line, i), columns[i].colour(text));
    }
}

void table_print(const struct table_column *columns, size_t count, const ph_value_t *entries)
{
    bool is_terminal = isatty(STDOUT_FILENO);
    ph_cleanup(scols_release) struct libscols_table *scols = scols_new_table();
    if (!scols)
        return;
    scols_table_enable_colors(scols, colour_is_wanted(stdout));
    add_columns(scols, columns, count, is_terminal);
    for (size_t i = 0; i < ph_value_size(entries); i++)
        add_row(scols, columns, count, ph_value_at(entries, i), is_terminal);
    scols_print_table(scols);
}
