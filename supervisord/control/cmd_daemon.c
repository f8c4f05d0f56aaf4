/* Commands about the daemon itself. */
#include "command.h"

#include <alloc.h>

int command_ping(struct command_call *call, struct ph_error *err)
{
    (void)err;
    ph_writer_int(call->reply, "pid", supervisor_pid(call->supervisor));
    if (!request_client(call->request)[0]) /* the others are told in any case */
        ph_writer_string(call->reply, "epoch", supervisor_epoch(call->supervisor));
    return 0;
}

int command_version(struct command_call *call, struct ph_error *err)
{
    (void)err;
    const struct settings *settings = supervisor_settings(call->supervisor);
    ph_writer_string(call->reply, "version", PH_VERSION);
    ph_writer_int(call->reply, "protocol", PH_PROTOCOL);
    ph_writer_string(call->reply, "endpoint", settings->endpoint);
    ph_writer_string(call->reply, "pubsub_endpoint", settings->pubsub_endpoint);
    ph_writer_int(call->reply, "pid", supervisor_pid(call->supervisor));
    return 0;
}

static void write_command(ph_writer_t *reply, const struct command_info *info)
{
    ph_writer_map(reply, NULL);
    ph_writer_string(reply, "name", info->name);
    ph_writer_string(reply, "usage", info->usage);
    ph_writer_string(reply, "summary", info->summary);
    ph_writer_array(reply, "properties");
    for (const struct property *property = info->properties; property->name; property++) {
        ph_writer_map(reply, NULL);
        ph_writer_string(reply, "name", property->name);
        ph_writer_string(reply, "type", property_type_name(property->type));
        ph_writer_bool(reply, "required", property->is_required);
        ph_writer_string(reply, "summary", property->summary);
        ph_writer_end(reply);
    }
    ph_writer_end(reply);
    ph_writer_end(reply);
}

int command_help(struct command_call *call, struct ph_error *err)
{
    const char *name = command_text(call, "name");
    if (name && !command_info_find(name))
        return ph_error_set(err, PH_NOT_FOUND, "no command is named '%.100s'", name);

    ph_writer_array(call->reply, "commands");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_info *info = &command_infos[i];
        if (name ? info == command_info_find(name) : !(info->flags & COMMAND_PLUGIN))
            write_command(call->reply, info);
    }
    ph_writer_end(call->reply);
    return 0;
}

/* Returns the session of a plugin that runs, or NULL. */
static struct session *session_of(const watcher_t *watcher)
{
    const process_t *process = watcher_next_process(watcher, NULL);
    return process ? process_session(process) : NULL;
}

/* Whoever is named must be able to open files again; all of them are looked at before the first is
 * told. */
static int check_reopen(const struct selection *selection, struct ph_error *err)
{
    for (size_t i = 0; i < selection->count; i++) {
        const watcher_t *watcher = selection->watchers[i];
        if (session_of(watcher))
            continue;
        ph_error_set(err, PH_CONFLICT, "'%s' is not a plugin that runs", watcher_name(watcher));
        return ph_error_hint(err, "plain programs have signals of their own for that");
    }
    return 0;
}

int command_reopen(struct command_call *call, struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection selection;
    if (selection_read(&selection, call, err) < 0)
        return -1;
    bool is_all = ph_value_type(ph_value_get(call->properties, "name")) == PH_NIL;
    if (is_all)
        supervisor_reopen_log(call->supervisor);
    else if (check_reopen(&selection, err) < 0)
        return -1;

    ph_writer_array(call->reply, "watchers");
    for (size_t i = 0; i < selection.count; i++) {
        struct session *session = session_of(selection.watchers[i]);
        if (session && session_cast(session, "reopen", NULL))
            ph_writer_string(call->reply, NULL, watcher_name(selection.watchers[i]));
    }
    ph_writer_end(call->reply);
    return 0;
}

/* The job is also for those that were removed and still have processes. */
static void wait_for_the_end(struct command_call *call, struct selection *all)
{
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    for (size_t i = 0; i < watchers_count_leaving(watchers); i++) {
        all->watchers = ph_realloc_array(all->watchers, all->count + 1, sizeof(watcher_t *));
        all->watchers[all->count++] = watchers_leaving_at(watchers, i);
    }
    jobs_add(supervisor_jobs(call->supervisor), &call->request, JOB_GONE, all->watchers, all->count,
             call->reply);
}

int command_quit(struct command_call *call, struct ph_error *err)
{
    bool waits = ph_value_bool(ph_value_get(call->properties, "waiting"), false);
    if (waits && jobs_check_room(supervisor_jobs(call->supervisor), err) < 0)
        return -1;

    ph_cleanup(ph_freep) char *reason = command_reason(call);
    supervisor_quit(call->supervisor, reason);
    ph_cleanup(selection_release) struct selection all = selection_of_all(call->supervisor);
    selection_write(&all, call->reply);
    if (waits)
        wait_for_the_end(call, &all);
    return 0;
}
