#include <alloc.h>
#include <criterion/criterion.h>
#include <plugin/broker.h>
#include <sleeper.h>
#include <stdio.h>
#include <string.h>
#include <wire/json.h>
#include <world.h>

enum { COUNT = 4, TIMEOUT_MS = 60000 };

/* One that waits for an answer, and what it does when it is told. */
struct waiter {
    invocation_t *invocation;
    char told[200];
    unsigned times;
    struct waiter *cancels; /* whose invocation it cancels then */
    struct waiter *begins;  /* whose invocation it begins then */
    const session_t *session;
};

static struct world world;
static sessions_t *sessions;
static broker_t *broker;
static struct waiter waiters[COUNT];
static unsigned sent; /* messages to plugins */

static void count_message(void *arg, const void *identity, size_t identity_size, const void *body,
                          size_t size)
{
    (void)arg, (void)identity, (void)identity_size, (void)body, (void)size;
    sent++;
}

static void set_up(void)
{
    const struct session_context context = {
        .bin = "/bin", .endpoint = "ipc:///e", .pubsub = "ipc:///p"};
    world_init(&world, "[plugin:stopped]\nautostart = no\n[watcher:web]\ncmd = sleep 1000\n");
    sessions = sessions_new(&context, world.loop, world.bus, count_message, NULL);
    broker = broker_new(world.loop, sessions, world.watchers, "0123456789abcdef");
}

static void tear_down(void)
{
    broker_destroy(&broker);
    cr_expect_null(broker);
    sessions_destroy(&sessions);
    world_release(&world);
}

TestSuite(broker, .init = set_up, .fini = tear_down, .timeout = 30);

/* Says hello by hand; `id` is the connection. */
static session_t *hello(const char *name, const char *id, bool is_trusted)
{
    static const struct wire_limits limits = {.max_depth = 8, .max_values = 100};
    static const char with_method[] = "{\"methods\": [{\"name\": \"add\"}]}";
    const char *json = is_trusted ? with_method : "{}";
    struct ph_error err;
    ph_cleanup(ph_message_destroy) ph_message_t *properties =
        wire_decode_json(json, strlen(json), &limits, &err);
    const struct session_hello said = {.identity = id,
                                       .identity_size = strlen(id),
                                       .is_trusted = is_trusted,
                                       .name = name,
                                       .properties = ph_message_body(properties)};
    session_t *session = sessions_hello(sessions, &said, &err);
    cr_assert_not_null(session, "%s", err.message);
    session_set_ready(session);
    return session;
}

static void begin(struct waiter *self);

static void on_done(void *arg, const ph_value_t *result, const struct ph_error *err)
{
    struct waiter *self = arg;
    (void)result;
    snprintf(self->told, sizeof self->told, "%s", err ? err->message : "done");
    self->times++;
    self->invocation = NULL;
    if (self->cancels)
        invocation_cancel(self->cancels->invocation, "it is not wanted any more");
    if (self->begins)
        begin(self->begins);
}

static bool try_to_begin(struct waiter *self, const char *plugin, pid_t pid, struct ph_error *err)
{
    const struct invoke_call call = {.plugin = plugin,
                                     .method = "add",
                                     .timeout_ms = TIMEOUT_MS,
                                     .caller = "somebody",
                                     .caller_pid = pid,
                                     .session = self->session};
    self->invocation = broker_invoke(broker, &call, on_done, self, err);
    return self->invocation != NULL;
}

static void begin(struct waiter *self)
{
    struct ph_error err;
    cr_assert(try_to_begin(self, "hand", 0, &err), "%s", err.message);
}

static void expect_refused(const char *plugin, pid_t pid, enum ph_code code, const char *message)
{
    struct ph_error err = {0};
    cr_assert_not(try_to_begin(&waiters[0], plugin, pid, &err));
    cr_expect_eq(err.code, code);
    cr_expect_str_eq(err.message, message);
    cr_expect_eq(waiters[0].times, 0, "nothing is called");
}

/* ---- who is told ---- */

