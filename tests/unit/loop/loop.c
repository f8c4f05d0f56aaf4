#include <alloc.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <loop/loop.h>
#include <unistd.h>

enum { MANY = 200 };

/* A pipe that is watched. */
struct source {
    struct loop_watch watch;
    loop_t *loop;
    int write_fd;
    unsigned calls;
    struct source *other;
    unsigned *left; /* the loop ends when it is 0 */
};

static loop_t *loop;

static void set_up(void)
{
    zsys_handler_set(NULL);
    loop = loop_new(NULL);
    cr_assert_not_null(loop);
}

static void tear_down(void)
{
    loop_destroy(&loop);
    cr_expect_null(loop);
}

TestSuite(loop, .init = set_up, .fini = tear_down, .timeout = 30);

static void open_source(struct source *self, loop_fd_fn *on_readable)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    *self =
        (struct source){.watch = {on_readable, self, ends[0]}, .loop = loop, .write_fd = ends[1]};
    cr_assert_eq(loop_watch(loop, &self->watch, NULL), 0);
}

static void close_source(struct source *self)
{
    close(self->watch.fd);
    close(self->write_fd);
}

static void make_readable(struct source *self)
{
    cr_assert_eq(write(self->write_fd, "x", 1), 1);
}

static void take_byte(struct source *self)
{
    char byte;
    self->calls++;
    cr_expect_eq(read(self->watch.fd, &byte, 1), 1);
}

static void end_from_timer(void *arg)
{
    loop_end(arg);
}

/* Ends the loop once everything that is readable now has had its turn. */
static void end_soon(struct timer *timer)
{
    *timer = (struct timer){.fire = end_from_timer, .arg = loop};
    timers_start(loop_timers(loop), timer, 5);
}

static void read_and_end(void *arg)
{
    struct source *self = arg;
    take_byte(self);
    loop_end(self->loop);
}

Test(loop, a_readable_descriptor_calls_its_handler)
{
    struct source source;
    open_source(&source, read_and_end);
    make_readable(&source);
    loop_run(loop);
    cr_expect_eq(source.calls, 1);
    loop_unwatch(loop, &source.watch);
    close_source(&source);
}

static void read_and_drop_other(void *arg)
{
    struct source *self = arg;
    take_byte(self);
    loop_unwatch(self->loop, &self->other->watch);
    /* Its owner may be gone from here on: a call would use memory that is free. */
    self->other->watch.on_readable = NULL;
}

Test(loop, a_handler_may_unwatch_another_descriptor_that_is_ready_too)
{
    struct source a, b;
    struct timer timer;
    open_source(&a, read_and_drop_other);
    open_source(&b, read_and_drop_other);
    a.other = &b;
    b.other = &a;
    make_readable(&a);
    make_readable(&b);
    end_soon(&timer);
    loop_run(loop);
    cr_expect_eq(a.calls + b.calls, 1, "%u and %u calls", a.calls, b.calls);
    close_source(&a);
    close_source(&b);
}

static void drop_and_free_itself(void *arg)
{
    struct source *self = arg;
    struct timer *timer = ph_calloc(1, sizeof *timer);
    loop_unwatch(self->loop, &self->watch);
    close_source(self);
    end_soon(timer);
    free(self);
}

Test(loop, a_handler_may_end_its_own_owner)
{
    struct source *source = ph_calloc(1, sizeof *source);
    open_source(source, drop_and_free_itself);
    make_readable(source);
    loop_run(loop);
}

static void read_and_count_down(void *arg)
{
    struct source *self = arg;
    take_byte(self);
    if (--*self->left == 0)
        loop_end(self->loop);
}

Test(loop, more_descriptors_than_one_wakeup_serves_are_all_served)
{
    static struct source sources[MANY];
    unsigned left = MANY;
    for (size_t i = 0; i < MANY; i++) {
        open_source(&sources[i], read_and_count_down);
        sources[i].left = &left;
        make_readable(&sources[i]);
    }
    loop_run(loop);
    for (size_t i = 0; i < MANY; i++) {
        cr_expect_eq(sources[i].calls, 1, "descriptor %zu", i);
        close_source(&sources[i]);
    }
}

Test(loop, an_unwatched_descriptor_is_still_open_and_silent)
{
    struct source source;
    struct timer timer;
    open_source(&source, read_and_end);
    loop_unwatch(loop, &source.watch);
    make_readable(&source);
    end_soon(&timer);
    loop_run(loop);
    cr_expect_eq(source.calls, 0);
    close_source(&source);
}

Test(loop, a_descriptor_that_cannot_be_watched_is_an_error)
{
    struct ph_error err;
    struct loop_watch closed = {read_and_end, NULL, -1};
    cr_expect_eq(loop_watch(loop, &closed, &err), -1);
    cr_expect_str_eq(err.message, "cannot watch descriptor -1: Bad file descriptor");
    cr_expect_eq(err.code, PH_SYSTEM);
}

