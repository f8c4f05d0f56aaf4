#include "invocations.h"

#include "plugin.h"
#include "reconfigure.h"

#include <alloc.h>
#include <clock.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 1000 }; /* to wait for room in the queue to the daemon */

struct waiting {
    ph_message_t *request;
    struct waiting *next;
};

struct ph_deferred {
    invocations_t *owner; /* NULL: the plugin has ended */
    int64_t id;
    bool is_cancelled;
    struct ph_deferred *next;
};

struct invocations {
    ph_plugin_t *plugin;
    struct waiting *first, **last_p;
    struct ph_deferred *deferred;
    ph_message_t *no_args;
    const ph_value_t *running; /* the invocation whose method runs; NULL: none does */
    bool is_deferred;          /* its answer was taken over */
    bool is_cancelled;         /* nobody waits for its answer any more */
};

invocations_t *invocations_new(ph_plugin_t *plugin)
{
    static const char empty_map[] = "\x80";
    invocations_t *self = ph_calloc(1, sizeof *self);
    self->plugin = plugin;
    self->last_p = &self->first;
    self->no_args = ph_message_new(empty_map, 1, NULL);
    return self;
}

static ph_message_t *take_first(invocations_t *self)
{
    struct waiting *waiting = self->first;
    if (!waiting)
        return NULL;
    ph_message_t *request = waiting->request;
    self->first = waiting->next;
    if (!self->first)
        self->last_p = &self->first;
    free(waiting);
    return request;
}

static void drop_waiting(invocations_t *self)
{
    for (ph_message_t *request; (request = take_first(self));)
        ph_message_destroy(&request);
}

void invocations_destroy(invocations_t **self_p)
{
    invocations_t *self = *self_p;
    if (!self)
        return;
    drop_waiting(self);
    for (ph_deferred_t *deferred = self->deferred; deferred; deferred = deferred->next) {
        deferred->owner = NULL;
        deferred->is_cancelled = true;
    }
    ph_message_destroy(&self->no_args);
    free(self);
    *self_p = NULL;
}

void invocations_add(invocations_t *self, ph_message_t **request_p)
{
    struct waiting *waiting = ph_calloc(1, sizeof *waiting);
    waiting->request = ph_steal(request_p);
    *self->last_p = waiting;
    self->last_p = &waiting->next;
}

bool invocations_wait(const invocations_t *self)
{
    return self->first != NULL;
}

static int64_t id_of(const ph_value_t *request)
{
    return ph_value_int(ph_value_get(request, "id"), 0);
}

static void cancel_waiting(invocations_t *self, int64_t id)
{
    for (struct waiting **link = &self->first; *link; link = &(*link)->next) {
        struct waiting *waiting = *link;
        if (id_of(ph_message_body(waiting->request)) != id)
            continue;
        *link = waiting->next;
        if (!waiting->next)
            self->last_p = link;
        ph_message_destroy(&waiting->request);
        free(waiting);
        return;
    }
}

void invocations_cancel(invocations_t *self, int64_t id)
{
    cancel_waiting(self, id);
    if (self->running && id_of(self->running) == id)
        self->is_cancelled = true;
    for (ph_deferred_t *deferred = self->deferred; deferred; deferred = deferred->next)
        if (deferred->id == id)
            deferred->is_cancelled = true;
}

void invocations_cancel_all(invocations_t *self)
{
    drop_waiting(self);
    self->is_cancelled = true;
    for (ph_deferred_t *deferred = self->deferred; deferred; deferred = deferred->next)
        deferred->is_cancelled = true;
}

/* ---- answers ---- */

static void refuse(const invocations_t *self, int64_t id, const struct ph_error *reason)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_int(reply, "id", id);
    ph_writer_string(reply, "status", "error");
    ph_writer_string(reply, "code", ph_code_name(reason->code));
    ph_writer_string(reply, "reason",
                     reason->message[0] ? reason->message : "refused without a reason");
    if (reason->hint[0])
        ph_writer_string(reply, "hint", reason->hint);
    connection_send(self->plugin->connection, reply, "the answer", ANSWER_MS, NULL);
}

static void answer(const invocations_t *self, int64_t id, const ph_writer_t *result)
{
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_int(reply, "id", id);
    ph_writer_string(reply, "status", "ok");
    ph_writer_map(reply, "result");
    ph_writer_merge(reply, result);
    ph_writer_end(reply);
    if (connection_send(self->plugin->connection, reply, "the answer", ANSWER_MS, &err) < 0)
        refuse(self, id, &err);
}

void invocations_refuse_all(invocations_t *self, const struct ph_error *reason)
{
    for (ph_message_t *request; (request = take_first(self));) {
        refuse(self, id_of(ph_message_body(request)), reason);
        ph_message_destroy(&request);
    }
}

