/* Commands that list, start and stop watchers. */
#include "command.h"

#include <alloc.h>

int command_list(struct command_call *call, struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection all;
    if (selection_read(&all, call, err) < 0)
        return -1;
    selection_write(&all, call->reply);
    return 0;
}

typedef void watcher_action_fn(watcher_t *watcher, const char *reason);

/* Starts the work on each watcher, then answers at once, or has the answer wait for the goal. */
static int change_watchers(struct command_call *call, watcher_action_fn *action, enum job_goal goal,
                           struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection selection = {0};
    if (supervisor_is_ending(call->supervisor)) {
        ph_error_set(err, PH_UNAVAILABLE, "the daemon ends");
        return ph_error_hint(err, "try again when it runs again");
    }
    jobs_t *jobs = supervisor_jobs(call->supervisor);
    bool waits = ph_value_bool(ph_value_get(call->properties, "waiting"), false);
    if (waits && jobs_check_room(jobs, err) < 0)
        return -1;
    if (selection_read(&selection, call, err) < 0)
        return -1;

    ph_cleanup(ph_freep) char *reason = ph_format("command '%s'", request_command(call->request));
    for (size_t i = 0; i < selection.count; i++)
        action(selection.watchers[i], reason);
    if (waits)
        jobs_add(jobs, &call->request, goal, selection.watchers, selection.count);
    else
        selection_write(&selection, call->reply);
    return 0;
}

int command_start(struct command_call *call, struct ph_error *err)
{
    return change_watchers(call, watcher_start, JOB_UP, err);
}

int command_stop(struct command_call *call, struct ph_error *err)
{
    return change_watchers(call, watcher_stop, JOB_DOWN, err);
}

int command_restart(struct command_call *call, struct ph_error *err)
{
    return change_watchers(call, watcher_restart, JOB_UP, err);
}
