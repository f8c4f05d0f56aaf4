#include "listen.h"

#include "output.h"

#include <alloc.h>
#include <clock.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct listener {
    const struct options *options;
    ph_client_t *client;
    bool is_for_all; /* every event is asked for, so that a gap in `seq` is a loss */
    char *epoch;     /* of the last event, or NULL */
    uint64_t seq;    /* of the last event */
};

static void listener_release(struct listener *self)
{
    ph_freep(&self->epoch);
}

/* ---- printing ---- */

/* A text stands bare unless it has something to quote: then its JSON holds a blank or a
 * backslash. */
static void print_event_value(const ph_value_t *value)
{
    ph_cleanup(ph_freep) char *json = ph_value_to_json(value);
    size_t length = strlen(json);
    bool is_bare = ph_value_type(value) == PH_STRING && length > 2 && !strpbrk(json, " \\\x7f");
    if (is_bare)
        output_text(stdout, json + 1, length - 2);
    else
        output_text(stdout, json, length);
}

/* Fields that the line shows in another place or not at all. */
static bool is_stamp(const char *key)
{
    return strcmp(key, "time") == 0 || strcmp(key, "epoch") == 0 || strcmp(key, "seq") == 0;
}

static void print_line(const ph_event_t *event)
{
    char when[PH_TIMESTAMP_SIZE];
    ph_clock_format(ph_event_time(event), when);
    printf("%s ", when);
    output_text(stdout, ph_event_topic(event), strlen(ph_event_topic(event)));

    const ph_value_t *body = ph_event_body(event);
    for (size_t i = 0; i < ph_value_size(body); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(body, i, &key);
        if (is_stamp(ph_value_string(key, "")))
            continue;
        putchar(' ');
        output_value(key);
        putchar('=');
        print_event_value(value);
    }
    putchar('\n');
}

/* The topic is encoded alone and not around the body, which may be nested as deep as is allowed. */
static void print_json(const ph_event_t *event)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_string(writer, "topic", ph_event_topic(event));
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);

    fputs("{\"topic\":", stdout);
    output_json(ph_value_get(ph_message_body(message), "topic"));
    fputs(",\"body\":", stdout);
    output_json(ph_event_body(event));
    puts("}");
}

/* ---- events ---- */

/* Tells about events that did not arrive. */
static void listener_count(struct listener *self, const ph_event_t *event)
{
    uint64_t seq = ph_event_seq(event);
    uint64_t expected = self->seq + 1;
    bool is_first = !self->epoch;
    bool is_same_run = !is_first && strcmp(self->epoch, ph_event_epoch(event)) == 0;
    if (!is_first && !is_same_run)
        output_note("the daemon was started anew; events may have been lost");
    else if (is_same_run && self->is_for_all && seq > expected)
        output_note("%" PRIu64 " event%s lost", seq - expected,
                    seq - expected == 1 ? " was" : "s were");

    self->seq = seq;
    if (!is_same_run) {
        ph_freep(&self->epoch);
        self->epoch = ph_strdup(ph_event_epoch(event));
    }
}

/* The daemon's end is subscribed to even when nobody asked for it. */
static bool listener_wants(const struct listener *self, const ph_event_t *event)
{
    const struct options *options = self->options;
    for (size_t i = 0; i < options->arg_count; i++)
        if (strncmp(ph_event_topic(event), options->args[i], strlen(options->args[i])) == 0)
            return true;
    return self->is_for_all;
}

static void listener_take(struct listener *self, const ph_event_t *event)
{
    listener_count(self, event);
    if (!listener_wants(self, event))
        return;
    if (self->options->is_json)
        print_json(event);
    else
        print_line(event);
}

/* Returns the next event, or NULL with `err` filled when there will be none. */
static ph_event_t *listener_next(const struct listener *self, struct ph_error *err)
{
    for (;;) {
        ph_event_t *event = ph_client_receive(self->client, -1, err);
        if (event)
            return event;
        if (err->code != PH_SYSTEM || err->sys_errno != EINTR)
            return NULL;
    }
}

static int listener_subscribe(struct listener *self, struct ph_error *err)
{
    const struct options *options = self->options;
    int timeout_ms = options_timeout_ms(options);
    self->is_for_all = options->arg_count == 0;
    for (size_t i = 0; i < options->arg_count; i++)
        if (options->args[i][0] == '\0')
            self->is_for_all = true;
    if (self->is_for_all)
        return ph_client_subscribe(self->client, "", timeout_ms, err);

    for (size_t i = 0; i < options->arg_count; i++)
        if (ph_client_subscribe(self->client, options->args[i], timeout_ms, err) < 0)
            return -1;
    /* Whatever is asked for, the daemon's end is what ends the program. */
    return ph_client_subscribe(self->client, "plughost.stop", timeout_ms, err);
}

/* Every line is flushed, so there is nothing to put away; and a flag that is looked at between two
 * events could be set just after the look. */
static void on_signal(int number)
{
    (void)number;
    _exit(EXIT_DONE);
}

int listen_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    ph_cleanup(listener_release) struct listener self = {.options = invocation->options,
                                                         .client = client};
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (listener_subscribe(&self, err) < 0)
        return -1;

    bool is_ending = false; /* the daemon has said so: its last events are still to come */
    for (;;) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = listener_next(&self, err);
        if (!event)
            break;
        is_ending |= strcmp(ph_event_topic(event), "plughost.stop") == 0;
        listener_take(&self, event);
        if (output_flush(err) < 0)
            return -1;
    }
    if (!is_ending || err->code != PH_UNAVAILABLE)
        return -1;
    output_note("the daemon has ended");
    return 0;
}
