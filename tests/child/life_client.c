/* life_client.c - a client that prints what comes of what it asks for; life_client.py is the same
 * in Python.
 *
 *     test-life-client ENDPOINT incr NAME COUNT     one more process each time: prints how many
 *     test-life-client ENDPOINT follow NAME ROUNDS  each round: prints "STATUS SEQ" of the state,
 *                                                   then "SEQ ACTION" of the next events */
#include <inttypes.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 10000, EVENTS = 5 };

static int fail(const struct ph_error *err)
{
    printf("%s: %s\n", ph_code_name(err->code), err->message);
    return -1;
}

static int incr_once(ph_client_t *client, const char *name)
{
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", name);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(client, "incr", properties, TIMEOUT_MS, &err);
    if (!reply)
        return fail(&err);
    printf("%" PRId64 "\n", ph_value_int(ph_value_get(ph_message_body(reply), "numprocesses"), -1));
    return 0;
}

static int incr(const char *endpoint, const char *name, int count)
{
    struct ph_error err;
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(endpoint, &err);
    if (!client)
        return fail(&err);
    for (int i = 0; i < count; i++)
        if (incr_once(client, name) < 0)
            return -1;
    return 0;
}

static void print_state(const ph_value_t *state, const char *name)
{
    const ph_value_t *words = ph_value_get(state, "statuses");
    printf("%s %" PRId64 "\n", ph_value_string(ph_value_get(words, name), "?"),
           ph_value_int(ph_value_get(state, "seq"), -1));
}

static int follow_once(const char *endpoint, const char *name)
{
    struct ph_error err;
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(endpoint, &err);
    if (!client)
        return fail(&err);
    ph_cleanup(ph_message_destroy) ph_message_t *state =
        ph_client_follow(client, "watcher.", TIMEOUT_MS, &err);
    if (!state)
        return fail(&err);
    print_state(ph_message_body(state), name);
    for (int i = 0; i < EVENTS; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            ph_client_receive(client, TIMEOUT_MS, &err);
        if (!event)
            return fail(&err);
        printf("%" PRIu64 " %s\n", ph_event_seq(event), ph_event_action(event));
    }
    return 0;
}

static int follow(const char *endpoint, const char *name, int rounds)
{
    for (int i = 0; i < rounds; i++)
        if (follow_once(endpoint, name) < 0)
            return -1;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    int count = (int)strtol(argv[4], NULL, 10);
    if (strcmp(argv[2], "incr") == 0)
        return incr(argv[1], argv[3], count) < 0;
    return follow(argv[1], argv[3], count) < 0;
}
