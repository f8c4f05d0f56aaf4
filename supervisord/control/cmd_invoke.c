/* The command that calls a method of a plugin. */
#include "command.h"

#include <alloc.h>
#include <stdlib.h>

enum { DEFAULT_TIMEOUT_MS = 5000, MAX_TIMEOUT_S = 86400 };

/* A request whose answer is a plugin's. */
struct waiting_request {
    endpoint_t *endpoint;
    request_t *request;
    char *trace;
};

static void on_done(void *arg, const ph_value_t *result, const struct ph_error *err)
{
    struct waiting_request *waiting = arg;
    const ph_value_t *properties = request_properties(waiting->request);
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_value(reply, "result", result);
    ph_writer_value(reply, "plugin", ph_value_get(properties, "plugin"));
    ph_writer_value(reply, "method", ph_value_get(properties, "method"));
    ph_writer_string(reply, "trace", waiting->trace);
    if (err)
        endpoint_refuse(waiting->endpoint, &waiting->request, err);
    else
        endpoint_reply(waiting->endpoint, &waiting->request, reply);
    free(waiting->trace);
    free(waiting);
}

static int read_timeout(const struct command_call *call, int64_t *timeout_ms, struct ph_error *err)
{
    const ph_value_t *timeout = ph_value_get(call->properties, "timeout");
    double seconds = ph_value_float(timeout, (double)DEFAULT_TIMEOUT_MS / 1000);
    if (!(seconds > 0 && seconds <= MAX_TIMEOUT_S))
        return ph_error_set(err, PH_INVALID,
                            "timeout %g is out of range: more than 0, at most %d seconds", seconds,
                            MAX_TIMEOUT_S);
    *timeout_ms = (int64_t)(seconds * 1000);
    return 0;
}

int command_invoke(struct command_call *call, struct ph_error *err)
{
    int64_t timeout_ms = 0;
    if (read_timeout(call, &timeout_ms, err) < 0)
        return -1;
    ph_cleanup(ph_freep) char *caller = command_sender(call);
    struct invoke_call invoke = {.plugin = command_text(call, "plugin"),
                                 .method = command_text(call, "method"),
                                 .args = ph_value_get(call->properties, "args"),
                                 .size = request_held_bytes(call->request),
                                 .timeout_ms = timeout_ms,
                                 .trace = command_text(call, "trace"),
                                 .caller = caller,
                                 .caller_pid = request_sender_pid(call->request),
                                 .session = call->session};
    struct waiting_request *waiting = ph_calloc(1, sizeof *waiting);
    waiting->endpoint = supervisor_endpoint(call->supervisor);
    waiting->request = call->request;
    const invocation_t *invocation =
        broker_invoke(supervisor_broker(call->supervisor), &invoke, on_done, waiting, err);
    if (!invocation) {
        free(waiting);
        return -1;
    }
    waiting->trace = ph_strdup(invocation_trace(invocation));
    call->request = NULL;
    return 0;
}
