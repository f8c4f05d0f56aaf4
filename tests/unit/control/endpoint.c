#include <control/endpoint.h>
#include <criterion/criterion.h>
#include <listener.h>
#include <scratch.h>
#include <string.h>

enum { MAX_BYTES = 1 << 16, REPLY_MS = 10000 };

TestSuite(endpoint, .timeout = 20);

/* An endpoint in a folder of its own. */
struct fixture {
    char *folder;
    char *address;
    loop_t *loop;
    endpoint_t *endpoint;
    unsigned taken; /* requests that got through to the commands */
};

static void on_request(void *arg, request_t *request)
{
    struct fixture *self = arg;
    self->taken++;
    request_destroy(&request);
}

static void fixture_release(struct fixture *self)
{
    endpoint_destroy(&self->endpoint);
    loop_destroy(&self->loop);
    ph_freep(&self->address);
    scratch_destroy(&self->folder);
}

static void fixture_init(struct fixture *self)
{
    self->folder = scratch_new();
    self->address = ph_format("ipc://%s/s", self->folder);
    self->loop = loop_new(NULL);
    const struct listener_options options = {.type = ZMQ_ROUTER, .max_bytes = MAX_BYTES};
    zsock_t *router = listener_bind(&options, self->address, NULL);
    cr_assert_not_null(router);
    const struct endpoint_context context = {
        .loop = self->loop, .epoch = "epoch", .on_request = on_request, .arg = self};
    self->endpoint = endpoint_new(&context, &router, NULL);
}

static zsock_t *client(const struct fixture *self, int type)
{
    zsock_t *socket = zsock_new(type);
    cr_assert_eq(zsock_connect(socket, "%s", self->address), 0);
    zsock_set_rcvtimeo(socket, REPLY_MS);
    return socket;
}

/* Refuses what waits until the socket has its answer: a request may still be on its way. */
static char *answer(struct fixture *self, zsock_t *socket)
{
    struct ph_error ending;
    ph_error_set(&ending, PH_UNAVAILABLE, "the daemon ends");
    for (int64_t end = zclock_mono() + REPLY_MS; zclock_mono() < end;) {
        endpoint_refuse_rest(self->endpoint, &ending);
        if (zsock_events(socket) & ZMQ_POLLIN)
            return zstr_recv(socket);
    }
    cr_assert_fail("no answer");
    return NULL;
}

Test(endpoint, what_nobody_looked_at_is_refused_at_the_end)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture);
    ph_cleanup(zsock_destroy) zsock_t *dealer = client(&fixture, ZMQ_DEALER);
    for (int i = 0; i < 3; i++)
        zstr_sendf(dealer, "{\"command\":\"ping\",\"id\":%d}", i);
    for (int i = 0; i < 3; i++) {
        ph_cleanup(ph_freep) char *id = ph_format("\"id\":%d", i);
        ph_cleanup(ph_freep) char *reply = answer(&fixture, dealer);
        cr_expect_not_null(strstr(reply, id), "%s", reply);
        cr_expect_not_null(strstr(reply, "\"code\":\"unavailable\""), "%s", reply);
        cr_expect_not_null(strstr(reply, "the daemon ends"), "%s", reply);
    }
    cr_expect_eq(fixture.taken, 0, "nothing is begun any more");
}

Test(endpoint, at_the_end_too_what_makes_no_sense_is_told_what_is_wrong)
{
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture);
    ph_cleanup(zsock_destroy) zsock_t *dealer = client(&fixture, ZMQ_DEALER);
    zstr_send(dealer, "{\"id\":1}");
    ph_cleanup(ph_freep) char *reply = answer(&fixture, dealer);
    cr_expect_not_null(strstr(reply, "\"code\":\"invalid\""), "%s", reply);
}

Test(endpoint, a_cast_of_a_req_is_acknowledged_at_the_end_whatever_it_says)
{
    static const char *const casts[] = {"{\"msg_type\":\"cast\",\"command\":\"ping\"}",
                                        "{\"msg_type\":\"cast\"}"};
    ph_cleanup(fixture_release) struct fixture fixture = {0};
    fixture_init(&fixture);
    ph_cleanup(zsock_destroy) zsock_t *req = client(&fixture, ZMQ_REQ);
    for (size_t i = 0; i < sizeof casts / sizeof casts[0]; i++) {
        zstr_send(req, casts[i]);
        ph_cleanup(ph_freep) char *reply = answer(&fixture, req);
        cr_expect_not_null(strstr(reply, "\"status\":\"ok\""), "%s", reply);
    }
}
