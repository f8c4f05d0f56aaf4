#include "circus_call.h"

#include <alloc.h>
#include <clock.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wire/json.h>
#include <zmq.h>

/* The socket of one request, whose answer is the only message that can come. */
struct line {
    void *context, *socket;
};

static void line_close(struct line *self)
{
    if (self->socket)
        zmq_close(self->socket);
    if (self->context)
        zmq_ctx_term(self->context);
}

static int line_open(struct line *self, const char *endpoint, struct ph_error *err)
{
    int none = 0;
    self->context = zmq_ctx_new();
    self->socket = self->context ? zmq_socket(self->context, ZMQ_DEALER) : NULL;
    if (!self->socket || zmq_setsockopt(self->socket, ZMQ_LINGER, &none, sizeof none) < 0 ||
        zmq_connect(self->socket, endpoint) < 0)
        return ph_error_set(err, PH_INVALID, "cannot connect to %s: %s", endpoint,
                            zmq_strerror(zmq_errno()));
    return 0;
}

/* ---- the request ---- */

/* circusctl knows of some options what they are; the others stay text. */
static const struct {
    const char *name;
    enum ph_type type;
} option_types[] = {
    {"close_child_stderr", PH_BOOL},
    {"close_child_stdin", PH_BOOL},
    {"close_child_stdout", PH_BOOL},
    {"copy_env", PH_BOOL},
    {"graceful_timeout", PH_FLOAT},
    {"max_age", PH_INT},
    {"max_age_variance", PH_INT},
    {"max_retry", PH_INT},
    {"numprocesses", PH_INT},
    {"respawn", PH_BOOL},
    {"retry_in", PH_FLOAT},
    {"send_hup", PH_BOOL},
    {"shell", PH_BOOL},
    {"singleton", PH_BOOL},
    {"stop_children", PH_BOOL},
    {"stop_signal", PH_INT},
    {"warmup_delay", PH_FLOAT},
};

static enum ph_type type_of_option(const char *name)
{
    for (size_t i = 0; i < sizeof option_types / sizeof option_types[0]; i++)
        if (strcmp(option_types[i].name, name) == 0)
            return option_types[i].type;
    return PH_STRING;
}

/* Returns 1 or 0, or -1 for a text that is neither. */
static int truth_of(const char *text)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int truth = 0; truth < 2; truth++)
            if (strcasecmp(text, words[i][truth]) == 0)
                return truth;
    return -1;
}

void circus_write_option(ph_writer_t *writer, const char *name, const char *text)
{
    char *end;
    enum ph_type type = type_of_option(name);
    double number = strtod(text, &end);
    bool is_number = end > text && *end == '\0' && number >= -1e9 && number <= 1e9;
    if (type == PH_BOOL && truth_of(text) >= 0)
        ph_writer_bool(writer, name, truth_of(text));
    else if (type == PH_INT && is_number && number == (double)(int64_t)number)
        ph_writer_int(writer, name, (int64_t)number);
    else if (type == PH_FLOAT && is_number)
        ph_writer_float(writer, name, number);
    else
        ph_writer_string(writer, name, text); /* what is wrong with it, the daemon says */
}

static void write_options(ph_writer_t *writer, const ph_value_t *options)
{
    ph_writer_map(writer, "options");
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(options, i, &key);
        circus_write_option(writer, ph_value_string(key, ""), ph_value_string(value, ""));
    }
    ph_writer_end(writer);
}

/* The options of `set` are texts as they were typed, which Circus does not take for numbers. */
static void write_properties(ph_writer_t *writer, const struct invocation *invocation)
{
    size_t size;
    const void *data = ph_writer_data(invocation->properties, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    const ph_value_t *properties = ph_message_body(message);
    bool is_set = invocation->info == &command_infos[COMMAND_SET];
    for (size_t i = 0; i < ph_value_size(properties); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(properties, i, &key);
        if (is_set && ph_value_type(value) == PH_MAP)
            write_options(writer, value);
        else
            ph_writer_value(writer, ph_value_string(key, ""), value);
    }
}

/* Returns the request as JSON, which the caller frees. */
static char *make_request(const struct invocation *invocation)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_string(writer, "id", "1");
    ph_writer_string(writer, "command", invocation->info->name);
    ph_writer_map(writer, "properties");
    write_properties(writer, invocation);
    ph_writer_end(writer);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    return ph_value_to_json(ph_message_body(message));
}

static int line_send(const struct line *self, const struct invocation *invocation,
                     struct ph_error *err)
{
    ph_cleanup(ph_freep) char *request = make_request(invocation);
    if (zmq_send(self->socket, request, strlen(request), 0) >= 0)
        return 0;
    return ph_error_set(err, PH_UNAVAILABLE, "cannot send '%s': %s", invocation->info->name,
                        zmq_strerror(zmq_errno()));
}

/* ---- the answer ---- */

/* Waits until there is something to read. Returns false when the time is over. */
static bool line_wait(const struct line *self, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    for (int64_t left = timeout_ms; timeout_ms < 0 || left >= 0; left = deadline - ph_clock_ms()) {
        zmq_pollitem_t item = {.socket = self->socket, .events = ZMQ_POLLIN};
        int count = zmq_poll(&item, 1, timeout_ms < 0 ? -1 : (long)left);
        if (count != -1 || zmq_errno() != EINTR)
            return count > 0;
    }
    return false;
}

static ph_message_t *line_receive(const struct line *self, struct ph_error *err)
{
    static const struct wire_limits limits = {.max_depth = 32, .max_values = 10000000};
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, self->socket, ZMQ_DONTWAIT) < 0) {
        ph_error_set(err, PH_UNAVAILABLE, "cannot receive: %s", zmq_strerror(zmq_errno()));
        return NULL;
    }
    ph_message_t *reply =
        wire_decode_json(zmq_msg_data(&frame), zmq_msg_size(&frame), &limits, err);
    zmq_msg_close(&frame);
    return reply;
}

/* Circus puts the status of a watcher in the place of "ok". */
static int check_reply(const ph_value_t *reply, struct ph_error *err)
{
    if (strcmp(ph_value_string(ph_value_get(reply, "status"), "error"), "error") != 0)
        return 0;
    const char *code = ph_value_string(ph_value_get(reply, "code"), "conflict");
    return ph_error_set(err, ph_code_from_name(code), "%s",
                        ph_value_string(ph_value_get(reply, "reason"), "refused without a reason"));
}

ph_message_t *circus_call(const struct invocation *invocation, const char *endpoint, int timeout_ms,
                          struct ph_error *err)
{
    ph_cleanup(line_close) struct line line = {0};
    if (line_open(&line, endpoint, err) < 0 || line_send(&line, invocation, err) < 0)
        return NULL;
    if (!line_wait(&line, timeout_ms)) {
        ph_error_set(err, PH_TIMEOUT, "no answer to '%s' from %s within %g s",
                     invocation->info->name, endpoint, (double)timeout_ms / 1000);
        return NULL;
    }
    ph_cleanup(ph_message_destroy) ph_message_t *reply = line_receive(&line, err);
    if (!reply || check_reply(ph_message_body(reply), err) < 0)
        return NULL;
    return ph_steal(&reply);
}
