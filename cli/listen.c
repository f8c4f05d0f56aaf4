#include "listen.h"

#include "circus_listen.h"
#include "follow.h"
#include "output.h"

#include <alloc.h>
#include <clock.h>
#include <inttypes.h>
#include <string.h>

struct listener {
    const struct options *options;
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

/* The output of processes, which comes along when somebody else follows it, has no part in `seq`.
 */
static bool is_output(const ph_event_t *event)
{
    return strncmp(ph_event_topic(event), "log.", strlen("log.")) == 0;
}

/* The daemon's end is subscribed to even when nobody asked for it. */
static bool listener_wants(const struct listener *self, const ph_event_t *event)
{
    const struct options *options = self->options;
    for (size_t i = 0; i < options->arg_count; i++)
        if (options->args[i][0] &&
            strncmp(ph_event_topic(event), options->args[i], strlen(options->args[i])) == 0)
            return true;
    return self->is_for_all && !is_output(event);
}

static void listener_take(void *arg, const ph_event_t *event)
{
    struct listener *self = arg;
    if (!is_output(event))
        listener_count(self, event);
    if (!listener_wants(self, event))
        return;
    if (self->options->is_json)
        follow_print_json(event);
    else if (self->options->is_circus)
        circus_print_event(event);
    else
        print_line(event);
}

static int listener_subscribe(struct listener *self, ph_client_t *client, struct ph_error *err)
{
    const struct options *options = self->options;
    int timeout_ms = options_timeout_ms(options);
    self->is_for_all = options->arg_count == 0;
    for (size_t i = 0; i < options->arg_count; i++)
        if (options->args[i][0] == '\0')
            self->is_for_all = true;
    if (self->is_for_all)
        return ph_client_subscribe(client, "", timeout_ms, err);

    for (size_t i = 0; i < options->arg_count; i++)
        if (ph_client_subscribe(client, options->args[i], timeout_ms, err) < 0)
            return -1;
    return 0;
}

int listen_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    const struct options *options = invocation->options;
    ph_cleanup(listener_release) struct listener self = {.options = options};
    if (follow_begin(client, options_timeout_ms(options), err) < 0)
        return options->is_circus ? circus_listen(invocation, ph_client_endpoint(client), err) : -1;
    if (listener_subscribe(&self, client, err) < 0)
        return -1;
    return follow_run(client, listener_take, &self, err);
}
