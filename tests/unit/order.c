/* The order of starts and stops, without a daemon around it. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <string.h>
#include <world.h>

TestSuite(order, .timeout = 30);

#define RUNS(name) "[watcher:" name "]\ncmd = sleep 1000\n"
#define NEVER_READY(name) RUNS(name) "startsecs = 1000\n"
#define CHAIN RUNS("web") "requires = app\n" RUNS("app") "requires = db\n" RUNS("db")

static order_t *order_of(const struct world *world)
{
    return watchers_order(world->watchers);
}

static void start(const struct world *world, const char *name)
{
    watcher_t *watcher = world_watcher(world, name);
    order_start(order_of(world), &watcher, 1, "the test");
}

static void stop(const struct world *world, const char *name)
{
    watcher_t *watcher = world_watcher(world, name);
    order_stop(order_of(world), &watcher, 1, "the test");
}

static const char *status(const struct world *world, const char *name)
{
    return watcher_status(world_watcher(world, name));
}

static bool are_all_up(void *arg)
{
    const struct world *world = arg;
    for (size_t i = 0; i < watchers_count(world->watchers); i++)
        if (!watcher_is_up(watchers_at(world->watchers, i)))
            return false;
    return true;
}

static bool is_nothing_left(void *arg)
{
    return order_is_idle(order_of(arg));
}

Test(order, names_are_found_in_any_case_and_plugins_without_their_prefix)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, RUNS("Web") "[plugin:logger]\n" RUNS("x"));
    order_t *order = order_of(&world);
    cr_expect_eq(order_find(order, "wEB"), watchers_at(world.watchers, 0));
    cr_expect_eq(order_find(order, "LOGGER"), watchers_at(world.watchers, 1));
    cr_expect_eq(order_find(order, "plugin:Logger"), watchers_at(world.watchers, 1));
    cr_expect_null(order_find(order, "we"));
    cr_expect_null(order_find(order, ""));
}

Test(order, a_program_goes_before_a_plugin_of_that_name)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, "[plugin:logger]\n" RUNS("logger"));
    cr_expect_eq(order_find(order_of(&world), "logger"), watchers_at(world.watchers, 1));
}

Test(order, a_start_asks_for_all_that_is_required_and_goes_on_by_itself)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, CHAIN);
    cr_expect(order_is_idle(order_of(&world)));
    start(&world, "web");
    cr_expect_str_eq(status(&world, "db"), "starting");
    cr_expect_str_eq(status(&world, "app"), "waiting");
    cr_expect_str_eq(status(&world, "web"), "waiting");
    cr_expect_str_eq(watcher_reason(world_watcher(&world, "app")),
                     "waits for 'db', which is starting");
    cr_expect_str_eq(watcher_reason(world_watcher(&world, "web")),
                     "waits for 'app', which is waiting");
    cr_expect(!order_is_settled(order_of(&world), world_watcher(&world, "web")));
    cr_expect(!order_is_idle(order_of(&world)));
    world_run(&world, are_all_up, &world);
    cr_expect(order_is_idle(order_of(&world)));
    cr_expect(order_is_settled(order_of(&world), world_watcher(&world, "web")));
}

Test(order, a_long_chain_comes_up)
{
    enum { LENGTH = 100 };
    ph_cleanup(ph_freep) char *text = ph_strdup(RUNS("w0"));
    for (int i = 1; i < LENGTH; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s[watcher:w%d]\ncmd = sleep 1000\nrequires = w%d\n", before, i, i - 1);
    }
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, text);
    start(&world, "w99");
    world_run(&world, are_all_up, &world);
}

Test(order, a_stop_of_what_waits_is_over_at_once)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, CHAIN);
    start(&world, "web");
    stop(&world, "web");
    cr_expect_str_eq(status(&world, "web"), "stopped");
    cr_expect_str_eq(status(&world, "app"), "waiting");
    stop(&world, "db");
    cr_expect_str_eq(status(&world, "app"), "stopped");
    cr_expect_str_eq(status(&world, "db"), "stopped");
    cr_expect(order_is_idle(order_of(&world)));
}

static bool does_db_start(void *arg)
{
    return watcher_next_process(world_watcher(arg, "db"), NULL) &&
           process_pid(watcher_next_process(world_watcher(arg, "db"), NULL)) > 0;
}

Test(order, a_stop_of_what_runs_is_not_over_before_its_exit)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, NEVER_READY("db"));
    start(&world, "db");
    world_run(&world, does_db_start, &world);
    stop(&world, "db");
    cr_expect(!order_is_idle(order_of(&world)));
    cr_expect(!order_is_settled(order_of(&world), world_watcher(&world, "db")));
    cr_expect_str_eq(status(&world, "db"), "stopping");
}

Test(order, a_start_in_the_middle_of_a_wait_changes_nothing)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, CHAIN);
    start(&world, "web");
    start(&world, "web");
    start(&world, "app");
    cr_expect_str_eq(status(&world, "web"), "waiting");
    world_run(&world, are_all_up, &world);
}

static bool has_db_failed(void *arg)
{
    return strcmp(status(arg, "db"), "failed") == 0;
}

Test(order, what_waits_in_vain_counts_as_settled_but_is_not_forgotten)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, "[watcher:db]\ncmd = false\nstartsecs = 10\nmax_restarts = 1\n"
                       "restart_delay = 0.01\n" RUNS("app") "requires = db\n");
    start(&world, "app");
    cr_expect(!order_is_settled(order_of(&world), world_watcher(&world, "app")));
    world_run(&world, has_db_failed, &world);
    cr_expect(order_is_settled(order_of(&world), world_watcher(&world, "app")));
    cr_expect_str_eq(status(&world, "app"), "waiting");
    cr_expect(!order_is_idle(order_of(&world)));
}

Test(order, one_that_is_removed_is_waited_for_no_more)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, NEVER_READY("db") RUNS("app") "wants = db\n");
    start(&world, "app");
    cr_expect_str_eq(status(&world, "app"), "waiting");
    watchers_remove(world.watchers, world_watcher(&world, "db"), true, "the test");
    world_run(&world, are_all_up, &world);
    cr_expect_null(order_find(order_of(&world), "db"));
}

Test(order, at_the_end_nothing_is_started_any_more)
{
    ph_cleanup(world_release) struct world world = {0};
    world_init(&world, CHAIN NEVER_READY("slow") "numprocesses = 3\nwarmup_delay = 1000\n");
    start(&world, "web");
    start(&world, "slow");
    order_end(order_of(&world), "the end");
    world_run(&world, is_nothing_left, &world);
    for (size_t i = 0; i < watchers_count(world.watchers); i++) {
        cr_expect(watcher_is_down(watchers_at(world.watchers, i)));
        cr_expect(!watcher_is_wanted(watchers_at(world.watchers, i)));
    }
}
