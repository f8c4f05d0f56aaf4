#include "config.h"

#include "output.h"

#include <alloc.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- options ---- */

struct entry {
    const ph_value_t *key;
    const ph_value_t *value;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *first = a, *second = b;
    return strcmp(ph_value_string(first->key, ""), ph_value_string(second->key, ""));
}

void config_print_options(const ph_value_t *options)
{
    size_t count = ph_value_size(options);
    ph_cleanup(ph_freep) struct entry *entries = ph_calloc(count, sizeof *entries);
    for (size_t i = 0; i < count; i++)
        entries[i].value = ph_value_entry(options, i, &entries[i].key);
    qsort(entries, count, sizeof *entries, by_key);
    for (size_t i = 0; i < count; i++) {
        bool is_set = ph_value_type(entries[i].value) != PH_NIL;
        output_value(entries[i].key);
        fputs(is_set ? ": " : ":", stdout);
        if (is_set)
            output_value(entries[i].value);
        putchar('\n');
    }
}

/* ---- a configuration ---- */

/* Prints "FILE:LINE", or who said it where no file did. */
static void print_place(const ph_value_t *option)
{
    int64_t line = ph_value_int(ph_value_get(option, "line"), 0);
    if (line == 0) {
        fputs("a command", stdout);
        return;
    }
    output_value(ph_value_get(option, "file"));
    printf(":%" PRId64, line);
}

static void print_origin(const ph_value_t *option)
{
    const ph_value_t *base = ph_value_get(option, "base");
    fputs("# ", stdout);
    if (!ph_value_bool(ph_value_get(option, "is_set"), false)) {
        print_place(option);
    } else {
        fputs("set by a command", stdout);
        if (ph_value_type(base) != PH_NIL) {
            fputs(" over '", stdout);
            output_value(base);
            fputs("' of ", stdout);
            print_place(option);
        }
    }
    putchar('\n');
}

static void print_option(const ph_value_t *option)
{
    const ph_value_t *value = ph_value_get(option, "value");
    bool is_left_out = ph_value_type(value) == PH_NIL;
    fputs(is_left_out ? "# left out: " : "", stdout);
    output_value(ph_value_get(option, "option"));
    if (!is_left_out) {
        fputs(" = ", stdout);
        output_value(value);
    }
    putchar('\n');
}

static void print_list(const ph_value_t *list, bool has_origin)
{
    for (size_t i = 0; i < ph_value_size(list); i++) {
        if (has_origin)
            print_origin(ph_value_at(list, i));
        print_option(ph_value_at(list, i));
    }
}

static void print_variables(const ph_value_t *watcher, bool has_origin)
{
    const ph_value_t *variables = ph_value_get(watcher, "variables");
    if (ph_value_size(variables) == 0)
        return;
    fputs("\n[env:", stdout);
    output_value(ph_value_get(watcher, "name"));
    puts("]");
    print_list(variables, has_origin);
}

void config_print(const ph_value_t *reply, bool has_origin)
{
    const ph_value_t *watchers = ph_value_get(reply, "watchers");
    puts("[plughost]");
    print_list(ph_value_get(reply, "settings"), has_origin);
    for (size_t i = 0; i < ph_value_size(watchers); i++) {
        const ph_value_t *watcher = ph_value_at(watchers, i);
        fputs("\n[", stdout);
        output_value(ph_value_get(watcher, "section"));
        puts("]");
        print_list(ph_value_get(watcher, "options"), has_origin);
        print_variables(watcher, has_origin);
    }
}
