#include <alloc.h>
#include <criterion/criterion.h>
#include <plugin/sessions.h>
#include <sleeper.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was sent to a plugin last. */
struct sent {
    char identity[16];
    size_t identity_size;
    char *json;
    unsigned count;
};

static loop_t *loop;
static sessions_t *sessions;
static struct process_host host;
static struct process_owner owner;
static struct watcher_options options;
static process_t *process;
static struct sent sent;

static void remember(void *arg, const void *identity, size_t identity_size, const void *body,
                     size_t size)
{
    struct sent *self = arg;
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(body, size, NULL);
    cr_assert_leq(identity_size, sizeof self->identity);
    memcpy(self->identity, identity, identity_size);
    self->identity_size = identity_size;
    free(self->json);
    self->json = ph_value_to_json(ph_message_body(message));
    self->count++;
}

static void set_up(void)
{
    char first[] = "/a", second[] = "/b";
    char *folders[] = {first, second, NULL};
    struct session_context context = {.bin = "/bin",
                                      .endpoint = "ipc:///run/e",
                                      .pubsub = "ipc:///run/p",
                                      .plugin_path = folders};
    sent = (struct sent){0};
    loop = loop_new(NULL);
    sessions = sessions_new(&context, loop, NULL, remember, &sent);
    host = (struct process_host){.loop = loop};
    host.hooks = hook_runner_new(loop, NULL, NULL);
    sessions_serve(sessions, &host);
    options = (struct watcher_options){.kind = WATCHER_PLUGIN, .numprocesses = 1};
    options.name = ph_strdup("plugin:hello");
    options.use = ph_strdup("module");
    owner = (struct process_owner){.host = &host, .options = &options};
    process = process_new(&owner, 1);
}

static void tear_down(void)
{
    process_destroy(&process);
    hook_runner_destroy(&host.hooks);
    watcher_options_release(&options);
    sessions_destroy(&sessions);
    cr_expect_null(sessions);
    loop_destroy(&loop);
    free(sent.json);
}

TestSuite(sessions, .init = set_up, .fini = tear_down, .timeout = 20);

static session_t *open_session(struct spawn_request *spec)
{
    struct ph_error err = {0};
    session_t *session = host.open_session(host.session_arg, process, spec, &err);
    cr_assert_not_null(session, "%s", err.message);
    return session;
}

/* Reads what the child would inherit; the caller owns the result. */
static ph_message_t *inheritance(const struct spawn_request *spec)
{
    struct stat status;
    cr_assert_eq(fstat(spec->plugin_fd, &status), 0);
    size_t size = (size_t)status.st_size;
    ph_cleanup(ph_freep) char *bytes = ph_calloc(1, size);
    cr_assert_eq(pread(spec->plugin_fd, bytes, size, 0), (ssize_t)size);
    return ph_message_new(bytes, size, NULL);
}

static char *token_of(const struct spawn_request *spec)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message = inheritance(spec);
    return ph_strdup(ph_value_string(ph_value_get(ph_message_body(message), "token"), ""));
}

Test(sessions, the_child_is_the_runner_with_the_name_and_nothing_secret_in_its_arguments)
{
    struct spawn_request spec = {0};
    session_t *session = open_session(&spec);
    cr_expect_str_eq(spec.words[0], "/bin/plughost-plugin");
    cr_expect_str_eq(spec.words[1], "hello");
    cr_expect_null(spec.words[2]);
    cr_expect_eq(session_process(session), process);
    host.close_session(&session, "it ended");
    cr_expect_null(session);
}

Test(sessions, the_child_inherits_endpoints_module_folders_and_options)
{
    struct spawn_request spec = {0};
    pairs_add(&options.option, "greeting", "\"hi\" 'x' %d \xc3\xa9");
    pairs_add(&options.option, "empty", "");
    session_t *session = open_session(&spec);
    ph_cleanup(ph_message_destroy) ph_message_t *message = inheritance(&spec);
    ph_cleanup(ph_freep) char *token = token_of(&spec);
    ph_cleanup(ph_freep) char *expected = ph_format(
        "{\"name\":\"hello\",\"endpoint\":\"ipc:///run/e\",\"pubsub\":\"ipc:///run/p\","
        "\"token\":\"%s\",\"module\":\"module\",\"plugin_path\":[\"/a\",\"/b\"],\"options\":{"
        "\"greeting\":\"\\\"hi\\\" 'x' %%d \xc3\xa9\",\"empty\":\"\"}}",
        token);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    cr_expect_str_eq(json, expected);
    host.close_session(&session, "it ended");
}

Test(sessions, every_token_is_new)
{
    struct spawn_request first = {0}, second = {0};
    session_t *a = open_session(&first);
    session_t *b = open_session(&second);
    ph_cleanup(ph_freep) char *token_a = token_of(&first);
    ph_cleanup(ph_freep) char *token_b = token_of(&second);
    cr_expect_eq(strlen(token_a), 32);
    cr_expect_str_neq(token_a, token_b);
    host.close_session(&a, "it ended");
    host.close_session(&b, "it ended");
}

