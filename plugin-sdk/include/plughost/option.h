/* plughost/option.h - the options that a plugin takes, as a table.
 *
 * Whoever declares options gets them checked: plughost-plugin refuses a bad value, a missing one
 * and an unknown name before handle_init runs, `plughostctl describe NAME` prints the table with
 * the values in force, and `plughostctl set NAME OPTION=VALUE` checks against it.
 *
 *     // limit.c
 *     static const struct ph_option options[] = {
 *         {.name = "deaths", .type = PH_OPTION_INT, .fallback = "3", .min = 1, .max = 100,
 *          .text = "How many deaths in a row are too many."},
 *         {0},
 *     };
 *
 *     PH_PLUGIN_MODULE = {
 *         PH_PLUGIN_HEADER,
 *         .options = options,
 *     };
 */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ph_option_type {
    PH_OPTION_TEXT,
    PH_OPTION_INT,
    PH_OPTION_FLOAT,
    PH_OPTION_BOOL,   /* yes/no, true/false, on/off, 1/0 */
    PH_OPTION_CHOICE, /* one of `choices`, in any case of letters */
};

/* One row; a table ends with a row without a name. All pointers must hold as long as the module. */
struct ph_option {
    const char *name;
    enum ph_option_type type;
    const char *fallback;       /* as it would be written; NULL: not set */
    bool is_required;           /* it must stand in the configuration */
    double min, max;            /* of numbers, both included; both 0: any */
    const char *const *choices; /* ended by NULL */
    const char *text;           /* what it is for, one or two sentences */
};

#ifdef __cplusplus
}
#endif
