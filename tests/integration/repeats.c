/* Asking again: what was asked before a connection broke is done once, and answered. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <files.h>
#include <played.h>
#include <string.h>

enum { WAIT_MS = 10000 };

#define WEB "[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 0\nautostart = no\n"
#define SLOW                                                                                       \
    "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"                                           \
    "hooks.before_start = sh -c 'read x <@DIR@/go'\n"

/* A request of the client of these tests, without the braces; more keys may follow. */
#define INCR(id)                                                                                   \
    "'command': 'incr', 'client': 'repeats-test', 'id': " #id ", 'properties': {'name': 'web'}"

TestSuite(repeats, .timeout = 60);

static ph_message_t *ask_on_new(const daemon_t *daemon, const char *request)
{
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    return raw_ask(raw, request);
}

static void expect_number(daemon_t *daemon, int64_t number)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "numprocesses", "{'name': 'web'}");
    cr_expect_eq(reply_number(reply, "numprocesses"), number);
}

/* Asks for a process more, which are `number` then. */
static void incr(const daemon_t *daemon, const char *request, int64_t number)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = ask_on_new(daemon, request);
    cr_assert_str_eq(reply_text(reply, "status"), "ok", "%s", reply_text(reply, "reason"));
    cr_expect_eq(reply_number(reply, "numprocesses"), number);
}

/* ---- after the answer ---- */

Test(repeats, what_was_done_is_answered_as_the_first_time_and_not_done_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    ph_cleanup(ph_message_destroy) ph_message_t *first = ask_on_new(daemon, "{" INCR(1) "}");
    ph_cleanup(ph_freep) char *again =
        ph_format("{%s, 'epoch': '%s'}", INCR(1), reply_text(first, "epoch"));
    ph_cleanup(ph_message_destroy) ph_message_t *second = ask_on_new(daemon, again);
    ph_cleanup(ph_freep) char *answer = ph_value_to_json(ph_message_body(first));
    ph_cleanup(ph_freep) char *same = ph_value_to_json(ph_message_body(second));
    cr_expect_str_eq(same, answer);
    cr_expect_eq(reply_number(second, "numprocesses"), 1);
    expect_number(daemon, 1);
    incr(daemon, "{" INCR(2) "}", 2);
}

Test(repeats, a_refusal_is_remembered_too)
{
    static const char request[] = "{'command': 'incr', 'client': 'repeats-test', 'id': 1,"
                                  "'properties': {'name': 'late'}}";
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(ph_message_destroy) ph_message_t *first = ask_on_new(daemon, request);
    cr_expect_str_eq(reply_text(first, "code"), "not_found");
    daemon_call_do(daemon, "add", "{'name': 'late', 'cmd': 'sleep 1000'}");
    ph_cleanup(ph_message_destroy) ph_message_t *second = ask_on_new(daemon, request);
    cr_expect_str_eq(reply_text(second, "code"), "not_found");
}

Test(repeats, what_one_client_asked_is_new_from_another)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    incr(daemon, "{" INCR(1) "}", 1);
    incr(daemon,
         "{'command': 'incr', 'client': 'repeats-other', 'id': 1, 'properties': {'name': 'web'}}",
         2);
}

Test(repeats, what_the_client_says_it_has_is_forgotten)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    incr(daemon, "{" INCR(1) "}", 1);
    incr(daemon, "{" INCR(2) "}", 2);
    incr(daemon, "{" INCR(3) ", 'answered': 1}", 3);
    incr(daemon, "{" INCR(2) "}", 2); /* is remembered */
    incr(daemon, "{" INCR(1) "}", 4); /* is not: it is new */
}

Test(repeats, another_daemon_does_not_know_what_the_last_has_done)
{
    static const char reason[] =
        "plughostd was started anew before it answered: whether 'incr' was done is not known";
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    ph_cleanup(ph_message_destroy) ph_message_t *first = ask_on_new(daemon, "{" INCR(1) "}");
    ph_cleanup(ph_freep) char *again =
        ph_format("{%s, 'epoch': '%s'}", INCR(1), reply_text(first, "epoch"));
    daemon_kill(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_ask_refused(raw, again, "unavailable", reason);
    expect_number(daemon, 0);
}

/* ---- what is under way ---- */

Test(repeats, what_is_under_way_is_done_once_and_answered_where_it_was_asked_last)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW);
    ph_cleanup(ph_closep) int go = daemon_make_fifo(daemon, "go");
    static const char request[] = "{'command': 'start', 'client': 'repeats-test', 'id': 1,"
                                  "'properties': {'name': 'web', 'waiting': true}}";
    ph_cleanup(raw_destroy) raw_t *first = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(raw_destroy) raw_t *second = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_say(first, request);
    raw_expect_pong(first);
    raw_say(second, request);
    raw_expect_pong(second);
    fifo_write(go, "x\n");
    ph_cleanup(ph_message_destroy) ph_message_t *answer = raw_receive_json(second);
    cr_expect_str_eq(reply_text(answer, "status"), "ok", "%s", reply_text(answer, "reason"));
    raw_expect_pong(first); /* and nothing else */
    raw_expect_pong(second);
    daemon_do(daemon, "stop", "web", true);
    ph_cleanup(ph_freep) char *actions =
        daemon_actions_until(daemon, "watcher.web.", "watcher.web.stop", WAIT_MS);
    cr_expect_eq(text_count(actions, "spawn"), 1, "%s", actions);
}

Test(repeats, an_invocation_reaches_the_plugin_once)
{
    static const char request[] =
        "{'command': 'invoke', 'client': 'repeats-test', 'id': 1, 'properties': {'plugin': 'hand',"
        "'method': 'add'}}";
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin =
        played_by_hand(daemon, "hand", ", 'methods': [{'name': 'add'}]");
    played_ready(plugin);
    ph_cleanup(raw_destroy) raw_t *first = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_say(first, request);
    int64_t id = played_take_id(plugin, "invoke");
    ph_cleanup(raw_destroy) raw_t *second = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_say(second, request);
    raw_expect_pong(second);
    played_answer(plugin, id, 3);
    ph_cleanup(ph_message_destroy) ph_message_t *answer = raw_receive_json(second);
    cr_expect_eq(reply_number(answer, "result"), 3);
    ph_cleanup(ph_message_destroy) ph_message_t *again = ask_on_new(daemon, request);
    cr_expect_eq(reply_number(again, "result"), 3);
    raw_expect_pong(plugin); /* and no second invocation */
}

/* ---- what is not remembered ---- */

Test(repeats, a_cast_is_done_as_often_as_it_comes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_say(raw, "{" INCR(1) ", 'msg_type': 'cast'}");
    raw_say(raw, "{" INCR(1) ", 'msg_type': 'cast'}");
    raw_expect_pong(raw);
    expect_number(daemon, 2);
    incr(daemon, "{" INCR(1) "}", 3);
}

Test(repeats, what_changes_nothing_is_done_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    static const char request[] = "{'command': 'numprocesses', 'client': 'repeats-test', 'id': 1,"
                                  "'properties': {'name': 'web'}}";
    incr(daemon, request, 0);
    daemon_call_do(daemon, "incr", "{'name': 'web'}");
    incr(daemon, request, 1);
    ph_cleanup(ph_message_destroy) ph_message_t *ping =
        ask_on_new(daemon, "{'command': 'ping', 'client': 'repeats-test', 'id': 1}");
    cr_expect_neq(reply_number(ping, "pid"), -1);
}