static session_t *try_hello(const char *token, const char *peer, size_t size, struct ph_error *err)
{
    const struct session_hello said = {
        .identity = peer, .identity_size = size, .token = token, .name = "hello"};
    return sessions_hello(sessions, &said, err);
}

static session_t *hello(const char *token, const char *peer, size_t size)
{
    return try_hello(token, peer, size, NULL);
}

Test(sessions, hello_with_the_token_opens_the_session)
{
    struct spawn_request spec = {0};
    session_t *session = open_session(&spec);
    ph_cleanup(ph_freep) char *token = token_of(&spec);
    cr_expect_null(sessions_find_peer(sessions, "\0a", 2));
    cr_expect_eq(hello(token, "\0a", 2), session);
    cr_expect_eq(sessions_find_peer(sessions, "\0a", 2), session);
    cr_expect_eq(sessions_find_token(sessions, token), session);
    cr_expect_null(sessions_find_peer(sessions, "\0b", 2));
    cr_expect_null(sessions_find_peer(sessions, "\0", 1));
    host.close_session(&session, "it ended");
}

static void expect_denied(const char *token, const char *peer)
{
    struct ph_error err = {0};
    cr_expect_null(try_hello(token, peer, strlen(peer), &err));
    cr_expect_eq(err.code, PH_DENIED);
    cr_expect_str_eq(err.message, "the token belongs to no plugin that runs");
}

Test(sessions, hello_with_a_wrong_token_is_denied)
{
    struct spawn_request spec = {0};
    session_t *session = open_session(&spec);
    expect_denied("", "a");
    expect_denied("00000000000000000000000000000000", "a");
    cr_expect_null(sessions_find_peer(sessions, "a", 1));
    host.close_session(&session, "it ended");
}

static void expect_greeted_already(const char *token, const char *peer)
{
    struct ph_error err = {0};
    cr_expect_null(try_hello(token, peer, strlen(peer), &err));
    cr_expect_eq(err.code, PH_DENIED);
    cr_expect_str_eq(err.message, "this connection has said hello already");
}

Test(sessions, a_second_hello_on_the_same_connection_is_denied)
{
    struct spawn_request spec = {0};
    session_t *session = open_session(&spec);
    ph_cleanup(ph_freep) char *token = token_of(&spec);
    cr_assert_eq(hello(token, "a", 1), session);
    expect_greeted_already(token, "a");
    cr_expect_eq(sessions_find_peer(sessions, "a", 1), session);
    host.close_session(&session, "it ended");
}

Test(sessions, a_hello_on_another_connection_takes_the_place_of_the_first)
{
    struct spawn_request spec = {0};
    session_t *session = open_session(&spec);
    ph_cleanup(ph_freep) char *token = token_of(&spec);
    cr_assert_eq(hello(token, "a", 1), session);
    cr_expect_eq(hello(token, "b", 1), session);
    cr_expect_null(sessions_find_peer(sessions, "a", 1));
    cr_expect_eq(sessions_find_peer(sessions, "b", 1), session);
    host.close_session(&session, "it ended");
}

Test(sessions, one_peer_cannot_open_two_sessions)
{
    struct spawn_request first = {0}, second = {0};
    session_t *a = open_session(&first);
    session_t *b = open_session(&second);
    ph_cleanup(ph_freep) char *token_a = token_of(&first);
    ph_cleanup(ph_freep) char *token_b = token_of(&second);
    cr_assert_eq(hello(token_a, "a", 1), a);
    expect_greeted_already(token_b, "a");
    cr_expect_eq(hello(token_b, "b", 1), b);
    host.close_session(&a, "it ended");
    host.close_session(&b, "it ended");
}

Test(sessions, the_token_dies_with_the_session)
{
    struct spawn_request spec = {0};
    session_t *session = open_session(&spec);
    ph_cleanup(ph_freep) char *token = token_of(&spec);
    hello(token, "a", 1);
    host.close_session(&session, "it ended");
    cr_expect_null(sessions_find_token(sessions, token));
    cr_expect_null(sessions_find_peer(sessions, "a", 1));
    expect_denied(token, "a");
}

Test(sessions, a_plugin_can_be_asked_to_stop_once_it_has_said_hello)
{
    struct spawn_request spec = {0};
    session_t *session = open_session(&spec);
    ph_cleanup(ph_freep) char *token = token_of(&spec);
    cr_expect_not(host.ask_to_stop(session));
    cr_expect_eq(sent.count, 0);

    hello(token, "\0peer", 5);
    cr_expect(host.ask_to_stop(session));
    cr_expect_eq(sent.count, 1);
    cr_expect_eq(sent.identity_size, 5);
    cr_expect_arr_eq(sent.identity, "\0peer", 5);
    cr_expect_str_eq(sent.json, "{\"command\":\"stop\",\"msg_type\":\"cast\"}");
    cr_expect(session_cast(session, "reopen", NULL));
    cr_expect_str_eq(sent.json, "{\"command\":\"reopen\",\"msg_type\":\"cast\"}");
    host.close_session(&session, "it ended");
}

