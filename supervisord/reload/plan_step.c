#include "plan_step.h"

#include "../plugin/reconfigure.h"

#include <alloc.h>
#include <stdlib.h>

void plan_step_set(struct plan_step *self, enum plan_action action, char *why)
{
    free(self->why);
    self->why = why;
    self->action = action;
}

/* Old and new processes can run side by side where the daemon owns what they listen on. */
static bool can_be_replaced(const watcher_t *watcher, const struct watcher_options *options)
{
    return options->kind == WATCHER_PROGRAM && !options->singleton && watcher_is_up(watcher) &&
           *watcher_sockets(watcher);
}

static enum plan_action way_of_renewal(const struct plan_step *step)
{
    return can_be_replaced(step->watcher, step->options) ? PLAN_RELOAD : PLAN_RESTART;
}

void plan_step_renew_processes(struct plan_step *self, const char *names)
{
    self->options->edition++;
    plan_step_set(self, way_of_renewal(self), ph_format("its processes need the new %s", names));
}

/* A hook has prevented a restart, or successors did not come up. */
static void decide_again(struct plan_step *step)
{
    step->action = way_of_renewal(step);
    step->why = ph_strdup("its processes still run with options of before");
}

static void decide_own(struct plan_step *step)
{
    const process_t *process = watcher_next_process(step->watcher, NULL);
    bool can_be_told = reconfigure_is_possible(process ? process_session(process) : NULL);
    ph_cleanup(ph_freep) char *names = changes_names(&step->changes);
    step->action = can_be_told ? PLAN_SIGNAL : PLAN_RESTART;
    step->options->edition += !can_be_told;
    step->why = can_be_told ? ph_format("the plugin takes new options while it runs: %s", names)
                            : ph_format("the plugin reads its options when it starts: %s", names);
}

static void decide_number(struct plan_step *step)
{
    int64_t before = watcher_options(step->watcher)->numprocesses;
    int64_t after = step->options->numprocesses;
    int64_t by = after > before ? after - before : before - after;
    step->action = after > before ? PLAN_START : PLAN_STOP;
    step->why = ph_format("%lld process%s %s", (long long)by, by == 1 ? "" : "es",
                          after > before ? "more" : "less");
}

static void decide_waiting(struct plan_step *step)
{
    bool needs_none = watcher_options(step->watcher)->on_demand && !step->options->on_demand;
    step->action = needs_none ? PLAN_START : PLAN_NOTHING;
    step->why = ph_strdup(needs_none ? "it does not wait for a connection any more"
                                     : "it has not started yet");
}

static void decide(struct plan_step *step)
{
    const struct changes *changes = &step->changes;
    if (!watcher_is_wanted(step->watcher)) {
        step->why = ph_strdup("it is stopped, and stays so");
    } else if (watcher_is_waiting(step->watcher)) {
        decide_waiting(step);
    } else if (changes_need(changes, CHANGE_RESTART)) {
        ph_cleanup(ph_freep) char *names = changes_names_needing(changes, CHANGE_RESTART);
        plan_step_renew_processes(step, names);
    } else if (watcher_is_outdated(step->watcher)) {
        decide_again(step);
    } else if (changes_are_own(changes) && step->options->kind == WATCHER_PLUGIN) {
        decide_own(step);
    } else if (changes_get(changes, "numprocesses")) {
        decide_number(step);
    } else {
        ph_cleanup(ph_freep) char *names = changes_names(changes);
        step->why = ph_format("taken while it runs: %s", names);
    }
}

void plan_step_make(struct plan_step *self, watcher_t *watcher, struct watcher_options *options)
{
    *self = (struct plan_step){.watcher = watcher, .options = options};
    options->edition = watcher_options(watcher)->edition;
    changes_of_watcher(&self->changes, watcher_options(watcher), options);
    if (self->changes.count > 0 || watcher_is_outdated(watcher))
        decide(self);
}

void plan_step_release(struct plan_step *self)
{
    changes_release(&self->changes);
    free(self->why);
}

const char *plan_action_name(enum plan_action action)
{
    static const char *const words[] = {
        [PLAN_NOTHING] = "nothing", [PLAN_SIGNAL] = "signal", [PLAN_RELOAD] = "reload",
        [PLAN_RESTART] = "restart", [PLAN_START] = "start",   [PLAN_STOP] = "stop",
    };
    return words[action];
}
