/* The sessions of plugins: who may open one, what takes its place, and when it ends. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <played.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 10000, NOBODY = 65534 };

#define HELLO(name, more)                                                                          \
    "{'command': 'plugin.hello', 'properties': {'name': '" name                                    \
    "', 'protocol_min': 1, 'protocol_max': 1" more "}}"
#define INVOKE(name) "{'plugin': '" name "', 'method': 'add', 'timeout': 60}"
#define ADD ", 'methods': [{'name': 'add'}]"

TestSuite(sessions, .timeout = 60);

/* ---- by hand ---- */

/* Another process with a plugin by hand. It begins before the daemon, and so before ZeroMQ has
 * threads here: a copy of a process with threads may find a lock held for ever. */
struct other {
    pid_t pid;
    int socket;
};

static struct other other_begin(const daemon_t *daemon)
{
    int ends[2];
    char byte;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid > 0) {
        close(ends[1]);
        return (struct other){pid, ends[0]};
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    if (read(ends[1], &byte, 1) != 1)
        _exit(EXIT_FAILURE);
    played_ready(played_by_hand(daemon, "hand", ADD)); /* which goes with the process */
    while (write(ends[1], &byte, 1) == 1 && pause() < 0)
        continue;
    _exit(EXIT_FAILURE);
}

/* Has it become a plugin, and returns when that is ready. */
static void other_connect(const struct other *self)
{
    char byte = 'x';
    cr_assert_eq(write(self->socket, &byte, 1), 1);
    cr_assert_eq(read(self->socket, &byte, 1), 1, "the other process has failed");
}

static void other_end(struct other *self)
{
    cr_assert_eq(kill(self->pid, SIGKILL), 0);
    cr_assert_eq(waitpid(self->pid, NULL, 0), self->pid);
    close(self->socket);
}

/* Starts a daemon, and in another process a plugin by hand. */
static daemon_t *start_beside(struct other *other)
{
    daemon_t *daemon = daemon_prepare("");
    *other = other_begin(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    other_connect(other);
    return daemon;
}

static void expect_refused(const daemon_t *daemon, const char *request, const char *code,
                           const char *reason)
{
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_ask_refused(raw, request, code, reason);
}

Test(sessions, a_name_is_taken_by_hand_once_and_free_when_its_process_has_ended)
{
    struct other other;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_beside(&other);
    expect_refused(daemon, HELLO("Hand", ""), "conflict", "a plugin 'Hand' runs by hand already");
    other_end(&other);
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "Hand", "");
    raw_expect_pong(plugin);
}

Test(sessions, one_by_hand_ends_with_its_process_and_what_it_had_too)
{
    struct other other;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_beside(&other);
    ph_cleanup(ph_message_destroy) ph_message_t *described =
        daemon_call(daemon, "describe", "{'name': 'hand'}");
    cr_expect_str_eq(reply_text(described, "state"), "by hand");
    ph_cleanup(raw_destroy) raw_t *caller = daemon_send(daemon, "invoke", INVOKE("hand"));
    raw_expect_pong(caller); /* it has been taken */
    other_end(&other);
    call_expect_refused(caller, "plugin 'hand' has not answered 'add': it died: it has ended",
                        WAIT_MS);
    struct ph_error err = daemon_call_refused(daemon, "describe", "{'name': 'hand'}");
    cr_expect_str_eq(err.message, "there is no plugin 'hand'");
}

Test(sessions, one_by_hand_may_come_again_on_another_connection)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *first = played_by_hand(daemon, "hand", ADD);
    played_ready(first);
    ph_cleanup(raw_destroy) raw_t *second = played_by_hand(daemon, "hand", "");
    raw_ask_refused(first, "{'command': 'plugin.ready'}", "denied",
                    "'plugin.ready' is for plugins that have said hello");
    played_ready(second);
    struct ph_error err = daemon_call_refused(daemon, "invoke", INVOKE("hand"));
    cr_expect_str_eq(err.message, "plugin 'hand' has no method 'add'");
}

/* ---- with a token ---- */

Test(sessions, the_last_connection_with_a_token_counts_and_what_the_first_had_is_lost)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *first = played_connect(daemon, played, ADD);
    played_ready(first);
    ph_cleanup(raw_destroy) raw_t *caller = daemon_send(daemon, "invoke", INVOKE("played"));
    int64_t id = played_take_id(first, "invoke");
    ph_cleanup(raw_destroy) raw_t *second = played_connect(daemon, played, ADD);
    call_expect_refused(caller, "plugin 'played' has not answered 'add': its connection broke",
                        WAIT_MS);
    played_answer(first, id, 3);
    raw_ask_refused(first, "{'command': 'plugin.ready'}", "denied",
                    "'plugin.ready' is for plugins that have said hello");
    ph_cleanup(raw_destroy) raw_t *waits = daemon_send(daemon, "invoke", INVOKE("played"));
    raw_expect_pong(waits); /* it has been taken, and waits: the new one is not ready */
    played_ready(second);
    played_answer(second, played_take_id(second, "invoke"), 4);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(waits, WAIT_MS);
    cr_expect_eq(reply_number(reply, "result"), 4);
}

Test(sessions, a_second_hello_on_a_connection_is_denied)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "hand", "");
    raw_ask_refused(plugin, HELLO("hand", ""), "denied", "this connection has said hello already");
    raw_ask_refused(plugin, HELLO("other", ""), "denied", "this connection has said hello already");
    played_ready(plugin);
}

