#include <alloc.h>
#include <control/repeats.h>
#include <criterion/criterion.h>
#include <fake_clock.h>
#include <string.h>

enum { MAX_REQUESTS = 64 };

static const char answer[] = "an answer";

static zsock_t *ours, *theirs;
static repeats_t *repeats;
static request_t *requests[MAX_REQUESTS]; /* that go with the test */
static size_t request_count;

static void set_up(void)
{
    ours = zsock_new(ZMQ_PAIR);
    theirs = zsock_new(ZMQ_PAIR);
    cr_assert(zsock_bind(ours, "inproc://repeats") == 0);
    cr_assert(zsock_connect(theirs, "inproc://repeats") == 0);
    repeats = repeats_new();
}

static void tear_down(void)
{
    repeats_destroy(&repeats);
    cr_expect_null(repeats);
    for (size_t i = 0; i < request_count; i++)
        request_destroy(&requests[i]);
    zsock_destroy(&ours);
    zsock_destroy(&theirs);
}

TestSuite(repeats, .init = set_up, .fini = tear_down, .timeout = 60);

/* Makes a request, which the caller owns. */
static request_t *make(const char *client, int64_t id, int64_t answered)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *text =
        ph_format("{\"command\":\"incr\",\"client\":\"client-%s\",\"id\":%lld,\"answered\":%lld}",
                  client, (long long)id, (long long)answered);
    cr_assert_eq(zmq_send(zsock_resolve(theirs), "peer", 4, ZMQ_SNDMORE), 4);
    cr_assert_eq(zmq_send(zsock_resolve(theirs), text, strlen(text), 0), (int)strlen(text));
    request_t *request = request_receive(zsock_resolve(ours));
    cr_assert_not_null(request);
    cr_assert_eq(request_decode(request, &err), 0, "%s", err.message);
    return request;
}

/* A request that stays under way until it is kept. */
static request_t *ask(const char *client, int64_t id, int64_t answered, enum repeat_kind expected)
{
    const void *body = NULL;
    size_t size = 0;
    cr_assert_lt(request_count, MAX_REQUESTS);
    request_t *request = make(client, id, answered);
    requests[request_count++] = request;
    cr_expect_eq(repeats_look(repeats, request, &body, &size), expected, "%s %d", client, (int)id);
    return request;
}

/* Asks for what is new, and is answered at once. */
static void ask_and_answer(const char *client, int64_t id, const void *body, size_t size)
{
    const void *old;
    size_t old_size;
    ph_cleanup(request_destroy) request_t *request = make(client, id, 0);
    cr_assert_eq(repeats_look(repeats, request, &old, &old_size), REPEAT_NEW);
    repeats_keep(repeats, request, body, size);
}

static enum repeat_kind look(const char *client, int64_t id, const void **body, size_t *size)
{
    ph_cleanup(request_destroy) request_t *request = make(client, id, 0);
    enum repeat_kind kind = repeats_look(repeats, request, body, size);
    if (kind == REPEAT_NEW) /* nobody may look at it any more */
        repeats_keep(repeats, request, "new", 3);
    return kind;
}

static void expect_answered(const char *client, int64_t id, const char *text)
{
    const void *body = NULL;
    size_t size = 0;
    cr_assert_eq(look(client, id, &body, &size), REPEAT_ANSWERED, "%s %d", client, (int)id);
    cr_assert_eq(size, strlen(text));
    cr_expect_arr_eq(body, text, size);
}

static void expect_new(const char *client, int64_t id)
{
    const void *body;
    size_t size;
    cr_expect_eq(look(client, id, &body, &size), REPEAT_NEW, "%s %d", client, (int)id);
}

/* ---- one request ---- */

Test(repeats, what_was_answered_is_answered_again)
{
    request_t *request = ask("a", 1, 0, REPEAT_NEW);
    repeats_keep(repeats, request, answer, strlen(answer));
    expect_answered("a", 1, answer);
    expect_answered("a", 1, answer);
    expect_new("a", 2);
    expect_new("b", 1);
}

Test(repeats, what_is_under_way_is_not_begun_again)
{
    request_t *request = ask("a", 1, 0, REPEAT_NEW);
    ask("a", 1, 0, REPEAT_UNDER_WAY);
    request_t *other = ask("a", 2, 0, REPEAT_NEW);
    repeats_keep(repeats, request, answer, strlen(answer));
    expect_answered("a", 1, answer);
    ask("a", 2, 0, REPEAT_UNDER_WAY);
    repeats_keep(repeats, other, "another", 7);
    expect_answered("a", 2, "another");
}

