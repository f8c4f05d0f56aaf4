/* Circus's signal and kill, where they differ from ours. */
#include "command.h"
#include "properties.h"

#include <limits.h>

static bool has_process(const watcher_t *watcher)
{
    process_t *process = NULL;
    while ((process = watcher_next_process(watcher, process)))
        if (process_pid(process) > 0)
            return true;
    return false;
}

/* The process of another is nobody's to signal: Circus says ok and does nothing, but cannot go on
 * where children are asked for. */
static int check_pid(const struct circus_call *call, struct ph_error *err)
{
    int64_t pid = 0;
    const ph_value_t *value = ph_value_get(call->properties, "pid");
    if (ph_value_type(value) == PH_NIL || circus_int(value, &pid) < 0 ||
        (pid > 0 && pid <= INT_MAX && watcher_find_process(call->watcher, (pid_t)pid)))
        return CIRCUS_GO_ON;
    if (!circus_has(call->properties, "childpid") &&
        !circus_truth(ph_value_get(call->properties, "children")) &&
        !circus_truth(ph_value_get(call->properties, "recursive")))
        return CIRCUS_ANSWERED;
    return ph_error_set(err, PH_CONFLICT, "'%s' has no process %lld", watcher_name(call->watcher),
                        (long long)pid);
}

/* Signal 0 only asks whether it could be sent. */
static bool is_null(const struct circus_call *call)
{
    int64_t number = 1;
    return circus_int(ph_value_get(call->properties, "signum"), &number) == 0 && number == 0;
}

int circus_prepare_signal(struct circus_call *call, struct ph_error *err)
{
    int outcome = check_pid(call, err);
    if (outcome != CIRCUS_GO_ON)
        return outcome;
    return is_null(call) || !has_process(call->watcher) ? CIRCUS_ANSWERED : CIRCUS_GO_ON;
}

int circus_prepare_kill(struct circus_call *call, struct ph_error *err)
{
    (void)err;
    return has_process(call->watcher) ? CIRCUS_GO_ON : CIRCUS_ANSWERED;
}