Test(broker, whoever_is_told_may_cancel_others_that_are_about_to_be_told)
{
    hello("hand", "a", true);
    session_t *caller = hello("caller", "b", false);
    for (size_t i = 0; i < COUNT; i++)
        waiters[i].session = caller;
    waiters[0].cancels = &waiters[1];
    for (size_t i = 0; i < COUNT; i++)
        begin(&waiters[i]);
    hello("caller", "c", true); /* takes its place: what it asked for is not wanted any more */
    cr_expect_eq(waiters[0].times, 1);
    cr_expect_eq(waiters[1].times, 0);
    cr_expect_eq(waiters[2].times, 1);
    cr_expect_eq(waiters[3].times, 1);
    cr_expect_str_eq(waiters[3].told, "plugin 'hand' has not answered 'add': the caller has ended");
}

Test(broker, whoever_is_told_may_begin_another)
{
    hello("hand", "a", true);
    waiters[0].session = hello("caller", "b", false);
    waiters[0].begins = &waiters[1];
    begin(&waiters[0]);
    hello("caller", "c", true);
    cr_expect_eq(waiters[0].times, 1);
    cr_expect_eq(waiters[1].times, 0);
    cr_expect_not_null(waiters[1].invocation);
}

Test(broker, all_are_told_when_the_daemon_ends)
{
    hello("hand", "a", true);
    begin(&waiters[0]);
    begin(&waiters[1]);
    broker_destroy(&broker);
    for (size_t i = 0; i < 2; i++)
        cr_expect_str_eq(waiters[i].told, "plugin 'hand' has not answered 'add': the daemon ends");
}

Test(broker, a_cancelled_one_is_told_to_the_plugin_only)
{
    hello("hand", "a", true);
    begin(&waiters[0]);
    unsigned before = sent;
    invocation_cancel(waiters[0].invocation, "it is not wanted any more");
    cr_expect_eq(sent, before + 1);
    cr_expect_eq(waiters[0].times, 0);
}

/* ---- who asks ---- */

Test(broker, a_caller_that_has_ended_gets_no_invocation)
{
    hello("hand", "a", true);
    pid_t pid = sleeper_start();
    sleeper_end(pid);
    unsigned before = sent;
    expect_refused("hand", pid, PH_UNAVAILABLE, "who invoked 'add' of plugin 'hand' has ended");
    cr_expect_eq(sent, before);
}

static bool is_told(void *arg)
{
    const struct waiter *self = arg;
    return self->times > 0;
}

Test(broker, the_end_of_a_caller_ends_all_that_it_asked_for)
{
    struct ph_error err;
    hello("hand", "a", true);
    pid_t pid = sleeper_start();
    for (size_t i = 0; i < 3; i++)
        cr_assert(try_to_begin(&waiters[i], "hand", pid, &err));
    begin(&waiters[3]); /* for somebody else */
    sleeper_end(pid);
    world_run(&world, is_told, &waiters[2]);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(waiters[i].times, 1);
    cr_expect_eq(waiters[3].times, 0);
}

/* ---- which plugin ---- */

Test(broker, what_is_no_plugin_or_cannot_answer_is_refused)
{
    hello("weak", "w", false);
    expect_refused("web", 0, PH_NOT_FOUND, "there is no plugin 'web'");
    expect_refused("stopped", 0, PH_UNAVAILABLE, "plugin 'stopped' is stopped");
    expect_refused("weak", 0, PH_NOT_FOUND, "plugin 'weak' has no method 'add'");
}

Test(broker, only_who_is_trusted_takes_the_place_of_a_watcher_s_plugin)
{
    struct ph_error err;
    watcher_t *watcher = NULL;
    hello("Stopped", "a", false);
    cr_expect_null(broker_find(broker, "stopped", &watcher, &err));
    cr_expect_not_null(watcher);
    expect_refused("stopped", 0, PH_UNAVAILABLE, "plugin 'stopped' is stopped");
    session_t *weak = hello("weak", "w", false);
    cr_expect_eq(broker_find(broker, "plugin:weak", &watcher, &err), weak);
    cr_expect_null(watcher);
}

Test(broker, a_trusted_one_by_hand_takes_the_place_of_a_watcher_s_plugin)
{
    struct ph_error err;
    session_t *session = hello("Stopped", "a", true);
    watcher_t *watcher = NULL;
    cr_expect_eq(broker_find(broker, "PLUGIN:stopped", &watcher, &err), session);
    cr_expect(try_to_begin(&waiters[0], "stopped", 0, &err), "%s", err.message);
}