Test(loop, a_timer_fires_without_anything_else)
{
    struct timer timer;
    end_soon(&timer);
    loop_run(loop);
    cr_expect_eq(timer.place, 0);
}

Test(loop, a_loop_that_was_ended_before_it_ran_does_not_run)
{
    loop_end(loop);
    loop_run(loop);
}

/* ---- ZeroMQ sockets ---- */

struct receiver {
    zsock_t *socket;
    unsigned calls;
};

static bool receive_and_end(void *arg)
{
    struct receiver *self = arg;
    char text[8] = "";
    if (zmq_recv(zsock_resolve(self->socket), text, sizeof text - 1, ZMQ_DONTWAIT) < 0)
        return false;
    self->calls++;
    cr_expect_str_eq(text, "hello");
    loop_end(loop);
    return true;
}

Test(loop, a_message_on_a_socket_calls_its_handler)
{
    ph_cleanup(zsock_destroy) zsock_t *sender = zsock_new_pair("@inproc://loop-test");
    struct receiver receiver = {.socket = zsock_new_pair(">inproc://loop-test")};
    loop_watch_socket(loop, receiver.socket, receive_and_end, &receiver, NULL);
    zstr_send(sender, "hello");
    loop_run(loop);
    cr_expect_eq(receiver.calls, 1);
    loop_forget_socket(loop, receiver.socket);
    zsock_destroy(&receiver.socket);
}

Test(loop, a_socket_that_was_forgotten_is_silent)
{
    struct timer timer;
    ph_cleanup(zsock_destroy) zsock_t *sender = zsock_new_pair("@inproc://loop-test");
    struct receiver receiver = {.socket = zsock_new_pair(">inproc://loop-test")};
    loop_watch_socket(loop, receiver.socket, receive_and_end, &receiver, NULL);
    loop_forget_socket(loop, receiver.socket);
    zstr_send(sender, "hello");
    end_soon(&timer);
    loop_run(loop);
    cr_expect_eq(receiver.calls, 0);
    zsock_destroy(&receiver.socket);
}

static zsock_t *asker;

/* The first of many asks, as a client may at any time. */
static void read_and_ask(void *arg)
{
    struct source *self = arg;
    take_byte(self);
    if (++*self->left == 1)
        zstr_send(asker, "hello");
}

Test(loop, a_message_is_not_behind_all_that_happens_at_the_same_time)
{
    static struct source sources[MANY];
    unsigned served = 0;
    asker = zsock_new_pair("@inproc://loop-test");
    struct receiver receiver = {.socket = zsock_new_pair(">inproc://loop-test")};
    loop_watch_socket(loop, receiver.socket, receive_and_end, &receiver, NULL);
    for (size_t i = 0; i < MANY; i++) {
        open_source(&sources[i], read_and_ask);
        sources[i].left = &served;
        make_readable(&sources[i]);
    }
    loop_run(loop);
    cr_expect_eq(receiver.calls, 1);
    cr_expect_leq(served, 16);
    for (size_t i = 0; i < MANY; i++)
        close_source(&sources[i]);
    loop_forget_socket(loop, receiver.socket);
    zsock_destroy(&receiver.socket);
    zsock_destroy(&asker);
}

/* ---- before the wait ---- */

/* Stays readable. */
static void on_readable_again(void *arg)
{
    struct source *source = arg;
    source->calls++;
}

static void end_before_third_wait(void *arg)
{
    unsigned *waits = arg;
    if (++*waits == 3)
        loop_end(loop);
}

Test(loop, something_is_done_before_each_wait)
{
    struct source source;
    unsigned waits = 0;
    open_source(&source, on_readable_again);
    make_readable(&source);
    loop_before_wait(loop, end_before_third_wait, &waits);
    loop_run(loop);
    cr_expect_eq(waits, 3);
    cr_expect_eq(source.calls, 2);
    close_source(&source);
}

static bool end_with_message(void *arg)
{
    ph_cleanup(ph_freep) char *text = zstr_recv_nowait(arg);
    if (text)
        loop_end(loop);
    return false;
}

/* A message comes after the sockets were served, and its news is taken off the descriptor, as
 * sending on that socket may. */
static void send_and_use(void *arg)
{
    zsock_t **pair = arg;
    loop_before_wait(loop, NULL, NULL);
    cr_assert_eq(zstr_send(pair[1], "it"), 0);
    cr_assert(zsock_events(pair[0]) & ZMQ_POLLIN);
    loop_touch_socket(loop, pair[0]);
}

Test(loop, a_socket_that_is_used_before_the_wait_is_read)
{
    zsock_t *pair[] = {zsock_new_pair("@inproc://used"), zsock_new_pair(">inproc://used")};
    cr_assert(pair[0] && pair[1]);
    cr_assert_eq(loop_watch_socket(loop, pair[0], end_with_message, pair[0], NULL), 0);
    loop_before_wait(loop, send_and_use, pair);
    loop_run(loop);
    loop_forget_socket(loop, pair[0]);
    zsock_destroy(&pair[0]);
    zsock_destroy(&pair[1]);
}
