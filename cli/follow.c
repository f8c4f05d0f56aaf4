#include "follow.h"

#include "output.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Every line is flushed, so there is nothing to put away; and a flag that is looked at between two
 * events could be set just after the look. */
static void on_signal(int number)
{
    (void)number;
    _exit(EXIT_DONE);
}

int follow_begin(ph_client_t *client, int timeout_ms, struct ph_error *err)
{
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    return ph_client_subscribe(client, "plughost.stop", timeout_ms, err);
}

/* Returns the next event, or NULL with `err` filled when there will be none. */
static ph_event_t *next_event(ph_client_t *client, struct ph_error *err)
{
    for (;;) {
        ph_event_t *event = ph_client_receive(client, -1, err);
        if (event)
            return event;
        if (err->code != PH_SYSTEM || err->sys_errno != EINTR)
            return NULL;
    }
}

int follow_run(ph_client_t *client, void (*take)(void *arg, const ph_event_t *event), void *arg,
               struct ph_error *err)
{
    bool is_ending = false; /* the daemon has said so: its last events are still to come */
    for (;;) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = next_event(client, err);
        if (!event)
            break;
        is_ending |= strcmp(ph_event_topic(event), "plughost.stop") == 0;
        take(arg, event);
        if (output_flush(err) < 0)
            return -1;
    }
    if (!is_ending || err->code != PH_UNAVAILABLE)
        return -1;
    output_note("the daemon has ended");
    return 0;
}

/* The topic is encoded alone and not around the body, which may be nested as deep as is allowed. */
void follow_print_json(const ph_event_t *event)
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
