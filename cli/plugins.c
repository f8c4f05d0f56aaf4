#include "plugins.h"

#include "output.h"
#include "table.h"

#include <alloc.h>
#include <ctype.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_COLUMNS = sizeof "subscriptions: " - 1 };

static const char *text_of(const ph_value_t *map, const char *key, const char *fallback)
{
    return ph_value_string(ph_value_get(map, key), fallback);
}

/* Appends a part to a text, with `separator` between the two. */
static void append(char **text_p, const char *separator, const char *part)
{
    ph_cleanup(ph_freep) char *before = *text_p;
    *text_p = ph_format("%s%s%s", before, before[0] ? separator : "", part);
}

/* Returns a list of texts as one, which the caller frees. */
static char *join(const ph_value_t *texts, const char *separator)
{
    char *text = ph_strdup("");
    for (size_t i = 0; i < ph_value_size(texts); i++) {
        const char *part = ph_value_string(ph_value_at(texts, i), "?");
        append(&text, separator, part[0] ? part : "\"\"");
    }
    return text;
}

/* ---- invoke ---- */

void plugins_print_result(const ph_value_t *result)
{
    if (ph_value_type(result) == PH_NIL)
        return;
    if (ph_value_type(result) != PH_MAP) {
        output_value(result);
        putchar('\n');
        return;
    }
    for (size_t i = 0; i < ph_value_size(result); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(result, i, &key);
        output_entry(key, value);
    }
}

/* ---- methods ---- */

