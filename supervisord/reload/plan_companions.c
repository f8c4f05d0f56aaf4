#include "plan_companions.h"

#include <alloc.h>
#include <string.h>

static bool is_called(const struct watcher_options *options, const char *name)
{
    static const char plugin[] = "plugin:";
    const char *bare = options->kind == WATCHER_PLUGIN ? options->name + strlen(plugin) : "";
    return strcasecmp(options->name, name) == 0 || strcasecmp(bare, name) == 0;
}

static struct plan_step *find_step(const struct plan *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->steps[i].options && is_called(self->steps[i].options, name))
            return &self->steps[i];
    return NULL;
}

static bool is_running(const struct plan_step *step)
{
    return step->watcher && watcher_is_wanted(step->watcher) && !watcher_is_waiting(step->watcher);
}

/* A restart takes those along that require the watcher. Says whether that is something new. */
static bool follow_required(const struct plan *self, struct plan_step *step)
{
    bool can_follow = step->options && is_running(step) && step->action != PLAN_RESTART;
    for (char **name = can_follow ? step->options->requires : NULL; name && *name; name++) {
        const struct plan_step *required = find_step(self, *name);
        if (!required || required->action != PLAN_RESTART)
            continue;
        plan_step_set(step, PLAN_RESTART,
                      ph_format("'%s', which it requires, is restarted", *name));
        return true;
    }
    return false;
}

/* A start takes those along that the watcher requires or wants. Says whether that is new. */
static bool take_along(const struct plan *self, const struct plan_step *step, char *const *names)
{
    bool has_news = false;
    for (; names && *names; names++) {
        struct plan_step *needed = find_step(self, *names);
        if (!needed || !needed->watcher || watcher_is_wanted(needed->watcher) ||
            needed->action == PLAN_START)
            continue;
        plan_step_set(needed, PLAN_START,
                      ph_format("'%s', which starts, needs it", step->options->name));
        has_news = true;
    }
    return has_news;
}

static bool is_started(const struct plan_step *step)
{
    bool is_start = step->action == PLAN_START && !is_running(step);
    return step->options && (is_start || step->action == PLAN_RESTART);
}

void plan_companions_find(struct plan *self)
{
    for (bool has_news = true; has_news;) {
        has_news = false;
        for (size_t i = 0; i < self->count; i++) {
            struct plan_step *step = &self->steps[i];
            has_news |= follow_required(self, step);
            if (!is_started(step))
                continue;
            has_news |= take_along(self, step, step->options->requires);
            has_news |= take_along(self, step, step->options->wants);
        }
    }
}

/* With use_sockets a watcher needs each socket there is. */
void plan_companions_share(struct plan *self, const char *sockets)
{
    for (size_t i = 0; i < self->count; i++) {
        struct plan_step *step = &self->steps[i];
        if (!step->options || !step->options->use_sockets || !is_running(step))
            continue;
        if (step->action != PLAN_RESTART && step->action != PLAN_RELOAD)
            plan_step_renew_processes(step, sockets);
        else
            step->options->edition++;
    }
}
