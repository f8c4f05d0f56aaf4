/* Commands that read the configuration again. */
#include "../reload/apply.h"
#include "../reload/plan_write.h"
#include "command.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

static int make_plan(const struct command_call *call, struct plan *plan, struct problems *problems)
{
    const struct configuration *running = supervisor_configuration(call->supervisor);
    struct plan_context context = {.running = running,
                                   .watchers = supervisor_watchers(call->supervisor)};
    return plan_make(plan, &context, problems);
}

/* The first mistake, and how many more there are; the log has them all. */
static int refuse_mistakes(const struct command_call *call, const struct problems *problems,
                           struct ph_error *err)
{
    const char *path = supervisor_configuration(call->supervisor)->path;
    const struct problem *first = &problems->items[0];
    for (size_t i = 0; i < problems->count; i++) {
        ph_cleanup(ph_freep) char *text = problem_text(&problems->items[i], path);
        ph_log(supervisor_log(call->supervisor), PH_LOG_ERROR, "%s", text);
    }
    ph_cleanup(ph_freep) char *more =
        problems->count > 1 ? ph_format(", and %zu more", problems->count - 1) : ph_strdup("");
    ph_error_set(err, PH_INVALID, "%.150s:%u: %.250s%s; nothing was changed",
                 first->file ? first->file : path, first->line, first->error.message, more);
    return ph_error_hint(err, "'plughostctl plan' lists all mistakes");
}

static void write_mistakes(const char *path, const struct problems *problems, ph_writer_t *out)
{
    ph_writer_array(out, "problems");
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        ph_writer_map(out, NULL);
        ph_writer_string(out, "file", problem->file ? problem->file : path);
        ph_writer_int(out, "line", problem->line);
        ph_writer_string(out, "reason", problem->error.message);
        if (problem->error.hint[0])
            ph_writer_string(out, "hint", problem->error.hint);
        ph_writer_end(out);
    }
    ph_writer_end(out);
}

int command_plan(struct command_call *call, struct ph_error *err)
{
    struct plan plan;
    ph_cleanup(problems_release) struct problems problems = {0};
    const char *path = supervisor_configuration(call->supervisor)->path;
    (void)err;
    ph_writer_string(call->reply, "file", path);
    if (make_plan(call, &plan, &problems) < 0) {
        write_mistakes(path, &problems, call->reply);
        return 0;
    }
    plan_write(&plan, call->reply);
    plan_release(&plan);
    return 0;
}

/* ---- doing it ---- */

static void publish(const struct command_call *call, const struct plan *plan, const char *reason)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "reason", reason);
    ph_writer_int(fields, "changed", (int64_t)plan->count);
    ph_writer_int(fields, "unchanged", (int64_t)plan->unchanged);
    ph_cleanup(ph_freep) char *text =
        ph_format("the configuration was read again, %zu of %zu watchers change: %s", plan->count,
                  plan->count + plan->unchanged, reason);
    bus_publish(supervisor_host(call->supervisor)->bus, EVENT_DAEMON_RELOAD, NULL, fields, text);
}

static int check_id(const struct plan *plan, const char *wanted, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *id = plan_id(plan);
    if (!wanted || strcmp(wanted, id) == 0)
        return 0;
    ph_error_set(err, PH_CONFLICT,
                 "plan '%.40s' is out of date: the configuration or the watchers have changed",
                 wanted);
    return ph_error_hint(err, "'plughostctl plan' shows the new one");
}

static int carry_out(struct command_call *call, struct plan *plan, const char *wanted,
                     struct ph_error *err)
{
    ph_cleanup(ph_freep) char *reason = command_reason(call);
    if (check_id(plan, wanted, err) < 0)
        return -1;
    plan_write(plan, call->reply);
    if (plan_apply(plan, call->supervisor, reason, err) < 0)
        return -1;
    publish(call, plan, reason);
    if (!ph_value_bool(ph_value_get(call->properties, "waiting"), false))
        return 0;
    size_t count;
    ph_cleanup(ph_freep) struct job_target *targets = plan_targets(plan, &count);
    jobs_add_targets(supervisor_jobs(call->supervisor), &call->request, targets, count,
                     call->reply);
    return 0;
}

static int reload(struct command_call *call, const char *wanted, struct ph_error *err)
{
    struct plan plan;
    ph_cleanup(problems_release) struct problems problems = {0};
    if (make_plan(call, &plan, &problems) < 0)
        return refuse_mistakes(call, &problems, err);
    int outcome = carry_out(call, &plan, wanted, err);
    plan_release(&plan);
    return outcome;
}

/* The service manager is told that it is over also when nothing came of it. */
static int reload_and_tell(struct command_call *call, const char *wanted, struct ph_error *err)
{
    if (command_check_change(call, err) < 0)
        return -1;
    service_manager_t *manager = supervisor_service_manager(call->supervisor);
    service_manager_reloading(manager);
    int outcome = reload(call, wanted, err);
    service_manager_ready(manager);
    return outcome;
}

int command_reloadconfig(struct command_call *call, struct ph_error *err)
{
    return reload_and_tell(call, NULL, err);
}

int command_apply(struct command_call *call, struct ph_error *err)
{
    return reload_and_tell(call, command_text(call, "plan"), err);
}
