#include <alloc.h>
#include <criterion/criterion.h>
#include <own_descriptors.h>
#include <socket/opened.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(sockets_errors, .timeout = 30);

static char web[] = "web";
static char admin[] = "Admin";
static char loopback6[] = "::1";

/* Opens a good one and then this one: nothing must stay open. */
static void expect_failure(struct socket_options options, const char *message, const char *hint)
{
    struct ph_error err = {0};
    struct socket_options both[] = {loopback_socket(admin), options};
    unsigned before = count_descriptors();
    cr_expect_null(sockets_open(both, 2, &err));
    cr_expect_str_eq(err.message, message);
    cr_expect_str_eq(err.hint, hint);
    cr_expect_eq(count_descriptors(), before);
}

Test(sockets_errors, a_port_that_is_taken_is_named)
{
    struct socket_options options = loopback_socket(web);
    ph_cleanup(sockets_destroy) sockets_t *sockets = open_one(&options);
    options.port = sockets_at(sockets, 0)->port;
    ph_cleanup(ph_freep) char *message =
        ph_format("cannot open socket 'web': cannot bind 127.0.0.1:%ld: Address already in use",
                  (long)options.port);
    expect_failure(options, message, "another program listens there: stop it, or set another port");
    options.type = SOCK_DGRAM; /* a port of its own */
    options.port = 0;
    ph_cleanup(sockets_destroy) sockets_t *datagrams = open_one(&options);
    options.port = sockets_at(datagrams, 0)->port;
    ph_cleanup(ph_freep) char *second =
        ph_format("cannot open socket 'web': cannot bind 127.0.0.1:%ld: Address already in use",
                  (long)options.port);
    expect_failure(options, second, "another program listens there: stop it, or set another port");
}

Test(sockets_errors, a_port_below_1024_needs_root)
{
    struct socket_options options = loopback_socket(web);
    options.port = 1;
    uid_t before = geteuid();
    if (before == 0)
        cr_assert_eq(seteuid(65534), 0);
    expect_failure(options, "cannot open socket 'web': cannot bind 127.0.0.1:1: Permission denied",
                   "ports below 1024 need root");
    cr_assert_eq(seteuid(before), 0);
}

Test(sockets_errors, an_address_of_another_machine_is_refused_with_advice)
{
    char host[] = "192.0.2.1";
    struct socket_options options = loopback_socket(web);
    options.host = host;
    options.port = 8080;
    expect_failure(
        options,
        "cannot open socket 'web': cannot bind 192.0.2.1:8080: Cannot assign requested address",
        "set host to an address of this machine");
    char host6[] = "2001:db8::1";
    options.host = host6;
    options.family = AF_INET6;
    expect_failure(
        options,
        "cannot open socket 'web': cannot bind [2001:db8::1]:8080: Cannot assign requested address",
        "set host to an address of this machine");
}

Test(sockets_errors, an_address_of_the_other_family_is_refused_with_advice)
{
    struct socket_options options = loopback_socket(web);
    char *loopback = options.host;
    options.host = loopback6;
    expect_failure(options,
                   "cannot open socket 'web': cannot find the host '::1': Address family for "
                   "hostname not supported",
                   "set family = AF_INET6");
    options.family = AF_INET6;
    options.host = loopback;
    expect_failure(options,
                   "cannot open socket 'web': cannot find the host '127.0.0.1': Address family "
                   "for hostname not supported",
                   "set family = AF_INET");
}

Test(sockets_errors, a_host_that_is_no_host_is_named)
{
    char host[] = "no host";
    struct socket_options options = loopback_socket(web);
    options.host = host;
    struct ph_error err = {0};
    cr_expect_null(sockets_open(&options, 1, &err));
    cr_expect_eq(strncmp(err.message, "cannot open socket 'web': cannot find the host 'no host': ",
                         strlen("cannot open socket 'web': cannot find the host 'no host': ")),
                 0, "%s", err.message);
    cr_expect_str_eq(err.hint, "set host to a name that is known here, or to an address");
}

Test(sockets_errors, an_interface_that_is_missing_is_named)
{
    char interface[] = "nowhere0";
    struct socket_options options = loopback_socket(web);
    options.interface = interface;
    expect_failure(options,
                   "cannot open socket 'web': cannot use the interface 'nowhere0': No such device",
                   "");
}
