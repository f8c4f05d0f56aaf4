#include <clock.h>
#include <criterion/criterion.h>
#include <loop/timers.h>
#include <plughost/plughost.h>
#include <poll.h>
#include <string.h>

enum { MAX_FIRED = 64, DEADLINE_MS = 10000, NO_LIMIT = 1000 };

/* Letters of the timers that fired, in their order. */
struct record {
    timers_t *timers;
    char fired[MAX_FIRED + 1];
    size_t count;
};

struct letter {
    struct timer timer; /* fires take_letter with this */
    struct record *record;
    char name;
    struct letter *other;
    void (*then)(struct letter *self);
};

static void take_letter(void *arg)
{
    struct letter *self = arg;
    cr_assert_lt(self->record->count, MAX_FIRED);
    cr_expect_leq(self->timer.due_ms, ph_clock_ms(), "%c fires too early", self->name);
    self->record->fired[self->record->count++] = self->name;
    if (self->then)
        self->then(self);
}

static struct letter letter(struct record *record, char name)
{
    return (struct letter){.timer = {.fire = take_letter}, .record = record, .name = name};
}

static void start(struct letter *self, int64_t delay_ms)
{
    self->timer.arg = self;
    timers_start(self->record->timers, &self->timer, delay_ms);
}

static bool is_readable(const timers_t *timers, int timeout_ms)
{
    struct pollfd item = {.fd = timers_fd(timers), .events = POLLIN};
    return poll(&item, 1, timeout_ms) == 1;
}

/* Fires what comes until `count` letters are there. */
static void fire_until(struct record *record, size_t count)
{
    while (record->count < count) {
        cr_assert(is_readable(record->timers, DEADLINE_MS), "the descriptor is not set: '%s'",
                  record->fired);
        timers_fire(record->timers, NO_LIMIT);
    }
}

static struct record record;

static void set_up(void)
{
    record = (struct record){.timers = timers_new(NULL)};
    cr_assert_not_null(record.timers);
}

static void tear_down(void)
{
    timers_destroy(&record.timers);
    cr_expect_null(record.timers);
}

TestSuite(timers, .init = set_up, .fini = tear_down, .timeout = 30);

Test(timers, they_fire_in_the_order_of_their_times)
{
    struct letter a = letter(&record, 'a'), b = letter(&record, 'b'), c = letter(&record, 'c');
    start(&c, 9);
    start(&a, 1);
    start(&b, 5);
    fire_until(&record, 3);
    cr_expect_str_eq(record.fired, "abc");
}

Test(timers, equal_times_fire_in_the_order_of_their_start)
{
    struct letter letters[26];
    int64_t due_ms = 0;
    for (size_t i = 0; i < 26; i++) {
        letters[i] = letter(&record, (char)('a' + i));
        start(&letters[i], 0);
        due_ms = due_ms ? due_ms : letters[i].timer.due_ms;
    }
    fire_until(&record, 26);
    cr_expect_str_eq(record.fired, "abcdefghijklmnopqrstuvwxyz");
}

Test(timers, one_fires_once)
{
    struct letter a = letter(&record, 'a');
    start(&a, 0);
    fire_until(&record, 1);
    cr_expect_eq(a.timer.place, 0);
    timers_fire(record.timers, NO_LIMIT);
    cr_expect_not(is_readable(record.timers, 0));
    cr_expect_str_eq(record.fired, "a");
}

Test(timers, starting_a_running_timer_moves_it)
{
    struct letter a = letter(&record, 'a'), b = letter(&record, 'b');
    start(&a, 1);
    start(&b, 2);
    start(&a, 4);
    fire_until(&record, 2);
    cr_expect_str_eq(record.fired, "ba");
    start(&a, 60000);
    start(&a, 0);
    fire_until(&record, 3);
    cr_expect_str_eq(record.fired, "baa");
}

Test(timers, a_cancelled_timer_does_not_fire)
{
    struct letter a = letter(&record, 'a'), b = letter(&record, 'b');
    start(&a, 0);
    start(&b, 2);
    timers_cancel(record.timers, &a.timer);
    timers_cancel(record.timers, &a.timer);
    fire_until(&record, 1);
    cr_expect_str_eq(record.fired, "b");
}

Test(timers, a_cancelled_timer_wakes_once_at_most_and_in_vain)
{
    struct letter a = letter(&record, 'a');
    cr_expect_not(is_readable(record.timers, 0));
    start(&a, 1);
    timers_cancel(record.timers, &a.timer);
    cr_expect(is_readable(record.timers, DEADLINE_MS));
    timers_fire(record.timers, NO_LIMIT);
    cr_expect_not(is_readable(record.timers, 10));
    cr_expect_eq(record.count, 0);
}

Test(timers, what_is_started_after_a_cancelled_one_fires_at_its_own_time)
{
    struct letter a = letter(&record, 'a'), b = letter(&record, 'b'), c = letter(&record, 'c');
    start(&a, 1);
    start(&b, 4);
    timers_cancel(record.timers, &a.timer);
    start(&c, 2);
    fire_until(&record, 2);
    cr_expect_str_eq(record.fired, "cb");
}

static void cancel_other(struct letter *self)
{
    timers_cancel(self->record->timers, &self->other->timer);
}

Test(timers, a_callback_may_cancel_another_that_is_due)
{
    struct letter a = letter(&record, 'a'), b = letter(&record, 'b'), c = letter(&record, 'c');
    a.then = cancel_other;
    a.other = &b;
    start(&a, 0);
    start(&b, 0);
    start(&c, 0);
    fire_until(&record, 2);
    cr_expect_str_eq(record.fired, "ac");
}

