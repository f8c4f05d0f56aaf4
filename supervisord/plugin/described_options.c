#include "described_options.h"

#include <alloc.h>
#include <math.h>
#include <option_check.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const ph_value_t *map, const char *key)
{
    return ph_value_string(ph_value_get(map, key), NULL);
}

static enum ph_option_type read_type(const ph_value_t *map)
{
    const char *word = text_of(map, "type");
    enum ph_option_type type = PH_OPTION_TEXT;
    while (word && ph_option_type_name(type) && strcmp(ph_option_type_name(type), word) != 0)
        type++;
    return word && ph_option_type_name(type) ? type : PH_OPTION_TEXT;
}

/* Returns NULL when there are none. */
static const char *const *read_choices(const ph_value_t *list)
{
    size_t size = ph_value_type(list) == PH_ARRAY ? ph_value_size(list) : 0, count = 0;
    const char **choices = ph_calloc(size + 1, sizeof *choices);
    for (size_t i = 0; i < size; i++) {
        const char *choice = ph_value_string(ph_value_at(list, i), NULL);
        if (choice)
            choices[count++] = choice;
    }
    if (count == 0)
        ph_freep(&choices);
    return choices;
}

/* A side that is not described has no limit. */
static void read_range(struct ph_option *row, const ph_value_t *map)
{
    const ph_value_t *min = ph_value_get(map, "min"), *max = ph_value_get(map, "max");
    if (!min && !max)
        return;
    row->min = ph_value_float(min, -HUGE_VAL);
    row->max = ph_value_float(max, HUGE_VAL);
}

static void read_row(struct ph_option *row, const ph_value_t *map)
{
    *row = (struct ph_option){.name = text_of(map, "name"),
                              .type = read_type(map),
                              .is_required = ph_value_bool(ph_value_get(map, "required"), false),
                              .text = text_of(map, "text")};
    read_range(row, map);
    if (row->type == PH_OPTION_CHOICE)
        row->choices = read_choices(ph_value_get(map, "choices"));
    if (!row->choices && row->type == PH_OPTION_CHOICE)
        row->type = PH_OPTION_TEXT;
}

struct ph_option *described_options_new(const ph_value_t *list)
{
    size_t size = ph_value_type(list) == PH_ARRAY ? ph_value_size(list) : 0, count = 0;
    struct ph_option *table = ph_calloc(size + 1, sizeof *table);
    for (size_t i = 0; i < size; i++)
        if (text_of(ph_value_at(list, i), "name"))
            read_row(&table[count++], ph_value_at(list, i));
    if (count == 0)
        ph_freep(&table);
    return table;
}

void described_options_destroy(struct ph_option **table_p)
{
    for (struct ph_option *row = *table_p; row && row->name; row++)
        free((void *)(uintptr_t)row->choices);
    free(*table_p);
    *table_p = NULL;
}
