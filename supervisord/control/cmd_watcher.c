/* Commands that list, start and stop watchers. */
#include "command.h"

#include <alloc.h>

static int list_pids(struct command_call *call, struct ph_error *err)
{
    const watcher_t *watcher = command_watcher(call, err);
    if (!watcher)
        return -1;
    ph_writer_array(call->reply, "pids");
    for (process_t *process = watcher_next_process(watcher, NULL); process;
         process = watcher_next_process(watcher, process))
        if (process_pid(process) > 0)
            ph_writer_int(call->reply, NULL, process_pid(process));
    ph_writer_end(call->reply);
    return 0;
}

int command_list(struct command_call *call, struct ph_error *err)
{
    if (ph_value_type(ph_value_get(call->properties, "name")) != PH_NIL)
        return list_pids(call, err);
    ph_cleanup(selection_release) struct selection all = selection_of_all(call->supervisor);
    selection_write(&all, call->reply);
    return 0;
}

typedef void order_fn(order_t *order, watcher_t *const *watchers, size_t count, const char *reason);

/* Has the answer wait for the goal. Who asks about one watcher is told of its processes. */
static void wait_for(struct command_call *call, enum job_goal goal,
                     const struct selection *selection, struct pids *before)
{
    bool is_one =
        selection->count == 1 && ph_value_type(ph_value_get(call->properties, "name")) != PH_NIL;
    if (is_one)
        command_wait_comparing(call, goal, selection->watchers[0], before);
    else
        jobs_add(supervisor_jobs(call->supervisor), &call->request, goal, selection->watchers,
                 selection->count, call->reply);
}

/* Starts the work on each watcher, then answers at once, or has the answer wait for the goal. */
static int change_watchers(struct command_call *call, order_fn *ask, enum job_goal goal,
                           struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection selection = {0};
    ph_cleanup(pids_release) struct pids before = {0};
    if (command_check_change(call, err) < 0 || selection_read(&selection, call, err) < 0)
        return -1;
    if (selection.count == 1)
        before = pids_of(selection.watchers[0]);

    ph_cleanup(ph_freep) char *reason = command_reason(call);
    ask(watchers_order(supervisor_watchers(call->supervisor)), selection.watchers, selection.count,
        reason);
    selection_write(&selection, call->reply);
    if (ph_value_bool(ph_value_get(call->properties, "waiting"), false))
        wait_for(call, goal, &selection, &before);
    return 0;
}

int command_start(struct command_call *call, struct ph_error *err)
{
    return change_watchers(call, order_start, JOB_UP, err);
}

int command_stop(struct command_call *call, struct ph_error *err)
{
    return change_watchers(call, order_stop, JOB_DOWN, err);
}

int command_restart(struct command_call *call, struct ph_error *err)
{
    return change_watchers(call, order_restart, JOB_UP, err);
}

static void reload_all(order_t *order, watcher_t *const *watchers, size_t count, bool is_sequential,
                       const char *reason)
{
    for (size_t i = 0; i < count; i++) {
        if (!watcher_is_wanted(watchers[i]) || watcher_is_waiting(watchers[i])) {
            order_start(order, &watchers[i], 1, reason);
            continue;
        }
        watcher_count_request(watchers[i]);
        watcher_reload(watchers[i], is_sequential, reason);
    }
}

static void reload(order_t *order, watcher_t *const *watchers, size_t count, const char *reason)
{
    reload_all(order, watchers, count, false, reason);
}

static void reload_in_turn(order_t *order, watcher_t *const *watchers, size_t count,
                           const char *reason)
{
    reload_all(order, watchers, count, true, reason);
}

int command_reload(struct command_call *call, struct ph_error *err)
{
    bool is_graceful = ph_value_bool(ph_value_get(call->properties, "graceful"), true);
    bool is_sequential = ph_value_bool(ph_value_get(call->properties, "sequential"), false);
    order_fn *ask = !is_graceful ? order_restart : is_sequential ? reload_in_turn : reload;
    return change_watchers(call, ask, JOB_RENEWED, err);
}

static void reset(order_t *order, watcher_t *const *watchers, size_t count, const char *reason)
{
    (void)order;
    for (size_t i = 0; i < count; i++)
        watcher_reset(watchers[i], reason);
}

int command_reset(struct command_call *call, struct ph_error *err)
{
    return change_watchers(call, reset, JOB_UP, err);
}