Test(sessions, a_token_that_is_none_is_denied_and_so_is_one_of_the_dead)
{
    static const char reason[] = "the token belongs to no plugin that runs";
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED);
    expect_refused(daemon, HELLO("x", ", 'token': ''"), "denied", reason);
    expect_refused(daemon, HELLO("x", ", 'token': '00000000000000000000000000000000'"), "denied",
                   reason);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(ph_freep) char *hello =
        ph_format(HELLO("played", ", 'token': '%s'"), played_token(played));
    daemon_do(daemon, "stop", "plugin:played", true);
    expect_refused(daemon, hello, "denied", reason);
}

Test(sessions, a_plugin_that_cannot_run_says_why_before_its_hello)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_freep) char *failed =
        ph_format("{'command': 'plugin.failed', 'properties': {'reason': 'there is no disk',"
                  "'name': 'played', 'token': '%s'}}",
                  played_token(played));
    raw_ask_well(raw, failed);
    cr_assert_eq(kill(played_pid(played), SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.plugin:played.reap", WAIT_MS);
    cr_expect_str_eq(event_text(reap, "cause"), "there is no disk");
}

Test(sessions, what_belongs_to_a_session_needs_a_hello)
{
    static const char *const commands[] = {"plugin.ready",       "plugin.subscribe",
                                           "plugin.unsubscribe", "plugin.method",
                                           "plugin.heartbeat",   "plugin.metrics"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        bool has_prefix = strstr(commands[i], "subscribe") != NULL;
        ph_cleanup(ph_freep) char *request =
            ph_format("{'command': '%s', 'properties': {%s}}", commands[i],
                      has_prefix                                   ? "'prefix': 'event.'"
                      : strcmp(commands[i], "plugin.method") == 0  ? "'name': 'add'"
                      : strcmp(commands[i], "plugin.metrics") == 0 ? "'metrics': {}"
                                                                   : "");
        ph_cleanup(ph_freep) char *reason =
            ph_format("'%s' is for plugins that have said hello", commands[i]);
        expect_refused(daemon, request, "denied", reason);
    }
}

/* ---- whom nobody trusts ---- */

#define NO_METHODS "a plugin without a token that runs as another user may not offer methods"

/* Tries what only those may that have the daemon's rights. */
static void expect_no_rights(const daemon_t *daemon)
{
    expect_refused(daemon, HELLO("hand", ADD), "denied", NO_METHODS);
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "hand", "");
    raw_ask_refused(plugin, "{'command': 'plugin.method', 'properties': {'name': 'add'}}", "denied",
                    NO_METHODS);
    raw_ask_well(plugin, "{'command': 'plugin.subscribe', 'properties': {'prefix': 'event.'}}");
    played_ready(plugin);
}

Test(sessions, on_tcp_nobody_is_trusted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_tcp("");
    expect_no_rights(daemon);
}

Test(sessions, on_tcp_a_token_is_enough)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_tcp(PLAYED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, ADD);
    played_ready(plugin);
    ph_cleanup(raw_destroy) raw_t *caller = daemon_send(daemon, "invoke", INVOKE("played"));
    ph_cleanup(ph_message_destroy) ph_message_t *request = played_take(plugin, "invoke");
    const ph_value_t *told = ph_value_get(ph_message_body(request), "properties");
    cr_expect_str_eq(ph_value_string(ph_value_get(told, "caller"), ""), "unknown");
    played_answer(plugin, reply_number(request, "id"), 3);
    call_expect_done(caller, WAIT_MS);
}

/* The kernel tells the daemon the effective ids of who connects. */
static void expect_no_rights_as_nobody(const daemon_t *daemon)
{
    cr_assert(setegid(NOBODY) == 0 && seteuid(NOBODY) == 0);
    expect_no_rights(daemon);
    cr_assert(seteuid(0) == 0 && setegid(0) == 0);
}

/* Somebody let other users connect; only root can try what they may. */
Test(sessions, its_own_user_is_trusted_and_another_one_is_not)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(ph_freep) char *run_dir = daemon_path(daemon, "run");
    cr_assert_eq(chmod(daemon_dir(daemon), 0755), 0);
    cr_assert_eq(chmod(run_dir, 0755), 0);
    cr_assert_eq(chmod(daemon_endpoint(daemon) + strlen("ipc://"), 0777), 0);
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "own", ADD);
    played_ready(plugin);
    if (geteuid() == 0)
        expect_no_rights_as_nobody(daemon);
}

Test(sessions, a_stranger_does_not_speak_for_a_plugin_of_its_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_tcp(PLAYED);
    ph_cleanup(raw_destroy) raw_t *stranger = played_by_hand(daemon, "played", "");
    played_ready(stranger);
    struct ph_error err = daemon_call_refused(daemon, "invoke", INVOKE("played"));
    cr_expect_str_eq(err.message, "plugin 'played' is stopped");
    ph_cleanup(ph_message_destroy) ph_message_t *described =
        daemon_call(daemon, "describe", "{'name': 'played'}");
    cr_expect_null(ph_value_get(ph_message_body(described), "subscriptions"));
    raw_ask_refused(stranger,
                    "{'command': 'plugin.metrics', 'properties': {'metrics': {'n':"
                    "{'type': 'gauge', 'value': 1}}}}",
                    "denied",
                    "a plugin without a token that runs as another user may not report metrics");
    raw_expect_pong(stranger);
}
