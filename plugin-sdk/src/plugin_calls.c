/* What the functions of a plugin ask of the daemon and of other plugins. */
#include "invoke.h"
#include "plugin.h"
#include "publish.h"
#include "session.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ANSWER_MS = 5000 };

ph_message_t *ph_plugin_call(ph_plugin_t *self, const char *command, const ph_writer_t *properties,
                             int timeout_ms, struct ph_error *err)
{
    return requester_call(self->requester, command, properties, timeout_ms, err);
}

int ph_plugin_cast(ph_plugin_t *self, const char *command, const ph_writer_t *properties,
                   struct ph_error *err)
{
    return requester_cast(self->requester, command, properties, 0, err);
}

/* ---- invocations ---- */

/* It would wait for its own answer. */
static int check_other(const ph_plugin_t *self, const char *plugin, struct ph_error *err)
{
    static const char prefix[] = "plugin:";
    if (strncasecmp(plugin, prefix, sizeof prefix - 1) == 0)
        plugin += sizeof prefix - 1;
    if (strcasecmp(plugin, ph_plugin_name(self)) != 0)
        return 0;
    return ph_error_set(err, PH_INVALID, "plugin '%s' cannot invoke itself", plugin);
}

ph_message_t *ph_plugin_invoke(ph_plugin_t *self, const char *plugin, const char *method,
                               const ph_writer_t *args, int timeout_ms, struct ph_error *err)
{
    if (check_other(self, plugin, err) < 0)
        return NULL;
    struct invoke invoke = {plugin, method, args, timeout_ms, ph_plugin_trace(self)};
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = invoke_write(&invoke);
    return requester_call(self->requester, "invoke", properties, invoke_wait_ms(timeout_ms), err);
}

/* ---- without waiting ---- */

struct awaited {
    ph_plugin_t *plugin;
    ph_reply_fn *function;
    void *arg;
};

static void on_reply(void *arg, const ph_value_t *reply, const struct ph_error *err)
{
    struct awaited awaited = *(struct awaited *)arg;
    free(arg);
    awaited.function(awaited.plugin, reply, err, awaited.arg);
}

/* Fills in who gets the reply. */
static int call_async(ph_plugin_t *self, struct requester_async *call, ph_reply_fn *function,
                      void *arg, struct ph_error *err)
{
    ph_cleanup(ph_freep) struct awaited *awaited = ph_calloc(1, sizeof *awaited);
    *awaited = (struct awaited){self, function, arg};
    call->function = on_reply;
    call->arg = awaited;
    if (requester_call_async(self->requester, call, err) < 0)
        return -1;
    awaited = NULL; /* on_reply frees it */
    return 0;
}

int ph_plugin_call_async(ph_plugin_t *self, const char *command, const ph_writer_t *properties,
                         int timeout_ms, ph_reply_fn *function, void *arg, struct ph_error *err)
{
    struct requester_async call = {
        .command = command, .properties = properties, .timeout_ms = timeout_ms};
    return call_async(self, &call, function, arg, err);
}

int ph_plugin_invoke_async(ph_plugin_t *self, const char *plugin, const char *method,
                           const ph_writer_t *args, int timeout_ms, ph_reply_fn *function,
                           void *arg, struct ph_error *err)
{
    struct invoke invoke = {plugin, method, args, timeout_ms, ph_plugin_trace(self)};
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = invoke_write(&invoke);
    struct requester_async call = {
        .command = "invoke", .properties = properties, .timeout_ms = invoke_wait_ms(timeout_ms)};
    return call_async(self, &call, function, arg, err);
}

/* ---- methods ---- */

int ph_plugin_method(ph_plugin_t *self, const struct ph_method *method, struct ph_error *err)
{
    if (methods_check(method, err) < 0)
        return -1;
    methods_put(self->methods, method);
    if (!self->session.is_open) /* the next hello tells it */
        return 0;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    methods_write_one(method, properties);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        requester_call(self->requester, "plugin.method", properties, ANSWER_MS, err);
    return reply ? 0 : -1;
}

/* ---- events ---- */

int ph_plugin_subscribe(ph_plugin_t *self, const char *prefix, struct ph_error *err)
{
    return session_subscribe(self, prefix, err);
}

int ph_plugin_unsubscribe(ph_plugin_t *self, const char *prefix, struct ph_error *err)
{
    return session_unsubscribe(self, prefix, err);
}

int ph_plugin_publish(ph_plugin_t *self, const char *topic, const ph_writer_t *fields,
                      struct ph_error *err)
{
    if (publish_check_topic(topic, err) < 0)
        return -1;
    if (!self->session.is_open)
        return ph_error_set(err, PH_UNAVAILABLE, "cannot publish '%s': no plughostd at %s", topic,
                            connection_endpoint(self->connection));
    return publish_cast(self->requester, topic, fields, 0, err);
}
