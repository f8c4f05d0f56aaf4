#include <alloc.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <own_descriptors.h>
#include <socket/demand.h>
#include <socket/opened.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CLIENTS = 2 };

/* One that waits, and how often it was told. */
struct waiter {
    demand_t *demand;
    unsigned calls;
};

static loop_t *loop;
static sockets_t *sockets;
static int clients[MAX_CLIENTS];
static unsigned client_count;

static void set_up(void)
{
    zsys_handler_set(NULL);
    loop = loop_new(NULL);
    cr_assert_not_null(loop);
    sockets = open_three(false);
}

static void tear_down(void)
{
    while (client_count > 0)
        close(clients[--client_count]);
    sockets_destroy(&sockets);
    loop_destroy(&loop);
}

TestSuite(demand, .init = set_up, .fini = tear_down, .timeout = 30);

/* Connects a client, which stays until the end. */
static void reach(const char *name)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)sockets_find(sockets, name, NULL)->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    clients[client_count++] = fd;
}

static void end_from_timer(void *arg)
{
    loop_end(arg);
}

/* Runs the loop until everything that is readable now has had its turn, and once more. */
static void run_a_while(void)
{
    struct timer timer = {.fire = end_from_timer, .arg = loop};
    timers_start(loop_timers(loop), &timer, 20);
    loop_run(loop);
}

static void count_call(void *arg)
{
    struct waiter *self = arg;
    self->calls++;
}

static void await(struct waiter *self, const char *const *names)
{
    struct ph_error err = {0};
    self->demand = demand_new(loop, sockets, names, count_call, self, &err);
    cr_assert_not_null(self->demand, "%s", err.message);
}

static void waiter_release(struct waiter *self)
{
    demand_destroy(&self->demand);
}

Test(demand, the_first_connection_is_told_once_and_still_waits)
{
    ph_cleanup(waiter_release) struct waiter waiter = {0};
    await(&waiter, NULL);
    reach("admin");
    reach("web");
    run_a_while();
    cr_expect_eq(waiter.calls, 1, "%u", waiter.calls);
    int fd = sockets_find(sockets, "admin", NULL)->fd;
    ph_cleanup(ph_closep) int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    cr_expect_geq(accepted, 0);
}

Test(demand, without_a_connection_nothing_is_told)
{
    ph_cleanup(waiter_release) struct waiter waiter = {0};
    await(&waiter, NULL);
    run_a_while();
    cr_expect_eq(waiter.calls, 0);
}

Test(demand, only_the_named_sockets_count)
{
    ph_cleanup(waiter_release) struct waiter waiter = {0};
    await(&waiter, NAMES("web"));
    reach("admin");
    run_a_while();
    cr_expect_eq(waiter.calls, 0);
}

Test(demand, a_connection_that_came_before_is_told_too)
{
    ph_cleanup(waiter_release) struct waiter waiter = {0};
    reach("web");
    await(&waiter, NAMES("web"));
    run_a_while();
    cr_expect_eq(waiter.calls, 1);
}

Test(demand, several_wait_for_the_same_socket)
{
    ph_cleanup(waiter_release) struct waiter waiter = {0};
    ph_cleanup(waiter_release) struct waiter other = {0};
    await(&waiter, NAMES("web"));
    await(&other, NAMES("web", "admin"));
    reach("web");
    run_a_while();
    cr_expect_eq(waiter.calls, 1);
    cr_expect_eq(other.calls, 1);
}

Test(demand, one_that_was_destroyed_tells_nothing_and_leaves_nothing_open)
{
    ph_cleanup(waiter_release) struct waiter waiter = {0};
    unsigned before = count_descriptors();
    await(&waiter, NULL);
    demand_destroy(&waiter.demand);
    cr_expect_null(waiter.demand);
    cr_expect_eq(count_descriptors(), before);
    reach("web");
    run_a_while();
    cr_expect_eq(waiter.calls, 0);
}

static void destroy_and_end(void *arg)
{
    demand_destroy(arg);
    loop_end(loop);
}

Test(demand, the_callback_may_destroy_it)
{
    demand_t *demand = demand_new(loop, sockets, NULL, destroy_and_end, &demand, NULL);
    cr_assert_not_null(demand);
    reach("web");
    reach("admin");
    loop_run(loop);
    cr_expect_null(demand);
}

static void expect_refused(const char *const *names, enum ph_code code, const char *message)
{
    struct ph_error err = {0};
    unsigned before = count_descriptors();
    cr_expect_null(demand_new(loop, sockets, names, count_call, NULL, &err));
    cr_expect_eq(err.code, code);
    cr_expect_str_eq(err.message, message);
    cr_expect_eq(count_descriptors(), before);
}

Test(demand, a_name_that_is_unknown_is_refused)
{
    expect_refused(NAMES("web", "nothing"), PH_NOT_FOUND, "no socket 'nothing'");
}

Test(demand, a_socket_that_every_process_has_of_its_own_is_nothing_to_wait_for)
{
    expect_refused(NAMES("own"), PH_INVALID, "there is no socket to wait for");
    expect_refused(NAMES(NULL), PH_INVALID, "there is no socket to wait for");
}
