#include "delivery.h"

#include "signals.h"

#include <alloc.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct delivery {
    struct deliveries *owner;
    int number;
    enum delivery_purpose purpose;
    char *reason;
    char *name;      /* of the signal */
    uint64_t serial; /* of the child that it is for */
    struct delivery *next;
};

static void delivery_free(struct delivery *self)
{
    free(self->reason);
    free(self->name);
    free(self);
}

static void unlink_delivery(struct delivery *self)
{
    struct delivery **link = &self->owner->first;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
}

/* Says that a signal could not be sent, and why: errno tells. */
static void announce_refusal(const struct subject *subject, const char *name)
{
    ph_cleanup(ph_freep) char *text = ph_format("cannot send %s to process %d: %s", name,
                                                (int)subject->pid, strerrordesc_np(errno));
    announce_error(subject, text);
}

static void send_signal(const struct delivery *self)
{
    struct run *run = self->owner->run;
    struct subject subject = run_subject(run);
    bool is_stop = self->purpose == DELIVERY_STOP;
    ph_cleanup(ph_freep) char *name = signal_to_name(self->number);
    int outcome = is_stop ? run_signal(run, self->number, run->owner->options->stop_children)
                          : kill(run->child.pid, self->number);
    if (outcome < 0)
        announce_refusal(&subject, name);
    else if (is_stop)
        announce_kill(&subject, name, self->reason);
    else
        announce_signal(&subject, name, self->reason);
    run_hook(run, HOOK_AFTER_SIGNAL, (struct hook_detail){.signal = self->name}, NULL, NULL);
}

static void finish(struct delivery *self, bool may_be_sent, const char *text)
{
    struct run *run = self->owner->run;
    struct subject subject = run_subject(run);
    bool is_for_this = run_is_alive(run) && run->child.serial == self->serial;
    if (is_for_this && (may_be_sent || self->number == SIGKILL))
        send_signal(self);
    else if (is_for_this)
        announce_error(&subject, text);
    delivery_free(self);
}

static void on_before_signal(void *arg, bool may_go_on, const char *text)
{
    struct delivery *self = arg;
    unlink_delivery(self);
    finish(self, may_go_on, text);
}

void delivery_begin(struct deliveries *owner, int number, enum delivery_purpose purpose,
                    const char *reason)
{
    struct delivery *self = ph_calloc(1, sizeof *self);
    *self = (struct delivery){.owner = owner,
                              .number = number,
                              .purpose = purpose,
                              .reason = ph_strdup(reason),
                              .name = signal_to_name(number),
                              .serial = owner->run->child.serial,
                              .next = owner->first};
    struct hook_detail detail = {.signal = self->name};
    if (run_hook(owner->run, HOOK_BEFORE_SIGNAL, detail, on_before_signal, self))
        owner->first = self;
    else
        finish(self, true, NULL);
}

void delivery_force(const struct run *run, int number, const char *reason)
{
    ph_cleanup(ph_freep) char *name = signal_to_name(number);
    struct subject subject = run_subject(run);
    if (run_signal(run, number, true) < 0)
        announce_refusal(&subject, name);
    else
        announce_kill(&subject, name, reason);
}

void deliveries_cancel(struct deliveries *self)
{
    while (self->first) {
        struct delivery *delivery = self->first;
        self->first = delivery->next;
        hook_cancel(self->run->owner->host->hooks, delivery);
        delivery_free(delivery);
    }
}
