/* Commands about how many processes there are. */
#include "command.h"

#include <alloc.h>

enum { MAX_PROCESSES = 100000 };

static int change_number(struct command_call *call, int64_t sign, struct ph_error *err)
{
    if (command_check_change(call, err) < 0)
        return -1;
    watcher_t *watcher = command_watcher(call, err);
    if (!watcher)
        return -1;
    int64_t by = ph_value_int(ph_value_get(call->properties, "nb"), 1);
    if (by < 0 || by > MAX_PROCESSES)
        return ph_error_set(err, PH_INVALID, "nb = %lld: it must be 0 to %d", (long long)by,
                            MAX_PROCESSES);
    int64_t count = (int64_t)watcher_numprocesses(watcher) + sign * by;
    count = count < 0 ? 0 : count;
    if (count > MAX_PROCESSES)
        return ph_error_set(err, PH_INVALID, "%lld processes are more than the %d allowed",
                            (long long)count, MAX_PROCESSES);

    ph_cleanup(ph_freep) char *reason = command_reason(call);
    if (watcher_set_numprocesses(watcher, count, reason, err) < 0)
        return -1;
    watcher_count_request(watcher);
    ph_writer_string(call->reply, "name", watcher_name(watcher));
    ph_writer_int(call->reply, "numprocesses", count);
    command_wait(call, watcher_is_wanted(watcher) ? JOB_UP : JOB_DOWN, watcher);
    return 0;
}

int command_incr(struct command_call *call, struct ph_error *err)
{
    return change_number(call, 1, err);
}

int command_decr(struct command_call *call, struct ph_error *err)
{
    return change_number(call, -1, err);
}

int command_numprocesses(struct command_call *call, struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection selection;
    if (selection_read(&selection, call, err) < 0)
        return -1;
    int64_t count = 0;
    for (size_t i = 0; i < selection.count; i++)
        count += (int64_t)watcher_numprocesses(selection.watchers[i]);
    ph_writer_int(call->reply, "numprocesses", count);
    return 0;
}

int command_numwatchers(struct command_call *call, struct ph_error *err)
{
    (void)err;
    ph_writer_int(call->reply, "numwatchers",
                  (int64_t)watchers_count(supervisor_watchers(call->supervisor)));
    return 0;
}
