#include <alloc.h>
#include <criterion/criterion.h>
#include <process/slots.h>
#include <world.h>

TestSuite(slots, .timeout = 20);

/* The processes of a watcher of the world, but in slots of the test's own. */
struct fixture {
    struct world world;
    struct process_owner owner;
    spawn_plan_t *plan;
    slots_t *slots;
};

static void on_change(void *arg, process_t *process, enum process_state before)
{
    struct fixture *self = arg;
    slots_note(self->slots, process, before);
}

static void on_death(void *arg, const struct death *death)
{
    (void)arg;
    (void)death;
}

static void fixture_init(struct fixture *self)
{
    world_init(&self->world, "[watcher:web]\ncmd = sleep 1000\n");
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
    self->slots = slots_new(&self->owner);
}

static void fixture_release(struct fixture *self)
{
    slots_destroy(&self->slots);
    spawn_plan_destroy(&self->plan);
    world_release(&self->world);
}

static void expect_numbers(const slots_t *slots, const int *numbers)
{
    for (struct slot *slot = slots_next(slots, NULL); slot; slot = slots_next(slots, slot))
        cr_expect_eq(process_wid(slot->process), *numbers++);
    cr_expect_eq(*numbers, 0);
}

static bool is_one_left(void *arg)
{
    const struct fixture *self = arg;
    return slots_total(self->slots) == 1;
}

Test(slots, numbers_begin_with_one_and_are_gone_over_in_their_order)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture);
    cr_expect_null(slots_next(fixture.slots, NULL));
    for (int i = 1; i <= 5; i++)
        cr_expect_eq(process_wid(slots_add(fixture.slots)->process), i);
    expect_numbers(fixture.slots, (const int[]){1, 2, 3, 4, 5, 0});
    cr_expect_eq(slots_total(fixture.slots), 5);
    cr_expect_eq(slots_staying(fixture.slots), 5);
    cr_expect_eq(slots_in_state(fixture.slots, PROCESS_STOPPED), 5);
}

Test(slots, they_are_found_by_their_number)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture);
    struct slot *first = slots_add(fixture.slots), *second = slots_add(fixture.slots);
    cr_expect_eq(slots_find(fixture.slots, 1), first);
    cr_expect_eq(slots_find(fixture.slots, 2), second);
    cr_expect_null(slots_find(fixture.slots, 0));
    cr_expect_null(slots_find(fixture.slots, 3));
    cr_expect_null(slots_find(fixture.slots, -1));
}

Test(slots, one_that_is_dismissed_leaves_later_and_its_number_is_free_then)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture);
    struct slot *first = slots_add(fixture.slots);
    slots_add(fixture.slots);
    slots_dismiss(fixture.slots, first, "the test");
    slots_dismiss(fixture.slots, first, "once more");
    cr_expect_eq(slots_total(fixture.slots), 2, "the caller may still use it");
    cr_expect_eq(slots_staying(fixture.slots), 1);
    cr_expect_eq(process_wid(slots_add(fixture.slots)->process), 3);
    slots_dismiss(fixture.slots, slots_find(fixture.slots, 3), "the test");

    world_run(&fixture.world, is_one_left, &fixture);
    expect_numbers(fixture.slots, (const int[]){2, 0});
    cr_expect_eq(process_wid(slots_add(fixture.slots)->process), 1);
    cr_expect_eq(process_wid(slots_add(fixture.slots)->process), 3);
}

Test(slots, what_refers_to_one_that_leaves_is_cleared)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture);
    struct slot *elder = slots_add(fixture.slots), *heir = slots_add(fixture.slots);
    elder->heir = heir;
    heir->elder = elder;
    slots_dismiss(fixture.slots, elder, "the test");
    world_run(&fixture.world, is_one_left, &fixture);
    cr_expect_null(heir->elder);
}

static bool is_one_left_that_runs(void *arg)
{
    const struct fixture *self = arg;
    struct slot *last = slots_find(self->slots, 3);
    if (last && !last->is_leaving && process_state(last->process) == PROCESS_RUNNING)
        slots_dismiss(self->slots, last, "the test");
    return slots_total(self->slots) == 2 && slots_in_state(self->slots, PROCESS_RUNNING) == 2;
}

Test(slots, each_state_is_counted_and_one_that_runs_is_stopped_before_it_leaves)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture);
    for (int i = 0; i < 3; i++)
        process_start(slots_add(fixture.slots)->process, "the test");
    cr_expect_eq(slots_in_state(fixture.slots, PROCESS_SPAWNING), 3);
    world_run(&fixture.world, is_one_left_that_runs, &fixture);
    expect_numbers(fixture.slots, (const int[]){1, 2, 0});
    for (enum process_state state = 0; state < PROCESS_STATE_COUNT; state++)
        cr_expect_eq(slots_in_state(fixture.slots, state), state == PROCESS_RUNNING ? 2 : 0);
}
