/* Answers that wait until watchers are where they are wanted. */
#include <alloc.h>
#include <control/job.h>
#include <criterion/criterion.h>
#include <listener.h>
#include <scratch.h>
#include <string.h>
#include <world.h>

TestSuite(job, .timeout = 30);

enum { MAX_BYTES = 1 << 16 };

#define RUNS(name) "[watcher:" name "]\ncmd = sleep 1000\n"

/* A world whose changes end jobs, an endpoint, and a client that has asked for something. */
struct fixture {
    struct world world;
    char *folder;
    endpoint_t *endpoint;
    jobs_t *jobs;
    zsock_t *client;
    char *answer;                                                 /* what the client got, or NULL */
    void (*on_request)(struct fixture *self, request_t *request); /* takes it */
};

static void on_change(void *arg, watcher_t *watcher)
{
    (void)watcher;
    struct fixture *self = arg;
    jobs_check(self->jobs);
}

static void on_settled(void *arg)
{
    struct fixture *self = arg;
    if (self->jobs)
        jobs_check(self->jobs);
}

static void on_removal(void *arg, watcher_t *watcher)
{
    struct fixture *self = arg;
    jobs_forget(self->jobs, watcher);
}

static void on_request(void *arg, request_t *request)
{
    struct fixture *self = arg;
    self->on_request(self, request);
}

static void fixture_init(struct fixture *self, const char *text)
{
    self->world.on_change = on_change;
    self->world.on_settled = on_settled;
    self->world.on_removal = on_removal;
    self->world.arg = self;
    world_init(&self->world, text);
    self->folder = scratch_new();
    ph_cleanup(ph_freep) char *address = ph_format("ipc://%s/s", self->folder);
    const struct listener_options options = {.type = ZMQ_ROUTER, .max_bytes = MAX_BYTES};
    zsock_t *router = listener_bind(&options, address, NULL);
    cr_assert_not_null(router);
    const struct endpoint_context context = {
        .loop = self->world.loop, .epoch = "epoch", .on_request = on_request, .arg = self};
    self->endpoint = endpoint_new(&context, &router, NULL);
    self->jobs = jobs_new(self->endpoint, watchers_order(self->world.watchers));
    self->client = zsock_new(ZMQ_DEALER);
    cr_assert_eq(zsock_connect(self->client, "%s", address), 0);
}

static void fixture_release(struct fixture *self)
{
    struct ph_error ending;
    ph_error_set(&ending, PH_UNAVAILABLE, "the daemon ends");
    watchers_destroy(&self->world.watchers);
    jobs_destroy(&self->jobs, &ending);
    zsock_destroy(&self->client);
    endpoint_destroy(&self->endpoint);
    world_release(&self->world);
    free(self->answer);
    scratch_destroy(&self->folder);
}

static bool has_answer(void *arg)
{
    struct fixture *self = arg;
    if (!self->answer && zsock_events(self->client) & ZMQ_POLLIN)
        self->answer = zstr_recv(self->client);
    return self->answer != NULL;
}

/* Sends a request, has `on_request` make something of it, and waits for the answer. */
static void expect_answer(struct fixture *self, void (*ask)(struct fixture *, request_t *),
                          const char *text)
{
    self->on_request = ask;
    zstr_send(self->client, "{\"command\": \"x\", \"id\": 1}");
    world_run(&self->world, has_answer, self);
    cr_expect(strstr(self->answer, text), "'%s' instead of '%s'", self->answer, text);
}

static void add(struct fixture *self, request_t **request_p, enum job_goal goal)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_string(reply, "about", "watchers");
    watcher_t *watchers[8];
    size_t count = watchers_count(self->world.watchers);
    for (size_t i = 0; i < count; i++)
        watchers[i] = watchers_at(self->world.watchers, i);
    jobs_add(self->jobs, request_p, goal, watchers, count, reply);
    cr_expect_null(*request_p);
}

static void start_all(struct fixture *self)
{
    for (size_t i = 0; i < watchers_count(self->world.watchers); i++) {
        watcher_t *watcher = watchers_at(self->world.watchers, i);
        order_start(watchers_order(self->world.watchers), &watcher, 1, "the test");
    }
}

static watcher_t *first(struct fixture *self)
{
    return watchers_at(self->world.watchers, 0);
}

/* ---- at once ---- */

static void want_down(struct fixture *self, request_t *request)
{
    add(self, &request, JOB_DOWN);
}

Test(job, what_is_there_already_is_answered_with_the_fields_of_the_reply)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a") RUNS("b"));
    expect_answer(&fixture, want_down, "\"about\":\"watchers\"");
    cr_expect(strstr(fixture.answer, "\"ok\""), "%s", fixture.answer);
}

Test(job, what_is_about_nobody_is_answered_too)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, "");
    expect_answer(&fixture, want_down, "\"ok\"");
}

