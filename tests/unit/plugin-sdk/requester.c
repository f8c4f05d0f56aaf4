/* Requests against a daemon of the test's own: a ROUTER that answers as it is told. */
#include "router.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <endpoint.h>
#include <requester.h>
#include <scratch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { CALL_MS = 5000 };

static char *folder, *endpoint;
static void *context;
static struct router router;
static connection_t *connection;
static requester_t *requester;

static void open_daemon(void)
{
    context = zmq_ctx_new();
    router_open(&router, context, endpoint);
}

static void close_daemon(void)
{
    router_close(&router);
    zmq_ctx_term(context);
}

static void setup(void)
{
    folder = scratch_new();
    endpoint = ph_format("ipc://%s/endpoint", folder);
    open_daemon();
    struct ph_error err = {0};
    connection = connection_new(endpoint, &err);
    cr_assert_not_null(connection, "%s", err.message);
    requester = requester_new(connection, &err);
}

static void teardown(void)
{
    requester_destroy(&requester);
    connection_destroy(&connection);
    close_daemon();
    scratch_destroy(&folder);
    free(endpoint);
}

TestSuite(requester, .init = setup, .fini = teardown, .timeout = 30);

/* ---- the daemon ---- */

static void answer(int64_t id, const char *epoch)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_int(reply, "id", id);
    ph_writer_string(reply, "status", "ok");
    ph_writer_string(reply, "epoch", epoch);
    router_send(&router, reply);
}

/* ---- the client ---- */

struct outcome {
    int count;
    enum ph_code code;
    char message[200];
};

static void on_reply(void *arg, const ph_value_t *reply, const struct ph_error *err)
{
    struct outcome *outcome = arg;
    outcome->count++;
    outcome->code = reply ? PH_OK : err->code;
    snprintf(outcome->message, sizeof outcome->message, "%s", reply ? "" : err->message);
}

static void ask(const char *command, int timeout_ms, struct outcome *outcome)
{
    struct ph_error err = {0};
    struct requester_async call = {
        .command = command, .timeout_ms = timeout_ms, .function = on_reply, .arg = outcome};
    cr_assert_eq(requester_call_async(requester, &call, &err), 0, "%s", err.message);
}

static void wait_outcome(const struct outcome *outcome)
{
    while (outcome->count == 0) {
        connection_wait(connection, requester_deadline(requester));
        requester_step(requester);
        requester_finish(requester, 1);
    }
    cr_expect_eq(outcome->count, 1);
}

/* Has one request answered, so that the run of the daemon is known. */
static void get_acquainted(const char *epoch)
{
    struct outcome outcome = {0};
    ask("first", CALL_MS, &outcome);
    router_hear(&router);
    answer(1, epoch);
    wait_outcome(&outcome);
}

Test(requester, each_request_says_who_asks_and_what_was_answered)
{
    struct outcome first = {0}, second = {0}, third = {0};
    ask("a", CALL_MS, &first);
    router_hear(&router);
    char client[20];
    snprintf(client, sizeof client, "%s", ph_value_string(router_get(&router, "client"), ""));
    cr_expect_eq(strlen(client), 16);
    cr_expect_eq(ph_value_int(router_get(&router, "id"), 0), 1);
    cr_expect_eq(ph_value_int(router_get(&router, "answered"), -1), 0);
    ask("b", CALL_MS, &second);
    router_hear(&router);
    answer(1, "e1");
    wait_outcome(&first);
    ask("c", CALL_MS, &third);
    router_hear(&router);
    cr_expect_str_eq(ph_value_string(router_get(&router, "client"), ""), client);
    cr_expect_eq(ph_value_int(router_get(&router, "id"), 0), 3);
    cr_expect_eq(ph_value_int(router_get(&router, "answered"), -1), 1);
    cr_expect_str_eq(requester_epoch(requester), "e1");
}

Test(requester, replies_come_in_any_order)
{
    struct outcome first = {0}, second = {0};
    ask("a", CALL_MS, &first);
    ask("b", CALL_MS, &second);
    router_hear(&router);
    router_hear(&router);
    answer(2, "e1");
    wait_outcome(&second);
    cr_expect_eq(first.count, 0);
    answer(2, "e1"); /* once more, and too late */
    answer(1, "e1");
    wait_outcome(&first);
    cr_expect_eq(second.count, 1);
}

