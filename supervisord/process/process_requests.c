#include "announce.h"
#include "process_self.h"

/* ---- what others ask for ---- */

void process_start(process_t *self, const char *reason)
{
    if (self->state == PROCESS_STOPPING)
        self->starts_again = true;
    if (self->state == PROCESS_BACKOFF || self->state == PROCESS_FAILED)
        self->backoff = (struct backoff){0}; /* somebody mended something: count anew */
    process_apply(self, PROCESS_START, reason);
}

/* Whether it starts again is said first: what the change brings about may decide otherwise. */
static void stop_in_the_way_of(process_t *self, const struct stop_way *way, bool starts_again,
                               const char *reason)
{
    self->starts_again = starts_again;
    if (self->state == PROCESS_STOPPING)
        return; /* it goes on as it began */
    self->stop_way = *way;
    process_apply(self, PROCESS_STOP, reason);
}

static struct stop_way usual_way(const process_t *self)
{
    return (struct stop_way){self->options->stop_signal, self->options->graceful_timeout_ms};
}

void process_stop(process_t *self, const char *reason)
{
    const struct stop_way usual = usual_way(self);
    stop_in_the_way_of(self, &usual, false, reason);
}

void process_restart(process_t *self, const char *reason)
{
    const struct stop_way usual = usual_way(self);
    if (self->state == PROCESS_STOPPED)
        process_start(self, reason);
    else
        stop_in_the_way_of(self, &usual, true, reason);
}

void process_kill(process_t *self, const struct stop_way *way, const char *reason)
{
    if (self->run.child.pid == 0)
        return;
    if (self->state == PROCESS_STOPPING)
        stop_begin(&self->stop, way, reason); /* a stop goes on, in this way */
    else
        stop_in_the_way_of(self, way, true, reason);
}

void process_renew(process_t *self)
{
    self->is_done = false;
    self->is_let_go = false;
}

void process_let_go(process_t *self)
{
    self->is_let_go = true;
    self->starts_again = false;
    if (self->state == PROCESS_BACKOFF || self->state == PROCESS_FAILED)
        process_stop(self, "it is let go");
}

void process_renew_age(process_t *self)
{
    if (self->state == PROCESS_RUNNING && run_is_alive(&self->run))
        age_watch(&self->age);
}

void process_signal(process_t *self, int number, const char *reason)
{
    if (run_is_alive(&self->run))
        delivery_begin(&self->deliveries, number, DELIVERY_OTHER, reason);
}

void process_reset(process_t *self, const char *reason)
{
    self->backoff = (struct backoff){0};
    if (self->state == PROCESS_BACKOFF || self->state == PROCESS_FAILED)
        process_apply(self, PROCESS_START, reason);
}

/* ---- what its child says ---- */

/* What it left behind may say so for a child that has ended. */
void process_set_ready(process_t *self, const char *how)
{
    if (run_is_alive(&self->run))
        process_apply(self, PROCESS_READY, how);
}

void process_show_life(process_t *self)
{
    watchdog_show_life(&self->hang.watchdog);
}

void process_take_heartbeat(process_t *self, int64_t busy_ms)
{
    watchdog_take_heartbeat(&self->hang.watchdog, busy_ms);
}

void process_take_message(process_t *self, const struct notify_message *message)
{
    if (message->is_alive)
        process_take_heartbeat(self, 0);
    if (message->has_status)
        run_set_text(&self->run, message->status);
    if (message->is_ready && self->options->notify)
        process_set_ready(self, "it said READY=1");
}

void process_set_failure(process_t *self, const char *reason)
{
    struct subject subject = run_subject(&self->run);
    run_set_failure(&self->run, reason);
    announce_error(&subject, reason);
}