/* Returns "NAME=TYPE", which the caller frees. */
static char *argument_text(const ph_value_t *argument)
{
    char *text = ph_format("%s=", text_of(argument, "name", "?"));
    size_t length = strlen(text);
    append(&text, "", text_of(argument, "type", "any"));
    for (char *c = text + length; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return text;
}

static char *cell_arguments(const ph_value_t *method, bool is_terminal)
{
    (void)is_terminal;
    const ph_value_t *arguments = ph_value_get(method, "args");
    char *text = ph_strdup("");
    for (size_t i = 0; i < ph_value_size(arguments); i++) {
        const ph_value_t *argument = ph_value_at(arguments, i);
        bool is_required = ph_value_bool(ph_value_get(argument, "required"), false);
        ph_cleanup(ph_freep) char *bare = argument_text(argument);
        ph_cleanup(ph_freep) char *part = ph_format(is_required ? "%s" : "[%s]", bare);
        append(&text, " ", part);
    }
    return text;
}

static const struct table_column method_columns[] = {
    {.title = "PLUGIN", .key = "plugin"},
    {.title = "METHOD", .key = "name"},
    {.title = "ARGUMENTS", .flags = SCOLS_FL_WRAP, .cell = cell_arguments},
    {.title = "SUMMARY", .flags = SCOLS_FL_WRAP, .key = "summary"},
};
enum { METHOD_COLUMNS = sizeof method_columns / sizeof method_columns[0] };

void plugins_print_methods(const ph_value_t *methods)
{
    if (ph_value_size(methods) == 0)
        output_note("there are no methods");
    else
        table_print(method_columns, METHOD_COLUMNS, methods);
}

/* ---- describe ---- */

/* Returns a number without a point where it needs none. The caller frees it. */
static char *number_text(const ph_value_t *number)
{
    return number ? ph_format("%.15g", ph_value_float(number, 0)) : ph_strdup("");
}

/* Such as "int 1..100" or "choice a|b". */
static char *cell_type(const ph_value_t *option, bool is_terminal)
{
    (void)is_terminal;
    char *text = ph_strdup(text_of(option, "type", "text"));
    const ph_value_t *min = ph_value_get(option, "min"), *max = ph_value_get(option, "max");
    if (min || max) {
        ph_cleanup(ph_freep) char *from = number_text(min);
        ph_cleanup(ph_freep) char *to = number_text(max);
        ph_cleanup(ph_freep) char *range = ph_format("%s..%s", from, to);
        append(&text, " ", range);
    }
    ph_cleanup(ph_freep) char *choices = join(ph_value_get(option, "choices"), "|");
    append(&text, choices[0] ? " " : "", choices);
    return text;
}

/* An empty text is something else than none. */
static char *shown(const ph_value_t *text, const char *fallback)
{
    const char *found = ph_value_string(text, fallback);
    return ph_strdup(text && !found[0] ? "\"\"" : found);
}

static char *cell_value(const ph_value_t *option, bool is_terminal)
{
    (void)is_terminal;
    return shown(ph_value_get(option, "value"), "");
}

static char *cell_default(const ph_value_t *option, bool is_terminal)
{
    (void)is_terminal;
    bool is_required = ph_value_bool(ph_value_get(option, "required"), false);
    return shown(ph_value_get(option, "default"), is_required ? "(required)" : "");
}

static void print_options(const ph_value_t *options)
{
    static const struct table_column columns[] = {
        {.title = "OPTION", .key = "name"},
        {.title = "TYPE", .flags = SCOLS_FL_WRAP, .cell = cell_type},
        {.title = "VALUE", .flags = SCOLS_FL_WRAP, .cell = cell_value},
        {.title = "DEFAULT", .cell = cell_default},
        {.title = "TEXT", .flags = SCOLS_FL_WRAP, .key = "text"},
    };
    if (ph_value_size(options) == 0)
        return;
    putchar('\n');
    table_print(columns, sizeof columns / sizeof columns[0], options);
}

static void print_fact(const ph_value_t *reply, const char *key)
{
    const ph_value_t *value = ph_value_get(reply, key);
    bool is_list = ph_value_type(value) == PH_ARRAY;
    ph_cleanup(ph_freep) char *list = is_list ? join(value, ", ") : NULL;
    if (!value || (is_list && !list[0]))
        return;
    printf("%s:%*s", key, LABEL_COLUMNS - (int)strlen(key) - 1, "");
    if (is_list)
        output_text(stdout, list, strlen(list));
    else
        output_value(value);
    putchar('\n');
}

void plugins_print_description(const ph_value_t *reply)
{
    static const char *const keys[] = {"name", "state",    "connected", "version", "summary",
                                       "sdk",  "protocol", "pid",       "handles", "subscriptions"};
    const ph_value_t *methods = ph_value_get(reply, "methods");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        print_fact(reply, keys[i]);
    print_options(ph_value_get(reply, "options"));
    if (ph_value_size(methods) == 0)
        return;
    putchar('\n');
    table_print(method_columns + 1, METHOD_COLUMNS - 1, methods); /* all of this plugin */
}

/* ---- metrics ---- */

static char *histogram_text(const ph_value_t *metric)
{
    static const char *const keys[] = {"p50", "p90", "p99", "max"};
    char *text = ph_format("n=%" PRId64, ph_value_int(ph_value_get(metric, "count"), 0));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        ph_cleanup(ph_freep) char *part =
            ph_format("%s=%.6g", keys[i], ph_value_float(ph_value_get(metric, keys[i]), 0));
        append(&text, " ", part);
    }
    return text;
}

static char *cell_measured(const ph_value_t *metric, bool is_terminal)
{
    (void)is_terminal;
    const ph_value_t *value = ph_value_get(metric, "value");
    if (ph_value_type(value) == PH_INT)
        return ph_format("%" PRId64, ph_value_int(value, 0));
    return value ? number_text(value) : histogram_text(metric);
}

void plugins_print_metrics(const ph_value_t *metrics)
{
    static const struct table_column columns[] = {
        {.title = "PLUGIN", .key = "plugin"},
        {.title = "METRIC", .key = "name"},
        {.title = "TYPE", .key = "type"},
        {.title = "VALUE", .flags = SCOLS_FL_WRAP, .cell = cell_measured},
    };
    if (ph_value_size(metrics) == 0)
        output_note("there are no metrics");
    else
        table_print(columns, sizeof columns / sizeof columns[0], metrics);
}
