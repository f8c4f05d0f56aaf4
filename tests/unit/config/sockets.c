/* [socket:NAME] sections, and watchers that use them. */
#include <config/complaint.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct configuration configuration;

static void tear_down(void)
{
    configuration_release(&configuration);
}

TestSuite(sockets, .fini = tear_down);

static const struct socket_options *parse_socket(const char *text)
{
    struct problems problems = {0};
    int outcome = configuration_parse(&configuration, text, strlen(text), &problems);
    problems_print(&problems, "x.ini", stderr);
    problems_release(&problems);
    cr_assert_eq(outcome, 0);
    cr_assert_eq(configuration.socket_count, 1);
    return &configuration.sockets[0];
}

Test(sockets, an_empty_section_is_the_socket_of_circus)
{
    const struct socket_options *socket = parse_socket("[socket:web]\n");
    cr_expect_str_eq(socket->name, "web");
    cr_expect_str_eq(socket->host, "localhost");
    cr_expect_eq(socket->port, 8080);
    cr_expect_eq(socket->family, AF_INET);
    cr_expect_eq(socket->type, SOCK_STREAM);
    cr_expect_eq(socket->backlog, 2048);
    cr_expect_eq(socket->umask, -1);
    cr_expect_null(socket->path);
    cr_expect_null(socket->interface);
    cr_expect_not(socket->so_reuseport || socket->blocking || socket->replace);
}

Test(sockets, every_option_reaches_its_member)
{
    const struct socket_options *socket =
        parse_socket("[socket:web]\nhost = ::1\nport = 0\nfamily = AF_INET6\ntype = SOCK_DGRAM\n"
                     "interface = lo\nbacklog = 5\nso_reuseport = yes\nblocking = yes\n");
    cr_expect_str_eq(socket->host, "::1");
    cr_expect_eq(socket->port, 0);
    cr_expect_eq(socket->family, AF_INET6);
    cr_expect_eq(socket->type, SOCK_DGRAM);
    cr_expect_str_eq(socket->interface, "lo");
    cr_expect_eq(socket->backlog, 5);
    cr_expect(socket->so_reuseport && socket->blocking);
}

Test(sockets, a_path_makes_a_unix_socket_with_an_octal_umask)
{
    const struct socket_options *socket =
        parse_socket("[socket:web]\npath = /run/x.sock\numask = 77\nreplace = yes\n");
    cr_expect_str_eq(socket->path, "/run/x.sock");
    cr_expect_eq(socket->family, AF_UNIX);
    cr_expect_eq(socket->umask, 077);
    cr_expect(socket->replace);
}

Test(sockets, a_bad_socket_is_refused)
{
    expect_complaint(
        "[socket:a b]\n",
        "x.ini:1: the name 'a b' has other characters than allowed (up to 100 letters, "
        "digits, '_', '-' and '.')\n");
    expect_complaint("[socket]\n",
                     "x.ini:1: section [socket] needs a name (write [socket:NAME])\n");
    expect_complaint("[socket:w]\nport = 65536\n",
                     "x.ini:2: port = 65536: out of range (whole number, 0 to 65535)\n");
    expect_complaint("[socket:w]\numask = 9\n",
                     "x.ini:2: umask = 9: not an octal number (octal number, 0 to 777)\n");
    expect_complaint("[socket:w]\ncmd = x\n",
                     "x.ini:2: unknown option 'cmd' ('plughostd --help-config' explains all "
                     "options)\n");
    expect_complaint("\n[socket:w]\nfamily = AF_UNIX\n",
                     "x.ini:2: socket 'w' of family AF_UNIX has no path (set path, or family = "
                     "AF_INET)\n");
}

/* ---- use ---- */

Test(sockets, a_watcher_names_sockets_that_are_there)
{
    expect_complaint("[watcher:w]\ncmd = x --fd $(circus.sockets.WEB)\n"
                     "args = $(plughost.sockets.web) $(circus.env.HOME) $(circus.wid)\n"
                     "stdin_socket = Web\n"
                     "[socket:web]\n",
                     "");
}

Test(sockets, a_socket_that_is_not_there_is_refused_with_the_nearest)
{
    expect_complaint("[watcher:w]\ncmd = x --fd $(circus.sockets.wbe)\n[socket:web]\n",
                     "x.ini:2: cmd = x --fd $(circus.sockets.wbe): there is no socket 'wbe' (did "
                     "you mean 'web'?)\n");
    expect_complaint("[watcher:w]\ncmd = x\nargs = ((circus.sockets.a))\n",
                     "x.ini:3: args = ((circus.sockets.a)): there is no socket 'a' (add a section "
                     "[socket:a])\n");
    expect_complaint("[watcher:w]\ncmd = x\n[env:*]\nFD = $(circus.sockets.a)\n",
                     "x.ini:1: FD = $(circus.sockets.a): there is no socket 'a' (add a section "
                     "[socket:a])\n");
    expect_complaint("[plugin:p]\nstdin_socket = a\n",
                     "x.ini:2: stdin_socket = a: there is no socket 'a' (add a section "
                     "[socket:a])\n");
}

Test(sockets, an_option_of_a_plugin_itself_is_not_looked_at)
{
    expect_complaint("[plugin:p]\ncmd = $(circus.sockets.x)\n", "");
}

Test(sockets, a_start_on_demand_needs_a_socket)
{
    static const char refused[] =
        "x.ini:3: on_demand = yes, but it has no sockets that could start it (name one in cmd, "
        "$(circus.sockets.NAME), or say use_sockets = yes)\n";
    expect_complaint("[watcher:w]\ncmd = x\non_demand = yes\n[socket:a]\n", refused);
    expect_complaint("[watcher:w]\ncmd = x\non_demand = yes\nuse_sockets = yes\n", refused);
    expect_complaint("[watcher:w]\ncmd = x\non_demand = yes\nuse_sockets = yes\n[socket:a]\n", "");
    expect_complaint("[watcher:w]\ncmd = x\non_demand = yes\nstdin_socket = a\n[socket:a]\n", "");
    expect_complaint("[watcher:w]\ncmd = $(circus.sockets.a)\non_demand = yes\n[socket:a]\n", "");
}

Test(sockets, a_socket_cannot_stand_where_the_daemon_itself_listens)
{
    expect_complaint("[plughost]\nendpoint = ipc:///run/e.sock\n[socket:a]\npath = /run/e.sock\n"
                     "replace = yes\n",
                     "x.ini: socket 'a': the daemon itself listens on '/run/e.sock' (give it "
                     "another path)\n");
}
