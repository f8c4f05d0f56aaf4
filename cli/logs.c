#include "logs.h"

#include "colour.h"
#include "follow.h"
#include "output.h"
#include "units.h"

#include <alloc.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct printer {
    bool is_json;
    bool is_terminal;
    bool is_coloured;
    const ph_value_t *watchers; /* to follow, as a status reply has them; NULL: all */
    double shown_until;         /* events up to this time were in the reply */
};

/* ---- printing ---- */

/* `entry` is a line of the reply or the body of an event, `text` one line of it. */
static void print_line(const struct printer *self, const ph_value_t *entry, const char *text,
                       size_t size)
{
    const char *name = ph_value_string(ph_value_get(entry, "name"), "?");
    bool is_error = strcmp(ph_value_string(ph_value_get(entry, "stream"), ""), "stderr") == 0;
    ph_cleanup(ph_freep) char *clock = units_fine_clock(
        ph_value_float(ph_value_get(entry, "time"), 0), time(NULL), !self->is_terminal);
    const char *end = self->is_coloured ? COLOUR_END : "";

    printf("%s%s%s %s", self->is_coloured ? COLOUR_FAINT : "", clock, end,
           self->is_coloured ? colour_of_name(name) : "");
    output_text(stdout, name, strlen(name));
    printf("[%" PRId64 "]%s %s%c%s ", ph_value_int(ph_value_get(entry, "wid"), 0), end,
           is_error && self->is_coloured ? COLOUR_RED : "", is_error ? '!' : '|', end);
    output_text(stdout, text, size);
    putchar('\n');
}

static void print_reply(const struct printer *self, const ph_value_t *lines)
{
    for (size_t i = 0; i < ph_value_size(lines); i++) {
        const ph_value_t *line = ph_value_at(lines, i);
        const ph_value_t *text = ph_value_get(line, "text");
        print_line(self, line, ph_value_string(text, ""), ph_value_size(text));
    }
}

/* The text of an event is one or more lines. */
static void print_event(const struct printer *self, const ph_value_t *body)
{
    const char *text = ph_value_string(ph_value_get(body, "text"), "");
    while (*text) {
        size_t size = strcspn(text, "\n");
        print_line(self, body, text, size);
        text += size + (text[size] == '\n');
    }
}

/* ---- following ---- */

static const char *watcher_name(const struct printer *self, size_t index)
{
    return ph_value_string(ph_value_get(ph_value_at(self->watchers, index), "name"), "");
}

/* A subscription to "web" brings along what "web2" writes. */
static bool wants(const struct printer *self, const char *name)
{
    for (size_t i = 0; i < ph_value_size(self->watchers); i++)
        if (strcmp(watcher_name(self, i), name) == 0)
            return true;
    return !self->watchers;
}

static void take_event(void *arg, const ph_event_t *event)
{
    const struct printer *self = arg;
    const ph_value_t *body = ph_event_body(event);
    bool is_output = strncmp(ph_event_topic(event), "log.", strlen("log.")) == 0;
    if (!is_output || ph_event_time(event) <= self->shown_until ||
        !wants(self, ph_value_string(ph_value_get(body, "name"), "")))
        return;
    if (self->is_json)
        follow_print_json(event);
    else
        print_event(self, body);
}

/* As in the topics of events. */
static char topic_letter(char c)
{
    return (char)(c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int subscribe(ph_client_t *client, const char *name, int timeout_ms, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *topic = ph_format("log.%s", name);
    for (char *c = topic; *c; c++)
        *c = topic_letter(*c);
    return ph_client_subscribe(client, topic, timeout_ms, err);
}

/* Asks how the watchers are called, whose names may be typed in other letters, or without
 * "plugin:". The caller owns the reply. */
static ph_message_t *ask_names(const struct options *options, ph_client_t *client,
                               struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_array(properties, "name");
    for (size_t i = 0; i < options->arg_count; i++)
        ph_writer_string(properties, NULL, options->args[i]);
    ph_writer_end(properties);
    return ph_client_call(client, "status", properties, options_timeout_ms(options), err);
}

static int subscribe_all(struct printer *self, const struct options *options, ph_client_t *client,
                         ph_message_t **names_p, struct ph_error *err)
{
    int timeout_ms = options_timeout_ms(options);
    if (options->arg_count == 0)
        return subscribe(client, "", timeout_ms, err);

    *names_p = ask_names(options, client, err);
    self->watchers = ph_value_get(ph_message_body(*names_p), "watchers");
    for (size_t i = 0; i < ph_value_size(self->watchers); i++)
        if (subscribe(client, watcher_name(self, i), timeout_ms, err) < 0)
            return -1;
    return *names_p ? 0 : -1;
}

/* ---- the whole ---- */

static int print_past(struct printer *self, const struct invocation *invocation,
                      ph_client_t *client, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = ph_client_call(
        client, "logs", invocation->properties, options_timeout_ms(invocation->options), err);
    if (!reply)
        return -1;
    const ph_value_t *lines = ph_value_get(ph_message_body(reply), "lines");
    if (self->is_json) {
        output_json(ph_message_body(reply));
        putchar('\n');
    } else {
        print_reply(self, lines);
    }
    const ph_value_t *last = ph_value_at(lines, ph_value_size(lines) - 1);
    self->shown_until = ph_value_float(ph_value_get(last, "time"), 0);
    return output_flush(err);
}

/* What is written between the subscription and the reply is in both, and what is written later only
 * in the events: so nothing is missed, and nothing is shown twice. */
int logs_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    const struct options *options = invocation->options;
    struct printer self = {.is_json = options->is_json,
                           .is_terminal = isatty(STDOUT_FILENO),
                           .is_coloured = colour_is_wanted(stdout)};
    if (!options->is_following)
        return print_past(&self, invocation, client, err);

    ph_cleanup(ph_message_destroy) ph_message_t *names = NULL;
    if (follow_begin(client, options_timeout_ms(options), err) < 0 ||
        subscribe_all(&self, options, client, &names, err) < 0 ||
        print_past(&self, invocation, client, err) < 0)
        return -1;
    return follow_run(client, take_event, &self, err);
}
