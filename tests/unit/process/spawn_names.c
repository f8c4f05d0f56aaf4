#include <alloc.h>
#include <criterion/criterion.h>
#include <process/spawn_names.h>
#include <stdlib.h>

static void expect(const struct spawn_names *names, const char *text, const char *expected)
{
    ph_cleanup(ph_freep) char *expanded = spawn_names_expand(names, text);
    cr_expect_str_eq(expanded, expected);
}

Test(spawn_names, a_name_stands_for_what_the_watcher_and_the_start_have)
{
    char name[] = "web", folder[] = "/srv", user[] = "www";
    struct watcher_options options = {
        .name = name, .working_dir = folder, .uid = user, .numprocesses = 3};
    struct shared_socket socket = {.name = "http", .fd = 77};
    struct socket_share share = {.items = &socket, .count = 1};
    struct spawn_names names = {&options, &share, 2};
    setenv("COLOUR", "blue", 1);
    expect(&names, "$(circus.wid) of $(circus.numprocesses), $WID", "2 of 3, 2");
    expect(&names, "$(plughost.name) $(circus.working_dir) $(circus.uid)", "web /srv www");
    expect(&names, "((circus.env.COLOUR))", "blue");
    expect(&names, "--fd $(circus.sockets.HTTP)", "--fd 3");
}

Test(spawn_names, what_is_not_known_stays)
{
    char name[] = "web";
    struct watcher_options options = {.name = name};
    struct socket_share share = {0};
    struct spawn_names names = {&options, &share, 0};
    expect(&names, "$(circus.sockets.http) $(circus.gid) $(circus.x)",
           "$(circus.sockets.http) $(circus.gid) $(circus.x)");
}
