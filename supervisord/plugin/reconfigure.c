#include "reconfigure.h"

#include <alloc.h>
#include <stdlib.h>

enum { RECONFIGURE_MS = 10000 };

struct asked {
    session_t *session;
    int64_t request_id;
    struct exchange exchange;
    reconfigure_fn *done;
    void *arg;
};

static void finish(struct asked *self, const struct ph_error *err)
{
    session_set_reconfiguring(self->session, false);
    self->done(self->arg, err);
    free(self);
}

static void on_answer(void *arg, const ph_value_t *reply, const struct ph_error *err)
{
    (void)reply;
    finish(arg, err);
}

/* It may take them into use all the same, if it is about to. */
static void tell_cancel(const struct asked *self)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_int(properties, "id", self->request_id);
    ph_writer_string(properties, "reason", "its time is over");
    session_cast(self->session, "cancel", properties);
}

static void on_lost(void *arg, const char *why)
{
    struct asked *self = arg;
    struct ph_error err;
    if (!why)
        tell_cancel(self);
    ph_error_set(&err, why ? PH_UNAVAILABLE : PH_TIMEOUT,
                 "'plugin:%s' has not taken its new options: %s", session_name(self->session),
                 why ? why : "it did not answer in time");
    finish(self, &err);
}

bool reconfigure_is_possible(const session_t *session)
{
    return session && session_is_ready(session) && session_handles(session, "reconfigure") &&
           !session_is_reconfiguring(session);
}

void reconfigure_ask(session_t *session, const struct pairs *options, reconfigure_fn *done,
                     void *arg)
{
    struct asked *self = ph_calloc(1, sizeof *self);
    *self = (struct asked){.session = session, .done = done, .arg = arg};
    self->exchange = (struct exchange){.on_answer = on_answer, .on_lost = on_lost, .arg = self};
    session_set_reconfiguring(session, true);
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_map(properties, "options");
    for (size_t i = 0; i < options->count; i++)
        ph_writer_string(properties, options->items[i].key, options->items[i].value);
    ph_writer_end(properties);
    session_request(session, "reconfigure", properties, &self->exchange, RECONFIGURE_MS);
    self->request_id = self->exchange.id;
}
