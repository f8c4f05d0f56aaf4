#include "circus_listen.h"

#include "circus_call.h"
#include "output.h"

#include <alloc.h>
#include <commands.h>
#include <errno.h>
#include <string.h>
#include <zmq.h>

/* ---- printing ---- */

/* As Python shows bytes. */
static void print_bytes(const char *bytes, size_t size)
{
    bool has_apostrophe = memchr(bytes, '\'', size) && !memchr(bytes, '"', size);
    unsigned char quote = has_apostrophe ? '"' : '\'';
    printf("b%c", quote);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\\' || c == quote)
            printf("\\%c", c);
        else if (c < ' ' || c >= 0x7f)
            printf("\\x%02x", c);
        else
            putchar(c);
    }
    putchar(quote);
}

static void print_event(const char *topic, size_t topic_size, const char *body, size_t size)
{
    print_bytes(topic, topic_size);
    fputs(": ", stdout);
    print_bytes(body, size);
    putchar('\n');
}

void circus_print_event(const ph_event_t *event)
{
    const char *topic = ph_event_topic(event);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_event_body(event));
    print_event(topic, strlen(topic), json, strlen(json));
}

/* ---- the endpoint of events ---- */

/* Returns where the events of the daemon at an endpoint for Circus's clients come from; the caller
 * frees it. */
static char *ask_pubsub(const struct invocation *invocation, const char *endpoint,
                        struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    const struct invocation asked = {.options = invocation->options,
                                     .info = &command_infos[COMMAND_GLOBALOPTIONS],
                                     .properties = properties};
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        circus_call(&asked, endpoint, options_timeout_ms(invocation->options), err);
    const ph_value_t *options = ph_value_get(ph_message_body(reply), "options");
    const char *pubsub = ph_value_string(ph_value_get(options, "pubsub_endpoint"), NULL);
    if (!pubsub && reply)
        ph_error_set(err, PH_INVALID, "%s does not say where its events come from", endpoint);
    return pubsub ? ph_strdup(pubsub) : NULL;
}

struct feed {
    void *context, *socket;
};

static void feed_close(struct feed *self)
{
    if (self->socket)
        zmq_close(self->socket);
    if (self->context)
        zmq_ctx_term(self->context);
}

static bool subscribe(const struct feed *self, const char *topic)
{
    return zmq_setsockopt(self->socket, ZMQ_SUBSCRIBE, topic, strlen(topic)) == 0;
}

static int feed_open(struct feed *self, const char *endpoint, const struct options *options,
                     struct ph_error *err)
{
    self->context = zmq_ctx_new();
    self->socket = self->context ? zmq_socket(self->context, ZMQ_SUB) : NULL;
    bool is_open = self->socket && zmq_connect(self->socket, endpoint) == 0;
    if (is_open && options->arg_count == 0)
        is_open = subscribe(self, "");
    for (size_t i = 0; is_open && i < options->arg_count; i++)
        is_open = subscribe(self, options->args[i]);
    return is_open ? 0
                   : ph_error_set(err, PH_INVALID, "cannot subscribe to %s: %s", endpoint,
                                  zmq_strerror(zmq_errno()));
}

static int receive(const struct feed *self, zmq_msg_t *frame, struct ph_error *err)
{
    while (zmq_msg_recv(frame, self->socket, 0) < 0)
        if (zmq_errno() != EINTR)
            return ph_error_set(err, PH_SYSTEM, "cannot receive: %s", zmq_strerror(zmq_errno()));
    return 0;
}

/* Prints the next message, if it has a topic and a body; more than these is passed over. */
static int feed_print(const struct feed *self, zmq_msg_t *topic, zmq_msg_t *body,
                      struct ph_error *err)
{
    if (receive(self, topic, err) < 0)
        return -1;
    if (!zmq_msg_more(topic))
        return 0;
    if (receive(self, body, err) < 0)
        return -1;
    print_event(zmq_msg_data(topic), zmq_msg_size(topic), zmq_msg_data(body), zmq_msg_size(body));
    while (zmq_msg_more(body))
        if (receive(self, body, err) < 0)
            return -1;
    return output_flush(err);
}

static int feed_run(const struct feed *self, struct ph_error *err)
{
    int outcome = 0;
    zmq_msg_t topic, body;
    zmq_msg_init(&topic);
    zmq_msg_init(&body);
    while (outcome == 0)
        outcome = feed_print(self, &topic, &body, err);
    zmq_msg_close(&topic);
    zmq_msg_close(&body);
    return outcome;
}

int circus_listen(const struct invocation *invocation, const char *endpoint, struct ph_error *err)
{
    ph_cleanup(feed_close) struct feed feed = {0};
    bool is_feed = err->code == PH_UNAVAILABLE; /* somebody is there, and does not answer */
    ph_cleanup(ph_freep) char *pubsub =
        is_feed ? ph_strdup(endpoint) : ask_pubsub(invocation, endpoint, err);
    if (!pubsub || feed_open(&feed, pubsub, invocation->options, err) < 0)
        return -1;
    return feed_run(&feed, err);
}