Test(repeats, an_answer_that_was_not_asked_for_is_not_kept)
{
    ph_cleanup(request_destroy) request_t *stranger = make("a", 1, 0);
    repeats_keep(repeats, stranger, answer, strlen(answer));
    expect_new("a", 1);
    ask("b", 1, 0, REPEAT_NEW);
    ph_cleanup(request_destroy) request_t *same = make("b", 1, 0);
    repeats_keep(repeats, same, answer, strlen(answer)); /* another of the same number */
    ask("b", 1, 0, REPEAT_UNDER_WAY);
}

Test(repeats, of_an_answer_that_is_too_large_it_is_known_that_it_was_given)
{
    const void *body = answer;
    size_t size = 1;
    ph_cleanup(ph_freep) char *large = ph_calloc(1, REPEATS_MAX_BYTES + 1);
    ask_and_answer("a", 1, large, REPEATS_MAX_BYTES + 1);
    cr_expect_eq(look("a", 1, &body, &size), REPEAT_ANSWERED);
    cr_expect_null(body);
    cr_expect_eq(size, 0);
    ask_and_answer("a", 2, large, REPEATS_MAX_BYTES);
    cr_expect_eq(look("a", 2, &body, &size), REPEAT_ANSWERED);
    cr_expect_eq(size, REPEATS_MAX_BYTES);
}

/* ---- forgetting ---- */

Test(repeats, what_the_client_has_is_forgotten_up_to_that_number)
{
    for (int64_t id = 1; id <= 3; id++)
        ask_and_answer("a", id, answer, strlen(answer));
    request_t *under_way = ask("a", 4, 0, REPEAT_NEW);
    ask("a", 5, 4, REPEAT_NEW);
    expect_new("a", 1);
    expect_new("a", 3);
    ask("a", 4, 0, REPEAT_UNDER_WAY);
    repeats_keep(repeats, under_way, answer, strlen(answer));
    expect_answered("a", 4, answer);
}

Test(repeats, a_client_that_was_not_heard_of_for_five_minutes_is_forgotten)
{
    ask_and_answer("a", 1, answer, strlen(answer));
    ask_and_answer("b", 1, answer, strlen(answer));
    fake_clock_advance(REPEATS_KEEP_MS);
    expect_answered("b", 1, answer);
    fake_clock_advance(1);
    expect_new("a", 1);
    fake_clock_advance(REPEATS_KEEP_MS - 1);
    expect_answered("b", 1, answer); /* it was heard of meanwhile */
}

Test(repeats, what_is_under_way_is_never_forgotten)
{
    request_t *request = ask("a", 1, 0, REPEAT_NEW);
    ask_and_answer("a", 2, answer, strlen(answer));
    fake_clock_advance(3 * (int64_t)REPEATS_KEEP_MS);
    expect_new("b", 1);
    ask("a", 1, 0, REPEAT_UNDER_WAY);
    expect_new("a", 2);
    repeats_keep(repeats, request, answer, strlen(answer));
    expect_answered("a", 1, answer);
}

Test(repeats, beyond_ten_thousand_the_oldest_answers_are_forgotten)
{
    ask("slow", 1, 0, REPEAT_NEW);
    ask_and_answer("old", 1, answer, strlen(answer));
    ask_and_answer("new", 1, answer, strlen(answer));
    for (int i = 3; i < REPEATS_MAX; i++) {
        ph_cleanup(ph_freep) char *client = ph_format("many-%d", i);
        ask_and_answer(client, 1, "x", 1);
    }
    expect_answered("old", 1, answer); /* asking again needs no room */
    expect_new("one-more", 1);
    ask("slow", 1, 0, REPEAT_UNDER_WAY);
    expect_answered("new", 1, answer);
    expect_new("old", 1);
    expect_new("new", 1); /* the last one has taken its place */
}

Test(repeats, beyond_64_mib_the_oldest_answers_are_forgotten)
{
    enum { COUNT = REPEATS_MAX_TOTAL_BYTES / REPEATS_MAX_BYTES };
    ph_cleanup(ph_freep) char *large = ph_calloc(1, REPEATS_MAX_BYTES + 1);
    memset(large, 'x', REPEATS_MAX_BYTES);
    ask("slow", 1, 0, REPEAT_NEW);
    for (int i = 1; i <= COUNT; i++)
        ask_and_answer("large", i, large, REPEATS_MAX_BYTES);
    expect_answered("large", 1, large);
    ask_and_answer("large", COUNT + 1, large, REPEATS_MAX_BYTES);
    expect_answered("large", 2, large);
    expect_answered("large", COUNT + 1, large);
    ask("slow", 1, 0, REPEAT_UNDER_WAY);
    expect_new("large", 1);
}
