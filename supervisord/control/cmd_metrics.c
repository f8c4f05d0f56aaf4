/* The command that shows what plugins measure. */
#include "command.h"

/* A plugin that has measured something need not be there any more. */
static int write_named(const struct command_call *call, const ph_value_t *name,
                       struct ph_error *err)
{
    const metrics_t *metrics = supervisor_metrics(call->supervisor);
    const char *plugin = invocation_plugin(ph_value_string(name, ""));
    watcher_t *watcher;
    if (!metrics_has(metrics, plugin) &&
        !broker_find(supervisor_broker(call->supervisor), plugin, &watcher, err) && !watcher)
        return -1;
    metrics_write(metrics, plugin, call->reply);
    return 0;
}

int command_metrics(struct command_call *call, struct ph_error *err)
{
    const ph_value_t *names = ph_value_get(call->properties, "name");
    int outcome = 0;
    ph_writer_array(call->reply, "metrics");
    if (ph_value_type(names) == PH_NIL)
        metrics_write(supervisor_metrics(call->supervisor), NULL, call->reply);
    else if (ph_value_type(names) == PH_STRING)
        outcome = write_named(call, names, err);
    for (size_t i = 0; ph_value_type(names) == PH_ARRAY && i < ph_value_size(names); i++)
        if (outcome == 0)
            outcome = write_named(call, ph_value_at(names, i), err);
    ph_writer_end(call->reply);
    return outcome;
}
