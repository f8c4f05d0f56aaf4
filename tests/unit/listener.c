#include <criterion/criterion.h>
#include <errno.h>
#include <listener.h>
#include <scratch.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { MAX_BYTES = 1000 };

TestSuite(listener, .timeout = 20);

static const struct listener_options router_options = {.type = ZMQ_ROUTER, .max_bytes = MAX_BYTES};

static zsock_t *bind_in(const char *folder, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *endpoint = ph_format("ipc://%s/s", folder);
    return listener_bind(&router_options, endpoint, err);
}

/* Binds a plain socket at FOLDER/s and closes it, as a daemon that was killed leaves it. */
static void leave_stale(const char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", folder);
    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
}

static void expect_echo(const char *folder, zsock_t *router)
{
    ph_cleanup(ph_freep) char *endpoint = ph_format(">ipc://%s/s", folder);
    ph_cleanup(zsock_destroy) zsock_t *dealer = zsock_new_dealer(endpoint);
    zstr_send(dealer, "hello");
    ph_cleanup(zmsg_destroy) zmsg_t *request = zmsg_recv(router);
    zmsg_send(&request, router);
    ph_cleanup(zstr_free) char *answer = zstr_recv(dealer);
    cr_expect_str_eq(answer, "hello");
}

Test(listener, a_socket_is_reached_through_its_file)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(zsock_destroy) zsock_t *router = bind_in(folder, NULL);
    cr_assert_not_null(router);
    expect_echo(folder, router);
}

Test(listener, whoever_sends_too_large_a_frame_is_cut_off_and_nobody_else)
{
    char large[MAX_BYTES + 1] = {0};
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(zsock_destroy) zsock_t *router = bind_in(folder, NULL);
    cr_assert_not_null(router);
    ph_cleanup(ph_freep) char *endpoint = ph_format(">ipc://%s/s", folder);
    ph_cleanup(zsock_destroy) zsock_t *dealer = zsock_new_dealer(endpoint);
    zmq_send(zsock_resolve(dealer), large, sizeof large, 0);
    expect_echo(folder, router); /* of another: the large one does not come before it */
}

Test(listener, the_file_is_for_its_user_only)
{
    struct stat status;
    umask(0);
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/s", folder);
    ph_cleanup(zsock_destroy) zsock_t *router = bind_in(folder, NULL);
    cr_assert_not_null(router);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect(S_ISSOCK(status.st_mode));
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_expect_eq(umask(0), 0, "the umask must be as before");
}

Test(listener, a_file_that_a_killed_daemon_left_is_replaced)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    leave_stale(folder);
    struct ph_error err = {0};
    ph_cleanup(zsock_destroy) zsock_t *router = bind_in(folder, &err);
    cr_assert_not_null(router, "%s", err.message);
    expect_echo(folder, router);
}

Test(listener, a_socket_that_somebody_listens_on_is_left_alone)
{
    struct ph_error err;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *expected = ph_format("another program listens on '%s/s'", folder);
    ph_cleanup(zsock_destroy) zsock_t *first = bind_in(folder, NULL);
    cr_expect_null(bind_in(folder, &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, expected);
    expect_echo(folder, first);
}

Test(listener, a_file_that_is_no_socket_is_left_alone)
{
    struct ph_error err;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = scratch_write(folder, "s", "precious", 0600);
    ph_cleanup(ph_freep) char *expected = ph_format("'%s' is in the way: it is no socket", path);
    cr_expect_null(bind_in(folder, &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, expected);
    ph_cleanup(ph_freep) char *text = scratch_read(path);
    cr_expect_str_eq(text, "precious");
}

Test(listener, a_path_that_is_too_long_for_a_socket_is_refused_with_advice)
{
    char path[109] = "/tmp/";
    struct ph_error err;
    memset(path + 5, 'x', 103);
    ph_cleanup(ph_freep) char *endpoint = ph_format("ipc://%s", path);
    ph_cleanup(ph_freep) char *expected =
        ph_format("the socket path '%s' is longer than the 107 letters allowed", path);
    cr_expect_null(listener_bind(&router_options, endpoint, &err));
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, expected);
    cr_expect_str_eq(err.hint, "set run_dir in [plughost] to a shorter path");
}

Test(listener, the_longest_path_that_a_socket_can_have_is_accepted)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    char path[108];
    size_t length = (size_t)snprintf(path, sizeof path, "%s/", folder);
    memset(path + length, 'x', sizeof path - 1 - length);
    path[sizeof path - 1] = '\0';
    ph_cleanup(ph_freep) char *endpoint = ph_format("ipc://%s", path);
    struct ph_error err = {0};
    ph_cleanup(zsock_destroy) zsock_t *router = listener_bind(&router_options, endpoint, &err);
    cr_expect_not_null(router, "%s", err.message);
}

Test(listener, a_folder_that_is_missing_is_named)
{
    struct ph_error err;
    cr_expect_null(listener_bind(&router_options, "ipc:///nowhere/s", &err));
    cr_expect_eq(err.code, PH_SYSTEM);
    cr_expect_eq(err.sys_errno, ENOENT);
    cr_expect_str_eq(err.message, "cannot bind '/nowhere/s': No such file or directory");
}

Test(listener, an_address_that_cannot_be_bound_is_named)
{
    struct ph_error err;
    cr_expect_null(listener_bind(&router_options, "tcp://127.0.0.1", &err));
    cr_expect_eq(err.code, PH_SYSTEM);
    cr_expect_str_eq(err.message, "cannot bind tcp://127.0.0.1: Invalid argument");
}

Test(listener, removing_takes_the_file_away_and_leaves_other_addresses_alone)
{
    struct stat status;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/s", folder);
    ph_cleanup(ph_freep) char *endpoint = ph_format("ipc://%s", path);
    ph_cleanup(zsock_destroy) zsock_t *router = bind_in(folder, NULL);
    cr_assert_not_null(router);
    listener_remove("tcp://127.0.0.1:1");
    cr_expect_eq(stat(path, &status), 0);
    listener_remove(endpoint);
    cr_expect_eq(stat(path, &status), -1);
}
