#include <alloc.h>
#include <criterion/criterion.h>
#include <process/hook.h>
#include <string.h>
#include <world.h>

TestSuite(hook, .timeout = 20);

#define WEB "[watcher:web]\ncmd = sleep 1000\n"

struct fixture {
    struct world world;
    spawn_plan_t *plan;
    hook_runner_t *hooks;
    unsigned calls;
    bool may_go_on, is_idle;
    char text[200];
};

static void fixture_init(struct fixture *self, const char *text)
{
    world_init(&self->world, text);
    const struct process_host *host = world_host(&self->world);
    self->plan = spawn_plan_new(watcher_options(world_watcher(&self->world, "web")), host->sockets,
                                &host->descriptors);
    self->hooks = host->hooks;
}

static void fixture_release(struct fixture *self)
{
    spawn_plan_destroy(&self->plan);
    world_release(&self->world);
}

static void on_done(void *arg, bool may_go_on, const char *text)
{
    struct fixture *self = arg;
    self->calls++;
    self->may_go_on = may_go_on;
    snprintf(self->text, sizeof self->text, "%s", text ? text : "");
}

static void on_idle(void *arg)
{
    struct fixture *self = arg;
    self->is_idle = true;
}

static bool run(struct fixture *self, enum hook_kind kind, struct hook_detail detail)
{
    struct hook_call call = {
        .kind = kind, .plan = self->plan, .wid = 7, .pid = 4711, .detail = detail};
    return hook_run(self->hooks, &call, on_done, self);
}

static bool is_called(void *arg)
{
    const struct fixture *self = arg;
    return self->calls > 0;
}

static bool is_idle(void *arg)
{
    const struct fixture *self = arg;
    return self->is_idle;
}

/* Runs the hook before_start of a watcher with these options, and expects what comes of it. */
static void expect_outcome(const char *options, bool may_go_on, const char *text)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    ph_cleanup(ph_freep) char *whole = ph_format(WEB "%s", options);
    fixture_init(&fixture, whole);
    cr_assert(run(&fixture, HOOK_BEFORE_START, NO_DETAIL));
    cr_expect_eq(fixture.calls, 0, "never before hook_run has returned");
    world_run(&fixture.world, is_called, &fixture);
    cr_expect_eq(fixture.calls, 1);
    cr_expect_eq(fixture.may_go_on, may_go_on);
    cr_expect_str_eq(fixture.text, text);
}

Test(hook, each_kind_has_a_name)
{
    static const char *const names[HOOK_COUNT] = {
        "before_start", "after_start",   "before_spawn", "after_spawn", "before_stop",
        "after_stop",   "before_signal", "after_signal", "before_reap", "after_reap"};
    for (enum hook_kind kind = 0; kind < HOOK_COUNT; kind++)
        cr_expect_str_eq(hook_name(kind), names[kind]);
}

Test(hook, where_there_is_none_nothing_is_called)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, WEB "hooks.after_start = false\n");
    cr_expect(!run(&fixture, HOOK_BEFORE_START, NO_DETAIL));
    hook_await_all(fixture.hooks, on_idle, &fixture);
    cr_expect(fixture.is_idle);
    cr_expect_eq(fixture.calls, 0);
}

Test(hook, a_good_end_lets_go_on)
{
    expect_outcome("hooks.before_start = true\n", true, "");
}

Test(hook, a_failure_does_not_and_says_why)
{
    expect_outcome("hooks.before_start = sh -c 'exit 7'\n", false,
                   "hook before_start: exit status 7");
}

Test(hook, a_signal_is_a_failure_too)
{
    expect_outcome("hooks.before_start = sh -c 'kill -SEGV $$'\n", false,
                   "hook before_start: killed by SIGSEGV");
}

Test(hook, an_ignored_failure_lets_go_on)
{
    expect_outcome("hooks.before_start = false, ignore\n", true,
                   "hook before_start: exit status 1");
}

Test(hook, one_that_cannot_be_executed_has_failed)
{
    expect_outcome("hooks.before_start = /nowhere/hook\n", false,
                   "hook before_start: could not execute '/nowhere/hook': No such file or "
                   "directory");
}

Test(hook, one_that_takes_too_long_has_failed)
{
    expect_outcome("hooks.before_start = sleep 1000\nhook_timeout = 0.05\n", false,
                   "hook before_start: it did not end within 0.05 s");
}

Test(hook, one_that_ignores_signals_is_killed_with_its_children)
{
    expect_outcome("hooks.before_start = sh -c 'trap \"\" TERM; sleep 1000'\nhook_timeout = 0.05\n",
                   false, "hook before_start: it did not end within 0.05 s");
}

Test(hook, it_finds_what_it_is_about_in_its_environment)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, WEB "env = MINE=yes\nhooks.before_signal = sh -c 'test "
                               "\"$PLUGHOST_HOOK $PLUGHOST_WATCHER $PLUGHOST_WID $PLUGHOST_PID "
                               "$PLUGHOST_SIGNAL $MINE\" = \"before_signal web 7 4711 SIGHUP "
                               "yes\"'\n");
    cr_assert(run(&fixture, HOOK_BEFORE_SIGNAL, (struct hook_detail){.signal = "SIGHUP"}));
    world_run(&fixture.world, is_called, &fixture);
    cr_expect(fixture.may_go_on, "%s", fixture.text);
}

Test(hook, one_that_is_cancelled_calls_nobody_and_ends)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, WEB "hooks.before_start = sleep 1000\n");
    cr_assert(run(&fixture, HOOK_BEFORE_START, NO_DETAIL));
    cr_assert(run(&fixture, HOOK_BEFORE_START, NO_DETAIL));
    hook_cancel(fixture.hooks, &fixture);
    hook_await_all(fixture.hooks, on_idle, &fixture);
    cr_expect(!fixture.is_idle);
    world_run(&fixture.world, is_idle, &fixture);
    cr_expect_eq(fixture.calls, 0);
}

Test(hook, those_of_others_are_not_cancelled)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, WEB "hooks.before_start = true\n");
    cr_assert(run(&fixture, HOOK_BEFORE_START, NO_DETAIL));
    hook_cancel(fixture.hooks, &fixture.calls);
    world_run(&fixture.world, is_called, &fixture);
    cr_expect(fixture.may_go_on);
}
