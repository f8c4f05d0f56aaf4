#include <alloc.h>
#include <criterion/criterion.h>
#include <process/rolling.h>
#include <string.h>
#include <world.h>

TestSuite(rolling, .timeout = 20);

enum { PROCESSES = 3 };

/* Processes of a watcher of the world that are replaced once they run. */
struct fixture {
    struct world world;
    struct process_owner owner;
    spawn_plan_t *plan;
    slots_t *slots;
    struct rolling rolling;
    void (*begin)(struct fixture *self); /* called once when all of them run */
    bool has_begun;
    size_t most; /* how many there were at the same time */
    unsigned done, failed;
};

static void on_change(void *arg, process_t *process, enum process_state before)
{
    struct fixture *self = arg;
    struct slot *slot = slots_note(self->slots, process, before);
    enum rolling_news news = rolling_note(&self->rolling, slot);
    self->done += news == ROLLING_DONE;
    self->failed += news == ROLLING_FAILED;
    self->most = slots_staying(self->slots) > self->most ? slots_staying(self->slots) : self->most;
}

static void on_death(void *arg, const struct death *death)
{
    (void)arg;
    (void)death;
}

static void fixture_init(struct fixture *self, const char *text)
{
    world_init(&self->world, text);
    const struct process_host *host = world_host(&self->world);
    watcher_t *web = world_watcher(&self->world, "web");
    self->plan = spawn_plan_new(watcher_options(web), host->sockets, &host->descriptors);
    self->owner = (struct process_owner){.host = host,
                                         .options = watcher_options(web),
                                         .plan = self->plan,
                                         .output = watcher_output(web),
                                         .on_change = on_change,
                                         .on_death = on_death,
                                         .arg = self};
    self->slots = self->rolling.slots = slots_new(&self->owner);
    for (int i = 0; i < PROCESSES; i++)
        process_start(slots_add(self->slots)->process, "the test");
}

static void fixture_release(struct fixture *self)
{
    slots_destroy(&self->slots);
    rolling_release(&self->rolling);
    spawn_plan_destroy(&self->plan);
    world_release(&self->world);
}

static bool is_over(void *arg)
{
    struct fixture *self = arg;
    if (!self->has_begun && slots_in_state(self->slots, PROCESS_RUNNING) == PROCESSES) {
        self->has_begun = true;
        self->begin(self);
    }
    return self->has_begun && self->rolling.pending == 0 &&
           slots_in_state(self->slots, PROCESS_RUNNING) == slots_total(self->slots);
}

static void expect_numbers(const struct fixture *self, const int *numbers)
{
    for (struct slot *slot = slots_next(self->slots, NULL); slot;
         slot = slots_next(self->slots, slot)) {
        cr_expect_eq(process_wid(slot->process), *numbers++);
        cr_expect(!slot->is_old && !slot->heir && !slot->elder);
    }
    cr_expect_eq(*numbers, 0);
}

static void replace_all(struct fixture *self)
{
    rolling_begin(&self->rolling, false, "the test");
    cr_expect_eq(self->rolling.pending, PROCESSES);
    cr_expect_eq(slots_total(self->slots), 2 * PROCESSES);
}

#define WEB "[watcher:web]\ncmd = sleep 1000\n"

Test(rolling, all_are_replaced_at_a_time)
{
    ph_cleanup(fixture_release) struct fixture fixture = {.begin = replace_all};
    fixture_init(&fixture, WEB);
    world_run(&fixture.world, is_over, &fixture);
    expect_numbers(&fixture, (const int[]){4, 5, 6, 0});
    cr_expect_eq(fixture.done, 1);
    cr_expect_eq(fixture.failed, 0);
    cr_expect_null(fixture.rolling.failure);
}

static void replace_in_turn(struct fixture *self)
{
    self->most = 0;
    rolling_begin(&self->rolling, true, "the test");
    cr_expect_eq(slots_total(self->slots), PROCESSES + 1);
}

Test(rolling, sequentially_there_is_one_more_than_before_at_most)
{
    ph_cleanup(fixture_release) struct fixture fixture = {.begin = replace_in_turn};
    fixture_init(&fixture, WEB "startsecs = 0.02\n");
    world_run(&fixture.world, is_over, &fixture);
    cr_expect_eq(slots_total(fixture.slots), PROCESSES);
    cr_expect_eq(fixture.most, PROCESSES + 1);
    cr_expect_eq(fixture.done, 1);
}

static void replace_second_twice(struct fixture *self)
{
    struct slot *second = slots_find(self->slots, 2);
    rolling_replace(&self->rolling, second, "the test");
    rolling_replace(&self->rolling, second, "once more");
    cr_expect_eq(self->rolling.pending, 1);
    cr_expect_eq(slots_total(self->slots), PROCESSES + 1);
}

Test(rolling, one_is_replaced_once_however_often_that_is_asked_for)
{
    ph_cleanup(fixture_release) struct fixture fixture = {.begin = replace_second_twice};
    fixture_init(&fixture, WEB);
    world_run(&fixture.world, is_over, &fixture);
    expect_numbers(&fixture, (const int[]){1, 3, 4, 0});
    cr_expect_eq(fixture.done, 1);
}

static void replace_and_abandon(struct fixture *self)
{
    rolling_begin(&self->rolling, false, "the test");
    rolling_abandon(&self->rolling, "something else came");
    cr_expect_eq(self->rolling.pending, 0);
    cr_expect_str_eq(self->rolling.failure, "something else came");
    cr_expect_eq(slots_staying(self->slots), PROCESSES);
}

Test(rolling, one_that_is_abandoned_leaves_the_old_ones_as_they_are)
{
    ph_cleanup(fixture_release) struct fixture fixture = {.begin = replace_and_abandon};
    fixture_init(&fixture, WEB);
    world_run(&fixture.world, is_over, &fixture);
    expect_numbers(&fixture, (const int[]){1, 2, 3, 0});
    cr_expect_eq(fixture.done, 0);
}

static void abandon_nothing(struct fixture *self)
{
    rolling_abandon(&self->rolling, "there was nothing");
}

Test(rolling, where_nothing_is_under_way_nothing_is_given_up)
{
    ph_cleanup(fixture_release) struct fixture fixture = {.begin = abandon_nothing};
    fixture_init(&fixture, WEB);
    world_run(&fixture.world, is_over, &fixture);
    cr_expect_null(fixture.rolling.failure);
}
