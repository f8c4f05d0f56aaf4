/* The command that shows what plugins measure. */
#include "command.h"

/* A plugin that has measured something need not be there any more. */
static int write_named(const struct command_call *call, const char *name, struct ph_error *err)
{
    const metrics_t *metrics = supervisor_metrics(call->supervisor);
    const char *plugin = invocation_plugin(name);
    watcher_t *watcher;
    if (!metrics_has(metrics, plugin) &&
        !broker_find(supervisor_broker(call->supervisor), plugin, &watcher, err) && !watcher)
        return -1;
    metrics_write(metrics, plugin, call->reply);
    return 0;
}

int command_metrics(struct command_call *call, struct ph_error *err)
{
    int outcome = 0;
    ph_writer_array(call->reply, "metrics");
    if (ph_value_type(ph_value_get(call->properties, "name")) == PH_NIL)
        metrics_write(supervisor_metrics(call->supervisor), NULL, call->reply);
    else
        outcome = command_each_plugin(call, write_named, err);
    ph_writer_end(call->reply);
    return outcome;
}
