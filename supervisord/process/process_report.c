#include "process_self.h"

#include <clock.h>

enum process_state process_state(const process_t *self)
{
    return self->state;
}

int process_wid(const process_t *self)
{
    return self->wid;
}

pid_t process_pid(const process_t *self)
{
    return self->run.child.pid;
}

const char *process_watcher_name(const process_t *self)
{
    return self->options->name;
}

const struct watcher_options *process_options(const process_t *self)
{
    return self->options;
}

struct session *process_session(const process_t *self)
{
    return self->run.session;
}

bool process_is_outdated(const process_t *self)
{
    return self->run.child.pid > 0 && self->state != PROCESS_STOPPING &&
           self->run.edition != self->options->edition;
}

bool process_is_done(const process_t *self)
{
    return self->is_done;
}

bool process_has_succeeded(const process_t *self)
{
    int code = self->death.exit_code;
    return self->death.pid > 0 && code >= 0 && self->options->success_exit[code];
}

struct stats_sample *process_sample(process_t *self)
{
    return &self->run.sample;
}

struct stats_sample *process_children_sample(process_t *self)
{
    return &self->run.children_sample;
}

static bool is_stable(const process_t *self, int64_t now)
{
    return self->state == PROCESS_RUNNING &&
           now - self->run.spawned_ms >= self->options->restart.stable_after_ms;
}

void process_get_report(const process_t *self, struct process_report *report)
{
    bool waits =
        (self->state == PROCESS_BACKOFF || self->state == PROCESS_FAILED) && self->timer.place > 0;
    int64_t now = ph_clock_ms();
    *report = (struct process_report){
        .wid = self->wid,
        .state = self->state,
        .pid = self->run.child.pid,
        .uptime_ms = self->run.child.pid > 0 ? now - self->run.spawned_ms : 0,
        .attempt = is_stable(self, now) ? 0 : self->backoff.deaths,
        .retry_ms = !waits                     ? -1
                    : self->timer.due_ms > now ? self->timer.due_ms - now
                                               : 0,
        .restarts = self->restarts,
        .cause = self->death.cause,
        .text = self->run.text,
        .silence_ms = watchdog_silence_ms(&self->hang.watchdog),
    };
}
