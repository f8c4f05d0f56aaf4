#include "exchange.h"

#include <string.h>

static void on_timer(void *arg)
{
    struct exchange *exchange = arg;
    exchange_forget(exchange);
    exchange->on_lost(exchange->arg, NULL);
}

int64_t exchange_begin(struct exchanges *owner, struct exchange *exchange, int64_t timeout_ms)
{
    exchange->id = ++owner->last_id;
    exchange->owner = owner;
    exchange->previous = owner->last;
    exchange->next = NULL;
    if (owner->last)
        owner->last->next = exchange;
    else
        owner->first = exchange;
    owner->last = exchange;
    owner->count++;
    owner->size += exchange->size;
    exchange->timer.fire = on_timer;
    exchange->timer.arg = exchange;
    timers_start(owner->timers, &exchange->timer, timeout_ms);
    return exchange->id;
}

void exchange_forget(struct exchange *exchange)
{
    struct exchanges *owner = exchange->owner;
    if (exchange->id == 0)
        return;
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        owner->first = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    else
        owner->last = exchange->previous;
    owner->count--;
    owner->size -= exchange->size;
    exchange->id = 0;
    timers_cancel(owner->timers, &exchange->timer);
}

static void read_error(const ph_value_t *reply, struct ph_error *err)
{
    const char *code = ph_value_string(ph_value_get(reply, "code"), "internal");
    const char *hint = ph_value_string(ph_value_get(reply, "hint"), "");
    ph_error_set(err, ph_code_from_name(code), "%s",
                 ph_value_string(ph_value_get(reply, "reason"), "refused without a reason"));
    ph_error_hint(err, "%s", hint);
}

static void finish(struct exchange *exchange, const ph_value_t *reply)
{
    struct ph_error err;
    exchange_forget(exchange);
    if (strcmp(ph_value_string(ph_value_get(reply, "status"), ""), "ok") == 0) {
        exchange->on_answer(exchange->arg, reply, NULL);
        return;
    }
    read_error(reply, &err);
    exchange->on_answer(exchange->arg, NULL, &err);
}

bool exchanges_take_reply(struct exchanges *self, const ph_value_t *reply)
{
    int64_t id = ph_value_int(ph_value_get(reply, "id"), 0);
    for (struct exchange *exchange = self->first; exchange; exchange = exchange->next) {
        if (exchange->id != id)
            continue;
        finish(exchange, reply);
        return true;
    }
    return false;
}

void exchanges_lose(struct exchanges *self, const char *why)
{
    while (self->first) {
        struct exchange *exchange = self->first;
        exchange_forget(exchange);
        exchange->on_lost(exchange->arg, why);
    }
}