/* ---- by hand ---- */

static session_t *hello_by_hand(const char *name, const char *peer, pid_t pid, struct ph_error *err)
{
    const struct session_hello said = {
        .identity = peer, .identity_size = strlen(peer), .pid = pid, .name = name};
    return sessions_hello(sessions, &said, err);
}

Test(sessions, one_by_hand_is_found_by_its_name_in_any_case_and_by_its_peer)
{
    session_t *first = hello_by_hand("First", "a", 0, NULL);
    session_t *second = hello_by_hand("second", "b", 0, NULL);
    cr_expect_eq(sessions_find_by_hand(sessions, "FIRST"), first);
    cr_expect_eq(sessions_find_peer(sessions, "b", 1), second);
    cr_expect_eq(sessions_next_by_hand(sessions, NULL), first);
    cr_expect_eq(sessions_next_by_hand(sessions, first), second);
    cr_expect_null(sessions_next_by_hand(sessions, second));
    cr_expect_null(session_process(first));
}

Test(sessions, a_name_belongs_to_one_process_until_that_has_ended)
{
    struct ph_error err = {0};
    pid_t pid = sleeper_start();
    session_t *session = hello_by_hand("x", "a", pid, NULL);
    cr_expect_eq(hello_by_hand("x", "b", pid, NULL), session, "it has a new connection");
    cr_expect_null(sessions_find_peer(sessions, "a", 1));
    cr_expect_null(hello_by_hand("X", "c", getpid(), &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "a plugin 'X' runs by hand already");
    sleeper_end(pid);
    cr_expect_not_null(hello_by_hand("X", "c", getpid(), &err));
    cr_expect_null(sessions_find_peer(sessions, "b", 1));
}

static session_t *hello_of_number(int number, bool is_trusted, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *name = ph_format("%s-%d", is_trusted ? "own" : "other", number);
    const struct session_hello said = {
        .identity = name, .identity_size = strlen(name), .is_trusted = is_trusted, .name = name};
    return sessions_hello(sessions, &said, err);
}

static void expect_full(bool is_trusted, const char *message)
{
    struct ph_error err = {0};
    for (int i = 0; i < SESSIONS_MAX_BY_HAND; i++)
        cr_assert_not_null(hello_of_number(i, is_trusted, &err), "%s", err.message);
    cr_expect_null(hello_of_number(SESSIONS_MAX_BY_HAND, is_trusted, &err));
    cr_expect_eq(err.code, PH_BUSY);
    cr_expect_str_eq(err.message, message);
}

Test(sessions, many_may_run_by_hand_and_strangers_do_not_count_for_the_others)
{
    expect_full(false, "250 plugins without the rights of the daemon's user run by hand already");
    expect_full(true, "250 plugins run by hand already");
    struct spawn_request spec = {0};
    session_t *session = open_session(&spec);
    ph_cleanup(ph_freep) char *token = token_of(&spec);
    cr_expect_eq(hello(token, "a", 1), session, "those with a token are not counted");
    host.close_session(&session, "it ended");
}

Test(sessions, one_that_has_ended_makes_room)
{
    struct ph_error err = {0};
    pid_t pid = sleeper_start();
    const struct session_hello last = {
        .identity = "a", .identity_size = 1, .is_trusted = true, .pid = pid, .name = "last"};
    cr_assert_not_null(sessions_hello(sessions, &last, &err), "%s", err.message);
    for (int i = 1; i < SESSIONS_MAX_BY_HAND; i++)
        cr_assert_not_null(hello_of_number(i, true, &err), "%s", err.message);
    cr_expect_null(hello_of_number(0, true, &err));
    sleeper_end(pid);
    const struct session_hello next = {
        .identity = "b", .identity_size = 1, .is_trusted = true, .name = "last"};
    cr_expect_not_null(sessions_hello(sessions, &next, &err), "%s", err.message);
    cr_expect_null(hello_of_number(0, true, &err), "its place is taken again");
}

/* Its request was still on the way. */
Test(sessions, a_process_that_has_ended_already_opens_no_session)
{
    struct ph_error err = {0};
    pid_t pid = sleeper_start();
    sleeper_end(pid);
    cr_expect_null(hello_by_hand("x", "a", pid, &err));
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect_str_eq(err.message, "the process of plugin 'x' has ended");
    cr_expect_null(sessions_find_by_hand(sessions, "x"));
}
