#include <control/publisher.h>
#include <criterion/criterion.h>
#include <fake_clock.h>
#include <scratch.h>
#include <string.h>

enum { RATE = 10, MANY = 1000, FIRST_OF_MANY = 100 };

#define PROCESS(number) (&(struct publisher_key){.pid = (number)})

static char *folder, *path;
static ph_log_t *log_file;
static publishers_t *publishers;

static void set_up_with(int64_t rate)
{
    publishers_destroy(&publishers);
    publishers = publishers_new(rate, log_file);
}

static void set_up(void)
{
    folder = scratch_new();
    path = ph_format("%s/log", folder);
    log_file = ph_log_new(path, PH_LOG_DEBUG, NULL);
    cr_assert_not_null(log_file);
    set_up_with(RATE);
}

static void tear_down(void)
{
    publishers_destroy(&publishers);
    cr_expect_null(publishers);
    ph_log_destroy(&log_file);
    ph_freep(&path);
    scratch_destroy(&folder);
}

TestSuite(publisher, .init = set_up, .fini = tear_down, .timeout = 20);

static bool takes(struct publisher *publisher, size_t count)
{
    struct ph_error err = {0};
    if (publisher_take(publishers, publisher, count, &err) == 0)
        return true;
    cr_expect(err.code == PH_BUSY || err.code == PH_INVALID, "%s", err.message);
    return false;
}

Test(publisher, more_at_once_than_a_second_allows_can_never_be)
{
    struct ph_error err = {0};
    struct publisher *publisher = publishers_add(publishers, PROCESS(1), "me");
    cr_expect_eq(publisher_take(publishers, publisher, 1000000, &err), -1);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect(strstr(err.message, "1000000 events at once are more than the "), "%s", err.message);
}

/* ---- who ---- */

Test(publisher, a_publisher_is_found_by_its_key)
{
    const struct publisher *a = publishers_add(publishers, PROCESS(2), "uid 1 pid 2");
    const struct publisher *b = publishers_add(publishers, PROCESS(3), "plugin:b");
    cr_expect_eq(publishers_find(publishers, PROCESS(2)), a);
    cr_expect_eq(publishers_find(publishers, PROCESS(3)), b);
    cr_expect_null(publishers_find(publishers, PROCESS(4)));
    cr_expect_str_eq(a->name, "uid 1 pid 2");
}

Test(publisher, sessions_processes_users_and_connections_differ)
{
    struct publisher_key keys[] = {{.session = &keys[0]},
                                   {.session = &keys[1]},
                                   {.pid = 1},
                                   {.pid = 2},
                                   {.pid = 2, .uid = 1},
                                   {0},
                                   {0}};
    enum { KEYS = sizeof keys / sizeof keys[0] };
    peer_set(&keys[KEYS - 2].peer, "one", 3);
    peer_set(&keys[KEYS - 1].peer, "two", 3);
    struct publisher *added[KEYS];
    for (size_t i = 0; i < KEYS; i++) {
        cr_expect_null(publishers_find(publishers, &keys[i]), "key %zu", i);
        added[i] = publishers_add(publishers, &keys[i], "unknown");
    }
    for (size_t i = 0; i < KEYS; i++)
        cr_expect_eq(publishers_find(publishers, &keys[i]), added[i], "key %zu", i);
}

Test(publisher, a_publisher_may_get_another_name)
{
    struct publisher *publisher = publishers_add(publishers, PROCESS(1), "uid 1 pid 2");
    publisher_rename(publisher, "plugin:x");
    cr_expect_str_eq(publishers_find(publishers, PROCESS(1))->name, "plugin:x");
}

static void add_many(pid_t first)
{
    for (pid_t i = first; i < first + MANY; i++)
        publishers_add(publishers, PROCESS(i), "unknown");
}

Test(publisher, those_that_have_not_published_for_long_are_forgotten)
{
    publishers_add(publishers, PROCESS(1), "unknown");
    struct publisher *busy = publishers_add(publishers, PROCESS(2), "unknown");
    fake_clock_advance(5001);
    takes(busy, 1);
    add_many(FIRST_OF_MANY);
    cr_expect_null(publishers_find(publishers, PROCESS(1)));
    cr_expect_eq(publishers_find(publishers, PROCESS(2)), busy);
    cr_expect_not_null(publishers_find(publishers, PROCESS(FIRST_OF_MANY)));
}

/* ---- how fast ---- */

Test(publisher, a_second_of_events_may_be_published_at_once)
{
    struct publisher *publisher = publishers_add(publishers, PROCESS(1), "uid 1 pid 2");
    struct ph_error err = {0};
    cr_expect(takes(publisher, RATE - 1));
    cr_expect(takes(publisher, 1));
    cr_expect_eq(publisher_take(publishers, publisher, 1, &err), -1);
    cr_expect_str_eq(err.message, "uid 1 pid 2 publishes more than the 10 events a second that "
                                  "publish_rate allows");
}

Test(publisher, what_was_used_comes_back_with_time_and_no_more)
{
    struct publisher *publisher = publishers_add(publishers, PROCESS(1), "unknown");
    cr_expect(takes(publisher, RATE));
    fake_clock_advance(99);
    cr_expect_not(takes(publisher, 1));
    fake_clock_advance(1); /* what was refused has not used up the 99 */
    cr_expect(takes(publisher, 1));
    cr_expect_not(takes(publisher, 1));
    fake_clock_advance(60000);
    cr_expect_not(takes(publisher, RATE + 1));
    cr_expect(takes(publisher, RATE));
}

Test(publisher, what_does_not_fit_as_a_whole_uses_nothing_up)
{
    struct publisher *publisher = publishers_add(publishers, PROCESS(1), "unknown");
    cr_expect_not(takes(publisher, RATE + 1));
    cr_expect(takes(publisher, RATE));
}

Test(publisher, one_does_not_use_up_what_another_may)
{
    struct publisher *a = publishers_add(publishers, PROCESS(1), "unknown");
    struct publisher *b = publishers_add(publishers, PROCESS(2), "unknown");
    cr_expect(takes(a, RATE));
    cr_expect(takes(b, RATE));
}

Test(publisher, without_a_rate_any_number_may_be_published)
{
    set_up_with(0);
    struct publisher *publisher = publishers_add(publishers, PROCESS(1), "unknown");
    for (int i = 0; i < MANY; i++)
        cr_assert(takes(publisher, MANY));
}

/* ---- the log ---- */

static void complain(struct publisher *publisher, const char *why)
{
    struct ph_error err;
    ph_error_set(&err, PH_INVALID, "%s", why);
    publisher_complain(publishers, publisher, &err);
}

Test(publisher, what_is_refused_is_told_once_a_second_with_its_number)
{
    struct publisher *publisher = publishers_add(publishers, PROCESS(1), "plugin:x");
    complain(publisher, "first");
    complain(publisher, "second");
    fake_clock_advance(999);
    complain(publisher, "third");
    fake_clock_advance(1);
    complain(publisher, "fourth");
    ph_cleanup(ph_freep) char *text = scratch_read(path);
    const char *first =
        strstr(text, "plugin:x: 1 request to publish was refused, the last: first\n");
    cr_assert_not_null(first, "%s", text);
    const char *second =
        strstr(first, "plugin:x: 3 requests to publish were refused, the last: fourth\n");
    cr_assert_not_null(second, "%s", text);
    cr_expect_null(strstr(text, "second"));
    cr_expect_null(strstr(text, "third"));
}
