#include <alloc.h>
#include <criterion/criterion.h>
#include <plugin/exchange.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <wire/json.h>

static const struct wire_limits limits = {.max_depth = 8, .max_values = 1000};

enum { COUNT = 3, LONG_MS = 60000, DEADLINE_MS = 10000 };

/* An exchange that writes down what it was told. */
struct item {
    struct exchange exchange;
    char told[200];
    unsigned times;
    struct item *other; /* that it forgets when it is told */
};

static struct exchanges exchanges;
static struct item items[COUNT];

static void take(struct item *self, const char *text)
{
    snprintf(self->told, sizeof self->told, "%s", text);
    self->times++;
    if (self->other)
        exchange_forget(&self->other->exchange);
}

static void on_answer(void *arg, const ph_value_t *reply, const struct ph_error *err)
{
    cr_expect_neq(reply == NULL, err == NULL);
    take(arg, err ? err->message : ph_value_string(ph_value_get(reply, "result"), ""));
}

static void on_lost(void *arg, const char *why)
{
    take(arg, why ? why : "time is over");
}

static int64_t begin(struct item *item, int64_t timeout_ms)
{
    item->exchange = (struct exchange){.on_answer = on_answer, .on_lost = on_lost, .arg = item};
    return exchange_begin(&exchanges, &item->exchange, timeout_ms);
}

static void set_up(void)
{
    memset(items, 0, sizeof items);
    exchanges = (struct exchanges){.timers = timers_new(NULL)};
}

static void tear_down(void)
{
    for (size_t i = 0; i < COUNT; i++)
        exchange_forget(&items[i].exchange);
    cr_expect_eq(exchanges.count, 0);
    timers_destroy(&exchanges.timers);
}

TestSuite(exchange, .init = set_up, .fini = tear_down, .timeout = 30);

static bool reply(int64_t id, const char *json_rest)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *json = ph_format("{\"id\": %lld, %s}", (long long)id, json_rest);
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        wire_decode_json(json, strlen(json), &limits, &err);
    cr_assert_not_null(message, "%s", err.message);
    return exchanges_take_reply(&exchanges, ph_message_body(message));
}

#define DONE "\"status\": \"ok\", \"result\": \"done\""

Test(exchange, a_reply_reaches_the_one_with_its_id)
{
    begin(&items[0], LONG_MS);
    int64_t id = begin(&items[1], LONG_MS);
    cr_expect(reply(id, DONE));
    cr_expect_str_eq(items[1].told, "done");
    cr_expect_eq(items[0].times, 0);
    cr_expect_eq(exchanges.count, 1);
}

Test(exchange, what_is_kept_is_counted_until_each_ends)
{
    for (size_t i = 0; i < 2; i++) {
        items[i].exchange = (struct exchange){
            .on_answer = on_answer, .on_lost = on_lost, .arg = &items[i], .size = 10 + i};
        exchange_begin(&exchanges, &items[i].exchange, LONG_MS);
    }
    cr_expect_eq(exchanges.size, 21);
    cr_expect(reply(items[0].exchange.id, DONE));
    cr_expect_eq(exchanges.size, 11);
    exchange_forget(&items[1].exchange);
    exchange_forget(&items[1].exchange);
    cr_expect_eq(exchanges.size, 0);
}

Test(exchange, a_second_reply_and_one_of_an_unknown_id_reach_nobody)
{
    int64_t id = begin(&items[0], LONG_MS);
    cr_expect(reply(id, DONE));
    cr_expect_not(reply(id, DONE));
    cr_expect_not(reply(id + 1, DONE));
    cr_expect_not(reply(0, DONE));
    cr_expect_not(reply(-1, DONE));
    cr_expect_eq(items[0].times, 1);
}

Test(exchange, an_id_is_never_used_again)
{
    int64_t first = begin(&items[0], LONG_MS);
    exchange_forget(&items[0].exchange);
    cr_expect_neq(begin(&items[0], LONG_MS), first);
    cr_expect_not(reply(first, DONE));
}

Test(exchange, an_error_is_handed_over_with_its_reason)
{
    int64_t id = begin(&items[0], LONG_MS);
    reply(id, "\"status\": \"error\", \"code\": \"busy\", \"reason\": \"not now\"");
    cr_expect_str_eq(items[0].told, "not now");
}

Test(exchange, a_reply_without_a_status_is_an_error)
{
    int64_t id = begin(&items[0], LONG_MS);
    reply(id, "\"status\": 1, \"reason\": [1]");
    cr_expect_str_eq(items[0].told, "refused without a reason");
}

Test(exchange, its_time_is_over_once)
{
    int64_t id = begin(&items[0], 1);
    struct pollfd item = {.fd = timers_fd(exchanges.timers), .events = POLLIN};
    while (items[0].times == 0) {
        cr_assert_eq(poll(&item, 1, DEADLINE_MS), 1);
        timers_fire(exchanges.timers, COUNT);
    }
    cr_expect_str_eq(items[0].told, "time is over");
    cr_expect_not(reply(id, DONE));
    cr_expect_eq(items[0].times, 1);
}

Test(exchange, all_are_lost_in_their_order_and_one_may_end_another)
{
    for (size_t i = 0; i < COUNT; i++)
        begin(&items[i], LONG_MS);
    items[0].other = &items[1];
    exchanges_lose(&exchanges, "it died");
    cr_expect_str_eq(items[0].told, "it died");
    cr_expect_eq(items[1].times, 0, "it was forgotten before");
    cr_expect_str_eq(items[2].told, "it died");
    cr_expect_null(exchanges.first);
    cr_expect_null(exchanges.last);
}

Test(exchange, one_in_the_middle_can_be_forgotten_and_twice)
{
    int64_t ids[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        ids[i] = begin(&items[i], LONG_MS);
    exchange_forget(&items[1].exchange);
    exchange_forget(&items[1].exchange);
    cr_expect_eq(exchanges.count, 2);
    cr_expect_not(reply(ids[1], DONE));
    cr_expect(reply(ids[2], DONE));
    cr_expect(reply(ids[0], DONE));
}