void invocations_refuse_unknown(invocations_t *self, const ph_value_t *request)
{
    if (strcmp(ph_value_string(ph_value_get(request, "msg_type"), ""), "cast") == 0)
        return;
    struct ph_error reason;
    ph_error_set(&reason, PH_UNKNOWN_COMMAND, "plugin '%s' does not know the request '%.100s'",
                 ph_plugin_name(self->plugin),
                 ph_value_string(ph_value_get(request, "command"), ""));
    refuse(self, id_of(request), &reason);
}

/* ---- doing them ---- */

static const ph_value_t *args_of(const invocations_t *self, const ph_value_t *properties)
{
    const ph_value_t *args = ph_value_get(properties, "args");
    return ph_value_type(args) == PH_MAP ? args : ph_message_body(self->no_args);
}

static void run_method(invocations_t *self, const ph_value_t *request)
{
    const ph_value_t *properties = ph_value_get(request, "properties");
    const char *name = ph_value_string(ph_value_get(properties, "method"), "");
    const struct ph_method *method = methods_find(self->plugin->methods, name);
    struct ph_error err = {0};
    if (!method) {
        ph_error_set(&err, PH_NOT_FOUND, "plugin '%s' has no method '%.100s'",
                     ph_plugin_name(self->plugin), name);
        refuse(self, id_of(request), &err);
        return;
    }

    ph_cleanup(ph_writer_destroy) ph_writer_t *result = ph_writer_new();
    self->running = request;
    self->is_deferred = self->is_cancelled = false;
    int outcome = method->handle(self->plugin, args_of(self, properties), result, &err);
    self->running = NULL;
    if (self->is_deferred || self->is_cancelled)
        return;
    if (outcome == 0) {
        answer(self, id_of(request), result);
        return;
    }
    if (!err.message[0])
        ph_error_set(&err, PH_INTERNAL, "method '%s' of plugin '%s' failed without giving a reason",
                     name, ph_plugin_name(self->plugin));
    refuse(self, id_of(request), &err);
}

static void run_reconfigure(invocations_t *self, ph_message_t **request_p)
{
    struct ph_error err = {0};
    int64_t id = id_of(ph_message_body(*request_p));
    self->is_cancelled = false;
    int outcome = reconfigure(self->plugin, request_p, &err);
    if (self->is_cancelled) /* the session was lost: the id means nothing in the next one */
        return;
    if (outcome < 0)
        refuse(self, id, &err);
    else
        answer(self, id, NULL);
}

void invocations_run(invocations_t *self, size_t most)
{
    for (; most > 0 && self->first && !self->plugin->has_to_stop; most--) {
        ph_cleanup(ph_message_destroy) ph_message_t *request = take_first(self);
        const ph_value_t *body = ph_message_body(request);
        if (strcmp(ph_value_string(ph_value_get(body, "command"), ""), "invoke") == 0)
            run_method(self, body);
        else
            run_reconfigure(self, &request);
    }
}

/* ---- the public part ---- */

const char *ph_plugin_trace(const ph_plugin_t *self)
{
    const ph_value_t *running = self->invocations->running;
    return ph_value_string(ph_value_get(ph_value_get(running, "properties"), "trace"), "");
}

ph_deferred_t *ph_plugin_defer(ph_plugin_t *self)
{
    invocations_t *owner = self->invocations;
    if (!owner->running || owner->is_deferred)
        return NULL;
    ph_deferred_t *deferred = ph_calloc(1, sizeof *deferred);
    deferred->owner = owner;
    deferred->id = id_of(owner->running);
    deferred->is_cancelled = owner->is_cancelled;
    deferred->next = owner->deferred;
    owner->deferred = deferred;
    owner->is_deferred = true;
    return deferred;
}

static void free_deferred(ph_deferred_t **self_p)
{
    ph_deferred_t *self = *self_p;
    ph_deferred_t **link = self->owner ? &self->owner->deferred : NULL;
    while (link && *link != self)
        link = &(*link)->next;
    if (link)
        *link = self->next;
    free(self);
    *self_p = NULL;
}

void ph_deferred_answer(ph_deferred_t **self_p, const ph_writer_t *result)
{
    const ph_deferred_t *self = *self_p;
    if (!self->is_cancelled)
        answer(self->owner, self->id, result);
    free_deferred(self_p);
}

void ph_deferred_refuse(ph_deferred_t **self_p, const struct ph_error *error)
{
    const ph_deferred_t *self = *self_p;
    if (!self->is_cancelled)
        refuse(self->owner, self->id, error);
    free_deferred(self_p);
}

bool ph_deferred_is_cancelled(const ph_deferred_t *self)
{
    return self->is_cancelled;
}
