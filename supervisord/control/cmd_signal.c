/* Commands that send signals to processes. */
#include "../process/proctable.h"
#include "../process/signals.h"
#include "../process/stop.h"
#include "command.h"

#include <alloc.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int read_signal(const ph_value_t *value, int fallback, int *number, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *digits = ph_value_type(value) == PH_INT
                                            ? ph_format("%lld", (long long)ph_value_int(value, 0))
                                            : NULL;
    const char *text = digits ? digits : ph_value_string(value, NULL);
    *number = text ? signal_from_name(text) : fallback;
    if (*number > 0)
        return 0;
    ph_error_set(err, PH_INVALID, "signum = %.40s: no such signal", text);
    return ph_error_hint(err, "a number, or a name such as TERM or SIGTERM");
}

/* ---- who gets it ---- */

struct targets {
    process_t **items;
    size_t count;
};

static void targets_release(struct targets *self)
{
    free(self->items);
}

static void add_target(struct targets *self, process_t *process)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof(process_t *));
    self->items[self->count++] = process;
}

/* Finds the process of property `pid`, or all that have a child. */
static int find_targets(const struct command_call *call, const watcher_t *watcher,
                        struct targets *targets, struct ph_error *err)
{
    const ph_value_t *pid = ph_value_get(call->properties, "pid");
    for (process_t *process = watcher_next_process(watcher, NULL); process;
         process = watcher_next_process(watcher, process))
        if (process_pid(process) > 0 &&
            (ph_value_type(pid) == PH_NIL || ph_value_int(pid, 0) == process_pid(process)))
            add_target(targets, process);
    if (targets->count > 0)
        return 0;
    if (ph_value_type(pid) == PH_NIL)
        return ph_error_set(err, PH_CONFLICT, "'%s' has no process that runs",
                            watcher_name(watcher));
    ph_error_set(err, PH_NOT_FOUND, "'%s' has no process %lld", watcher_name(watcher),
                 (long long)ph_value_int(pid, 0));
    return ph_error_hint(err, "'plughostctl list %s' shows its pids", watcher_name(watcher));
}

/* ---- descendants ---- */

/* Sends to a process that is not our child: nobody else may have got its number since the table
 * was taken. */
static bool send_to(const struct proc_stat *seen, int number)
{
    struct proc_stat now;
    if (proc_stat_read(seen->pid, &now, NULL) < 0 || now.start_ticks != seen->start_ticks)
        return false;
    return kill(seen->pid, number) == 0;
}

static void send_to_children(const proctable_t *table, pid_t pid, pid_t only, int number,
                             ph_writer_t *reply)
{
    size_t count = 0;
    const struct proc_stat *const *children = proctable_children(table, pid, &count);
    for (size_t i = 0; i < count; i++)
        if ((only == 0 || children[i]->pid == only) && send_to(children[i], number))
            ph_writer_int(reply, NULL, children[i]->pid);
}

static void send_to_descendants(const proctable_t *table, pid_t pid, int number, ph_writer_t *reply)
{
    size_t count = 0;
    const struct proc_stat **all = proctable_descendants(table, pid, &count);
    for (size_t i = 0; i < count; i++)
        if (send_to(all[i], number))
            ph_writer_int(reply, NULL, all[i]->pid);
    free(all);
}

/* ---- the commands ---- */

struct sending {
    int number;
    pid_t childpid; /* 0: none is named */
    bool is_for_children, is_recursive;
    proctable_t *table; /* where descendants are asked for */
};

static void send_one(const struct command_call *call, const struct sending *sending,
                     process_t *process)
{
    ph_cleanup(ph_freep) char *reason = command_reason(call);
    if (sending->childpid || sending->is_for_children) {
        send_to_children(sending->table, process_pid(process), sending->childpid, sending->number,
                         call->reply);
        return;
    }
    process_signal(process, sending->number, reason);
    ph_writer_int(call->reply, NULL, process_pid(process));
    if (sending->is_recursive)
        send_to_descendants(sending->table, process_pid(process), sending->number, call->reply);
}

static int read_sending(const struct command_call *call, struct sending *sending,
                        struct ph_error *err)
{
    const ph_value_t *properties = call->properties;
    *sending = (struct sending){
        .childpid = (pid_t)ph_value_int(ph_value_get(properties, "childpid"), 0),
        .is_for_children = ph_value_bool(ph_value_get(properties, "children"), false),
        .is_recursive = ph_value_bool(ph_value_get(properties, "recursive"), false)};
    if (read_signal(ph_value_get(properties, "signum"), 0, &sending->number, err) < 0)
        return -1;
    if (sending->childpid && ph_value_type(ph_value_get(properties, "pid")) == PH_NIL)
        return ph_error_set(err, PH_INVALID, "childpid needs pid, the process whose child it is");
    if (sending->childpid || sending->is_for_children || sending->is_recursive) {
        sending->table = proctable_new(err);
        return sending->table ? 0 : -1;
    }
    return 0;
}

int command_signal(struct command_call *call, struct ph_error *err)
{
    struct sending sending;
    ph_cleanup(targets_release) struct targets targets = {0};
    const watcher_t *watcher = command_watcher(call, err);
    if (!watcher || find_targets(call, watcher, &targets, err) < 0 ||
        read_sending(call, &sending, err) < 0)
        return -1;
    ph_writer_string(call->reply, "name", watcher_name(watcher));
    ph_writer_array(call->reply, "pids");
    for (size_t i = 0; i < targets.count; i++)
        send_one(call, &sending, targets.items[i]);
    ph_writer_end(call->reply);
    proctable_destroy(&sending.table);
    return 0;
}

static int read_way(const struct command_call *call, const struct watcher_options *options,
                    struct stop_way *way, struct ph_error *err)
{
    const ph_value_t *limit = ph_value_get(call->properties, "graceful_timeout");
    double seconds = ph_value_float(limit, (double)options->graceful_timeout_ms / 1000);
    if (!(seconds >= 0 && seconds <= 86400))
        return ph_error_set(err, PH_INVALID, "graceful_timeout must be 0 to 86400 seconds");
    way->patience_ms = (int64_t)(seconds * 1000);
    return read_signal(ph_value_get(call->properties, "signum"), options->stop_signal, &way->signal,
                       err);
}

int command_kill(struct command_call *call, struct ph_error *err)
{
    struct stop_way way;
    ph_cleanup(targets_release) struct targets targets = {0};
    if (command_check_change(call, err) < 0)
        return -1;
    watcher_t *watcher = command_watcher(call, err);
    if (!watcher || find_targets(call, watcher, &targets, err) < 0 ||
        read_way(call, watcher_options(watcher), &way, err) < 0)
        return -1;
    ph_cleanup(ph_freep) char *reason = command_reason(call);
    watcher_count_request(watcher);
    ph_writer_string(call->reply, "name", watcher_name(watcher));
    ph_writer_array(call->reply, "pids");
    for (size_t i = 0; i < targets.count; i++) {
        ph_writer_int(call->reply, NULL, process_pid(targets.items[i]));
        process_kill(targets.items[i], &way, reason);
    }
    ph_writer_end(call->reply);
    command_wait(call, watcher_is_wanted(watcher) ? JOB_UP : JOB_DOWN, watcher);
    return 0;
}
