/* Circus's add. */
#include "../control/option_text.h"
#include "command.h"
#include "options.h"

#include <alloc.h>
#include <string.h>

static int write_text(struct circus_call *call, const char *name, struct ph_error *err)
{
    const ph_value_t *value = ph_value_get(call->properties, name);
    if (ph_value_type(value) != PH_STRING)
        return ph_error_set(err, PH_INVALID, "'%s' isn't a string", name);
    ph_writer_value(call->translated, name, value);
    return 0;
}

/* Numbers among the arguments are words as well. */
static int write_args(struct circus_call *call, struct ph_error *err)
{
    const ph_value_t *args = ph_value_get(call->properties, "args");
    ph_cleanup(ph_freep) char *text = option_text_of(args);
    if (ph_value_type(args) == PH_NIL)
        return 0;
    if (!text)
        return ph_error_set(err, PH_INVALID, "'args' isn't a list of strings");
    ph_writer_string(call->translated, "args", text);
    return 0;
}

int circus_prepare_add(struct circus_call *call, struct ph_error *err)
{
    const ph_value_t *options = ph_value_get(call->properties, "options");
    const char *name = ph_value_string(ph_value_get(call->properties, "name"), NULL);
    if (write_text(call, "name", err) < 0 || write_text(call, "cmd", err) < 0)
        return -1;
    if (!*name)
        return CIRCUS_ANSWERED; /* Circus says ok, and adds nothing */
    if (write_args(call, err) < 0 || circus_options_write(call, options, err) < 0)
        return -1;
    /* Only one of that very name: `add logger` may stand beside plugin:logger. */
    const watcher_t *other = watchers_find(supervisor_watchers(call->supervisor), name, NULL);
    if (other && strcasecmp(watcher_name(other), name) == 0)
        return ph_error_set(err, PH_CONFLICT, "'%.100s' already exist", name);
    return CIRCUS_GO_ON;
}
