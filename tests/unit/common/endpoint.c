#include <alloc.h>
#include <criterion/criterion.h>
#include <endpoint.h>
#include <stdlib.h>
#include <unistd.h>

enum { NOBODY = 65534 };

/* The rest of the test runs as somebody who is not root, if it does not already. */
static void become_ordinary(void)
{
    if (geteuid() == 0)
        cr_assert_eq(seteuid(NOBODY), 0);
}

Test(endpoint, a_run_directory_holds_both_sockets)
{
    ph_cleanup(ph_freep) char *endpoint = ph_default_endpoint("/run/here");
    ph_cleanup(ph_freep) char *pubsub = ph_default_pubsub("/run/here");
    cr_expect_str_eq(endpoint, "ipc:///run/here/endpoint.sock");
    cr_expect_str_eq(pubsub, "ipc:///run/here/pubsub.sock");
}

Test(endpoint, an_ordinary_user_gets_the_runtime_directory_of_his_session)
{
    become_ordinary();
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    ph_cleanup(ph_freep) char *folder = ph_default_run_dir();
    ph_cleanup(ph_freep) char *endpoint = ph_default_endpoint(NULL);
    cr_expect_str_eq(folder, "/run/user/7/plughost");
    cr_expect_str_eq(endpoint, "ipc:///run/user/7/plughost/endpoint.sock");
}

Test(endpoint, without_a_session_the_run_directory_bears_the_number_of_the_user)
{
    become_ordinary();
    unsetenv("XDG_RUNTIME_DIR");
    ph_cleanup(ph_freep) char *expected = ph_format("/tmp/plughost-%u", (unsigned)geteuid());
    ph_cleanup(ph_freep) char *folder = ph_default_run_dir();
    cr_expect_str_eq(folder, expected);

    setenv("XDG_RUNTIME_DIR", "relative", 1);
    ph_cleanup(ph_freep) char *again = ph_default_run_dir();
    cr_expect_str_eq(again, expected);
}

Test(endpoint, root_has_a_run_directory_of_the_system)
{
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    ph_cleanup(ph_freep) char *folder = ph_default_run_dir();
    cr_expect_str_eq(folder, geteuid() == 0 ? "/run/plughost" : "/run/user/7/plughost");
}

Test(endpoint, the_path_of_an_ipc_address_is_what_follows_the_scheme)
{
    cr_expect_str_eq(ph_endpoint_ipc_path("ipc:///a/b"), "/a/b");
    cr_expect_str_eq(ph_endpoint_ipc_path("ipc://"), "");
    cr_expect_null(ph_endpoint_ipc_path("tcp://127.0.0.1:1"));
    cr_expect_null(ph_endpoint_ipc_path("ipc:/a"));
    cr_expect_null(ph_endpoint_ipc_path(""));
}