static void want_up(struct fixture *self, request_t *request)
{
    add(self, &request, JOB_UP);
}

Test(job, what_will_not_come_is_refused_and_says_where_it_is_instead)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a"));
    expect_answer(&fixture, want_up, "'a' is not up but in 'stopped': no reason is known");
    cr_expect(strstr(fixture.answer, "\"conflict\""), "%s", fixture.answer);
}

/* ---- later ---- */

static void start_and_wait(struct fixture *self, request_t *request)
{
    start_all(self);
    add(self, &request, JOB_UP);
}

Test(job, it_is_answered_when_all_of_them_are_there)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a") RUNS("b") "startsecs = 0.1\n" RUNS("c") "requires = b\n");
    expect_answer(&fixture, start_and_wait, "\"ok\"");
    for (size_t i = 0; i < 3; i++)
        cr_expect(watcher_is_up(watchers_at(fixture.world.watchers, i)));
}

Test(job, the_first_that_is_not_there_is_named)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a") "[watcher:b]\ncmd = false\nstartsecs = 5\n"
                                     "restart_delay = 1000\nrestart_delay_max = 1000\n");
    expect_answer(&fixture, start_and_wait, "'b' is not up but in 'backoff': exit status 1");
}

static void start_and_overtake(struct fixture *self, request_t *request)
{
    start_and_wait(self, request);
    watcher_t *watcher = first(self);
    order_stop(watchers_order(self->world.watchers), &watcher, 1, "the test");
}

Test(job, one_that_another_command_overtakes_is_refused)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a") "startsecs = 1000\n");
    expect_answer(&fixture, start_and_overtake, "'a' is stopped: another command came in between");
}

static void start_and_remove(struct fixture *self, request_t *request)
{
    start_and_wait(self, request);
    watchers_remove(self->world.watchers, first(self), true, "the test");
}

Test(job, one_about_a_watcher_that_is_removed_is_refused)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a") "startsecs = 1000\n");
    expect_answer(&fixture, start_and_remove, "'a'");
    cr_expect(strstr(fixture.answer, "\"conflict\""), "%s", fixture.answer);
}

static void remove_and_wait(struct fixture *self, request_t *request)
{
    watcher_t *watcher = first(self);
    start_all(self);
    watchers_remove(self->world.watchers, watcher, true, "the test");
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    jobs_add(self->jobs, &request, JOB_GONE, &watcher, 1, reply);
}

Test(job, one_that_waits_for_a_removal_is_done_by_it)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a"));
    expect_answer(&fixture, remove_and_wait, "\"ok\"");
}

/* ---- limits and the end ---- */

/* A request of nobody. A name is not free at once when its socket is closed. */
static request_t *make_request(void)
{
    static int count;
    ph_cleanup(ph_freep) char *name = ph_format("inproc://nobody-%d", ++count);
    ph_cleanup(zsock_destroy) zsock_t *ours = zsock_new(ZMQ_PAIR);
    ph_cleanup(zsock_destroy) zsock_t *theirs = zsock_new(ZMQ_PAIR);
    cr_assert(zsock_bind(ours, "%s", name) == 0);
    cr_assert(zsock_connect(theirs, "%s", name) == 0);
    zstr_sendx(theirs, "nobody", "{\"command\": \"x\"}", NULL);
    request_t *request = request_receive(zsock_resolve(ours));
    request_decode(request, NULL);
    return request;
}

static void end_while_it_waits(struct fixture *self, request_t *request)
{
    struct ph_error ending;
    start_and_wait(self, request);
    ph_error_set(&ending, PH_UNAVAILABLE, "the daemon ends");
    jobs_destroy(&self->jobs, &ending);
    self->jobs = jobs_new(self->endpoint, watchers_order(self->world.watchers));
}

Test(job, at_the_end_all_that_wait_are_told)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a") "startsecs = 1000\n");
    expect_answer(&fixture, end_while_it_waits, "the daemon ends");
}

Test(job, only_so_many_may_wait)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture, RUNS("a") "startsecs = 1000\n");
    start_all(&fixture);
    for (int i = 0; i < JOBS_MAX; i++) {
        cr_assert_eq(jobs_check_room(fixture.jobs, NULL), 0);
        request_t *request = make_request();
        add(&fixture, &request, JOB_UP);
    }
    struct ph_error err;
    cr_assert_eq(jobs_check_room(fixture.jobs, &err), -1);
    cr_expect_eq(err.code, PH_BUSY);
    cr_expect_str_eq(err.message, "1024 commands wait already");
    watcher_t *watcher = first(&fixture);
    order_stop(watchers_order(fixture.world.watchers), &watcher, 1, "the test");
    cr_expect_eq(jobs_check_room(fixture.jobs, NULL), 0, "all are answered");
}
