/* The command that shows what plugins measure. */
#include "command.h"

#include <string.h>

/* A plugin that has measured something need not be there any more. */
static void write_named(const struct command_call *call, const ph_value_t *name)
{
    static const char prefix[] = "plugin:";
    const char *text = ph_value_string(name, "");
    bool has_prefix = strncmp(text, prefix, sizeof prefix - 1) == 0;
    metrics_write(supervisor_metrics(call->supervisor),
                  has_prefix ? text + sizeof prefix - 1 : text, call->reply);
}

int command_metrics(struct command_call *call, struct ph_error *err)
{
    (void)err;
    const ph_value_t *names = ph_value_get(call->properties, "name");
    ph_writer_array(call->reply, "metrics");
    if (ph_value_type(names) == PH_NIL)
        metrics_write(supervisor_metrics(call->supervisor), NULL, call->reply);
    else if (ph_value_type(names) == PH_STRING)
        write_named(call, names);
    for (size_t i = 0; ph_value_type(names) == PH_ARRAY && i < ph_value_size(names); i++)
        write_named(call, ph_value_at(names, i));
    ph_writer_end(call->reply);
    return 0;
}
