#include "properties.h"

#include "../control/match.h"
#include "../process/signals.h"

#include <alloc.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

bool circus_truth(const ph_value_t *value)
{
    switch (ph_value_type(value)) {
    case PH_NIL:
        return false;
    case PH_BOOL:
        return ph_value_bool(value, false);
    case PH_INT:
    case PH_FLOAT:
        return ph_value_float(value, 0) != 0;
    default:
        return ph_value_size(value) > 0;
    }
}

bool circus_has(const ph_value_t *properties, const char *name)
{
    return ph_value_type(ph_value_get(properties, name)) != PH_NIL;
}

int circus_int(const ph_value_t *value, int64_t *number)
{
    const char *text = ph_value_type(value) == PH_STRING ? ph_value_string(value, "") : NULL;
    if (ph_value_type(value) == PH_BOOL) {
        *number = ph_value_bool(value, false);
        return 0;
    }
    if (ph_value_type(value) == PH_INT) {
        *number = ph_value_int(value, 0);
        return 0;
    }
    char *end = NULL;
    errno = 0;
    long long parsed = text ? strtoll(text, &end, 10) : 0;
    if (!text || !*text || *end || errno)
        return -1;
    *number = parsed;
    return 0;
}

static int translate_int(struct circus_call *call, const char *name, const ph_value_t *value,
                         struct ph_error *err)
{
    int64_t number;
    if (circus_int(value, &number) < 0)
        return ph_error_set(err, PH_INVALID, "'%s' isn't an integer", name);
    ph_writer_int(call->translated, name, number);
    return 0;
}

static int translate_number(struct circus_call *call, const char *name, const ph_value_t *value,
                            struct ph_error *err)
{
    const char *text = ph_value_type(value) == PH_STRING ? ph_value_string(value, "") : NULL;
    char *end = NULL;
    double number = text ? strtod(text, &end) : ph_value_float(value, -1);
    bool is_number =
        text ? *text && !*end : ph_value_type(value) == PH_INT || ph_value_type(value) == PH_FLOAT;
    if (!is_number)
        return ph_error_set(err, PH_INVALID, "'%s' isn't a number", name);
    ph_writer_float(call->translated, name, number);
    return 0;
}

/* Numbers beyond those of signals are what the kernel refuses, as Circus passes its words on. */
static int translate_signal(struct circus_call *call, const char *name, const ph_value_t *value,
                            struct ph_error *err)
{
    int64_t number;
    const char *text = ph_value_string(value, NULL);
    if (circus_int(value, &number) < 0)
        number = text ? signal_from_name(text) : -1;
    else if (number < 0 || number > SIGRTMAX)
        return ph_error_set(err, PH_SYSTEM, "[Errno 22] Invalid argument");
    if (number < 0)
        return ph_error_set(err, PH_CONFLICT, "%s invalid: no signal is called '%.40s'", name,
                            text ? text : "?");
    ph_writer_int(call->translated, name, number);
    return 0;
}

static int refuse_name(const char *name, struct ph_error *err)
{
    return ph_error_set(err, PH_NOT_FOUND, "program %.100s not found", name);
}

static int translate_name(struct circus_call *call, const char *property, const ph_value_t *value,
                          struct ph_error *err)
{
    const char *name = ph_value_string(value, NULL);
    if (ph_value_type(value) != PH_STRING || strlen(name) != ph_value_size(value))
        return ph_error_set(err, PH_INVALID, "'%s' isn't a string", property);
    call->watcher = watchers_find(supervisor_watchers(call->supervisor), name, NULL);
    if (!call->watcher)
        return refuse_name(name, err);
    ph_writer_string(call->translated, property, watcher_name(call->watcher));
    return 0;
}

static bool matches_any(const struct circus_call *call, const match_t *match)
{
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    for (size_t i = 0; i < watchers_count(watchers); i++)
        if (match_fits(match, watcher_name(watchers_at(watchers, i))))
            return true;
    return false;
}

/* A name that is one is taken as such, so that plugins are found without "plugin:" too. */
static int translate_pattern(struct circus_call *call, const char *property,
                             const ph_value_t *value, struct ph_error *err)
{
    const char *pattern = ph_value_string(value, NULL);
    const char *method = ph_value_string(ph_value_get(call->properties, "match"), "glob");
    if (ph_value_type(value) != PH_STRING || strlen(pattern) != ph_value_size(value))
        return ph_error_set(err, PH_INVALID, "'%s' isn't a string", property);
    ph_cleanup(match_destroy) match_t *match = match_new(method, pattern, err);
    if (!match)
        return -1;
    if (watchers_find(supervisor_watchers(call->supervisor), pattern, NULL) &&
        strcmp(method, "regex") != 0)
        return translate_name(call, property, value, err);
    if (!matches_any(call, match))
        return refuse_name(pattern, err);
    ph_writer_string(call->translated, property, pattern);
    ph_writer_string(call->translated, "match", method);
    return 0;
}

static int translate(struct circus_call *call, const struct circus_property *property,
                     const ph_value_t *value, struct ph_error *err)
{
    switch (property->kind) {
    case CIRCUS_NAME:
        return translate_name(call, property->name, value, err);
    case CIRCUS_PATTERN:
        return translate_pattern(call, property->name, value, err);
    case CIRCUS_BOOL:
        ph_writer_bool(call->translated, property->name, circus_truth(value));
        return 0;
    case CIRCUS_INT:
        return translate_int(call, property->name, value, err);
    case CIRCUS_NUMBER:
        return translate_number(call, property->name, value, err);
    case CIRCUS_SIGNAL:
        return translate_signal(call, property->name, value, err);
    }
    return 0;
}

int circus_properties_translate(const struct circus_command *command, struct circus_call *call,
                                struct ph_error *err)
{
    for (const char *const *name = command->required; *name; name++)
        if (!circus_has(call->properties, *name))
            return ph_error_set(err, PH_INVALID, "message invalid '%s' is missing", *name);
    for (const struct circus_property *property = command->properties; property->name; property++) {
        const ph_value_t *value = ph_value_get(call->properties, property->name);
        if (ph_value_type(value) != PH_NIL && translate(call, property, value, err) < 0)
            return -1;
    }
    if (command->is_in_the_background)
        ph_writer_bool(call->translated, "waiting",
                       circus_truth(ph_value_get(call->properties, "waiting")));
    return 0;
}