static void start_again(struct letter *self)
{
    if (self->record->count < 5)
        start(self, 1);
}

Test(timers, a_callback_may_start_its_own_timer_again)
{
    struct letter a = letter(&record, 'a');
    a.then = start_again;
    start(&a, 0);
    fire_until(&record, 5);
    cr_expect_str_eq(record.fired, "aaaaa");
}

static void start_other(struct letter *self)
{
    start(self->other, 0);
}

Test(timers, a_callback_may_start_another)
{
    struct letter a = letter(&record, 'a'), b = letter(&record, 'b'), c = letter(&record, 'c');
    a.then = start_other;
    a.other = &c;
    start(&a, 0);
    start(&b, 0);
    fire_until(&record, 3);
    cr_expect_str_eq(record.fired, "abc");
}

static void restart_for_ever(struct letter *self)
{
    start(self, 0);
}

Test(timers, no_more_fire_at_once_than_the_limit)
{
    struct letter letters[10];
    for (size_t i = 0; i < 10; i++) {
        letters[i] = letter(&record, (char)('a' + i));
        start(&letters[i], 0);
    }
    cr_assert(is_readable(record.timers, DEADLINE_MS));
    timers_fire(record.timers, 4);
    cr_expect_str_eq(record.fired, "abcd");
    cr_expect(is_readable(record.timers, DEADLINE_MS), "the rest is still due");
    timers_fire(record.timers, 4);
    cr_expect_str_eq(record.fired, "abcdefgh");
    fire_until(&record, 10);
    cr_expect_str_eq(record.fired, "abcdefghij");
}

Test(timers, a_timer_that_starts_itself_for_ever_does_not_hold_the_loop)
{
    struct letter a = letter(&record, 'a');
    a.then = restart_for_ever;
    start(&a, 0);
    cr_assert(is_readable(record.timers, DEADLINE_MS));
    timers_fire(record.timers, 8);
    cr_expect_leq(record.count, 8);
}

Test(timers, what_is_never_started_can_be_cancelled)
{
    struct letter a = letter(&record, 'a');
    timers_cancel(record.timers, &a.timer);
    timers_destroy(&(timers_t *){NULL});
}

/* ---- against a model ---- */

enum { TIMERS = 200, OPERATIONS = 20000, LONGEST_MS = 4 };

struct model;

struct modelled {
    struct timer timer;
    struct model *model;
    bool is_running;
    int64_t due_ms;
    uint64_t order;
};

struct model {
    timers_t *timers;
    struct modelled all[TIMERS];
    size_t running;
    uint64_t last_order;
    unsigned fired; /* in the present timers_fire */
    uint32_t seed;
};

static uint32_t next_random(struct model *model)
{
    model->seed = model->seed * 1664525U + 1013904223U;
    return model->seed >> 8;
}

/* The one that has to fire must be the first of all that run. */
static void expect_first(const struct modelled *self)
{
    for (size_t i = 0; i < TIMERS; i++) {
        const struct modelled *other = &self->model->all[i];
        if (other == self || !other->is_running)
            continue;
        cr_assert(self->due_ms < other->due_ms ||
                      (self->due_ms == other->due_ms && self->order < other->order),
                  "another should have been first");
    }
}

static void on_modelled(void *arg)
{
    struct modelled *self = arg;
    cr_assert(self->is_running, "it is not to fire");
    cr_assert_leq(self->due_ms, ph_clock_ms(), "it fires too early");
    expect_first(self);
    self->is_running = false;
    self->model->running--;
    self->model->fired++;
}

static void start_one(struct model *model, struct modelled *one)
{
    int64_t delay_ms = next_random(model) % (LONGEST_MS + 1);
    int64_t before = ph_clock_ms();
    timers_start(model->timers, &one->timer, delay_ms);
    cr_assert_geq(one->timer.due_ms, before + delay_ms);
    cr_assert_leq(one->timer.due_ms, ph_clock_ms() + delay_ms);
    model->running += !one->is_running;
    one->is_running = true;
    one->due_ms = one->timer.due_ms;
    one->order = ++model->last_order;
}

static void cancel_one(struct model *model, struct modelled *one)
{
    timers_cancel(model->timers, &one->timer);
    model->running -= one->is_running;
    one->is_running = false;
}

static void fire_some(struct model *model)
{
    unsigned limit = next_random(model) % 8;
    model->fired = 0;
    timers_fire(model->timers, limit);
    cr_assert_leq(model->fired, limit);
}

Test(timers, any_sequence_of_operations_does_what_a_simple_list_would_do)
{
    static struct model model;
    model = (struct model){.timers = record.timers, .seed = 20240229};
    for (size_t i = 0; i < TIMERS; i++)
        model.all[i] =
            (struct modelled){.timer = {on_modelled, &model.all[i], 0, 0, 0}, .model = &model};

    for (int i = 0; i < OPERATIONS; i++) {
        struct modelled *one = &model.all[next_random(&model) % TIMERS];
        uint32_t what = next_random(&model) % 10;
        if (what < 6)
            start_one(&model, one);
        else if (what < 8)
            cancel_one(&model, one);
        else
            fire_some(&model);
    }
    while (model.running > 0) {
        cr_assert(is_readable(model.timers, DEADLINE_MS), "%zu are forgotten", model.running);
        fire_some(&model);
    }
    cr_expect_not(is_readable(model.timers, 0));
}
