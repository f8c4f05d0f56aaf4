#include "schema.h"

#include "option_tables.h"

#include <nearest.h>
#include <string.h>

const struct option_table option_tables[] = {
    {"the daemon", daemon_specs},
    {"Circus's clients", circus_specs},
    {"what is run", program_specs},
    {"how many, and when", number_specs},
    {"what it waits for, and when it is ready", readiness_specs},
    {"its end", end_specs},
    {"restart after an end that was not asked for", restart_specs},
    {"what it runs as", identity_specs},
    {"limits", limit_specs},
    {"what it finds: variables, input, sockets", environment_specs},
    {"output and statistics", output_specs},
    {"hooks: programs that are run around its life", hook_specs},
    {"the socket", socket_specs},
    {0},
};

/* Returns the first row of the table behind the one that `end` ends. */
static const struct option_spec *next_table(const struct option_spec *end)
{
    for (const struct option_table *table = option_tables; table->rows; table++) {
        const struct option_spec *row = table->rows;
        while (row->name)
            row++;
        if (row == end)
            return table[1].rows;
    }
    return NULL;
}

const struct option_spec *option_next(const struct option_spec *previous)
{
    if (!previous)
        return option_tables[0].rows;
    return previous[1].name ? previous + 1 : next_table(previous + 1);
}

const struct option_spec *option_find(enum section_kind kind, const char *name,
                                      struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));)
        if ((spec->sections & kind) && strcmp(spec->name, name) == 0)
            return spec;
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));)
        if (spec->sections & kind)
            ph_nearest_consider(&nearest, name, spec->name);
    ph_error_set(err, PH_NOT_FOUND, "unknown option '%s'", name);
    if (nearest.name)
        ph_error_hint(err, "did you mean '%s'?", nearest.name);
    else
        ph_error_hint(err, "'plughostd --help-config' explains all options");
    return NULL;
}

bool option_is_label(const char *key)
{
    static const char prefix[] = "label.";
    return strncmp(key, prefix, sizeof prefix - 1) == 0 && key[sizeof prefix - 1];
}

void options_set_defaults(enum section_kind kind, void *target)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        if (!(spec->sections & kind))
            continue;
        void *member = (char *)target + spec->offset;
        if (spec->fallback)
            option_parse(spec, spec->fallback, target, NULL);
        else if (spec->type == OPTION_OCTAL)
            *(int *)member = -1;
        else if (spec->unset != 0)
            *(int64_t *)member = spec->unset;
    }
}