Test(requester, what_is_not_answered_in_time_fails)
{
    struct outcome outcome = {0};
    ask("a", 20, &outcome);
    wait_outcome(&outcome);
    cr_expect_eq(outcome.code, PH_TIMEOUT);
    cr_expect(strstr(outcome.message, "no answer to 'a' from ipc://"), "%s", outcome.message);
    cr_expect(strstr(outcome.message, " within 0.02 s"), "%s", outcome.message);
}

Test(requester, without_a_daemon_it_fails_at_once)
{
    struct outcome outcome = {0};
    get_acquainted("e1");
    ask("a", -1, &outcome);
    router_hear(&router);
    close_daemon();
    wait_outcome(&outcome);
    cr_expect_eq(outcome.code, PH_UNAVAILABLE);
    cr_expect(strstr(outcome.message, " went away before it answered 'a'"), "%s", outcome.message);

    struct ph_error err = {0};
    cr_expect_null(requester_call(requester, "b", NULL, -1, &err));
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect(strstr(err.message, "cannot send 'b': no plughostd at ipc://"), "%s", err.message);
    open_daemon();
}

/* Ends the connection, while somebody listens all the time. */
static void break_connection(void)
{
    void *old_context = context, *old_socket = router.socket;
    open_daemon(); /* takes the name over: what was bound before is not found any more */
    zmq_close(old_socket);
    zmq_ctx_term(old_context);
}

/* Waits until the second request comes once more; it must say which daemon was asked, once. */
static void expect_asked_again(void)
{
    ph_message_destroy(&router.heard);
    for (int i = 0; i < 500 && !router.heard; i++) {
        zmq_pollitem_t item = {.socket = router.socket, .events = ZMQ_POLLIN};
        connection_look(connection);
        requester_step(requester);
        if (zmq_poll(&item, 1, 10) == 1)
            router_hear(&router);
    }
    cr_expect_str_eq(ph_value_string(router_get(&router, "command"), ""), "a");
    cr_expect_eq(ph_value_int(router_get(&router, "id"), 0), 2);
    cr_expect_str_eq(ph_value_string(router_get(&router, "epoch"), ""), "e1");
    cr_expect_eq(ph_value_size(ph_message_body(router.heard)), 5);
}

Test(requester, a_request_is_asked_again_when_the_connection_is_back)
{
    struct outcome outcome = {0};
    get_acquainted("e1");
    ask("a", CALL_MS, &outcome);
    router_hear(&router);
    cr_expect_null(router_get(&router, "epoch"));
    break_connection();
    expect_asked_again();
    answer(2, "e1");
    wait_outcome(&outcome);
    cr_expect_eq(outcome.code, PH_OK);
}

Test(requester, a_request_to_a_daemon_that_is_not_known_is_not_asked_again)
{
    struct outcome outcome = {0};
    ask("a", CALL_MS, &outcome);
    router_hear(&router);
    break_connection();
    wait_outcome(&outcome);
    cr_expect_eq(outcome.code, PH_UNAVAILABLE);
}

Test(requester, a_request_is_asked_again_as_often_as_the_connection_is_lost)
{
    struct outcome outcome = {0};
    get_acquainted("e1");
    ask("a", CALL_MS, &outcome);
    router_hear(&router);
    for (int i = 0; i < 2; i++) {
        break_connection();
        expect_asked_again();
    }
    answer(2, "e1");
    wait_outcome(&outcome);
    cr_expect_eq(outcome.code, PH_OK);
}

/* It is as large as a request can be: with the epoch it is too large. */
static ph_writer_t *write_largest(void)
{
    enum { OTHERS_BYTES = 80 };
    ph_cleanup(ph_freep) char *text = ph_calloc(1, PH_REQUEST_MAX_BYTES);
    memset(text, 'x', PH_REQUEST_MAX_BYTES - OTHERS_BYTES);
    ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "text", text);
    return properties;
}

Test(requester, a_request_that_cannot_be_asked_again_fails)
{
    struct ph_error err = {0};
    struct outcome outcome = {0};
    get_acquainted("0123456789abcdef");
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = write_largest();
    struct requester_async call = {.command = "a",
                                   .properties = properties,
                                   .timeout_ms = CALL_MS,
                                   .function = on_reply,
                                   .arg = &outcome};
    cr_assert_eq(requester_call_async(requester, &call, &err), 0, "%s", err.message);
    router_hear(&router);
    break_connection();
    wait_outcome(&outcome);
    cr_expect_eq(outcome.code, PH_UNAVAILABLE);
    cr_expect(strstr(outcome.message, "before it answered 'a', and cannot be asked again: 'a' has"),
              "%s", outcome.message);
}
