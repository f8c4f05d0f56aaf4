#include "circus_shown.h"

#include <criterion/criterion.h>

Test(circus_socket, options_are_the_same_and_the_name_is_in_small_letters)
{
    expect_section("[socket:Web]\nhost = 127.0.0.1\nport = 80\nfamily = AF_INET6\n"
                   "type = SOCK_DGRAM\nbacklog = 5\nreplace = True\ninterface = lo\n"
                   "so_reuseport = True\nblocking = True\n",
                   "socket:web",
                   "host=<127.0.0.1> port=<80> family=<AF_INET6> type=<SOCK_DGRAM> backlog=<5> "
                   "replace=<True> interface=<lo> so_reuseport=<True> blocking=<True>");
}

Test(circus_socket, two_whose_names_differ_in_case_only_are_refused)
{
    expect_circus_problems("[socket:Web]\nport = 1\n[socket:web]\nport = 2\n",
                           "x.ini:3: there are two sections [socket:web] (the case of letters does "
                           "not count in the name of a socket)\n");
}

Test(circus_socket, one_without_options_is_left_out)
{
    expect_section("[socket:web]\n", "socket:web", "(none)");
}

Test(circus_socket, defaults_are_those_of_circus)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[socket:web]\nport = 8080\n");
    const struct socket_options *web = &configuration.sockets[0];
    cr_expect_str_eq(web->host, "localhost");
    cr_expect_eq(web->backlog, 2048);
    cr_expect_not(web->replace || web->so_reuseport || web->blocking);
}

#define SOCKET "[socket:web]\npath = /x/web.sock\numask = "

Test(circus_socket, a_umask_is_octal_and_told_where_circus_takes_it_for_something_else)
{
    expect_section(SOCKET "077\n", "socket:web", "path=</x/web.sock> umask=<077>");
    expect_notices(SOCKET "077\n",
                   "3: umask = 077 is octal here; Circus takes it for decimal, that is 115\n");
    expect_notices(SOCKET "7\n", "");
    expect_notices(SOCKET "000\n", "");
    expect_notices(SOCKET "22\n",
                   "3: umask = 22 is octal here; Circus takes it for decimal, that is 026\n");
}

Test(circus_socket, a_umask_that_is_no_octal_number_can_only_be_decimal)
{
    expect_section(SOCKET "18\n", "socket:web", "path=</x/web.sock> umask=<22>");
    expect_notices(SOCKET "18\n", "3: umask = 18 is decimal, as in Circus; write 022\n");
}

Test(circus_socket, a_umask_that_is_no_number_is_refused)
{
    expect_circus_problems(SOCKET "rw\n",
                           "x.ini:3: umask = rw: not an octal number (octal number, 0 to 777)\n");
}

Test(circus_socket, without_a_umask_everybody_can_connect_as_in_circus)
{
    expect_section("[socket:web]\npath = /x/web.sock\n", "socket:web",
                   "path=</x/web.sock> umask=<010>");
    expect_notices("[socket:web]\npath = /x/web.sock\n",
                   "2: every user may connect to '/x/web.sock', as in Circus; 'umask = 007' keeps "
                   "others out\n");
    expect_section("[socket:web]\nport = 80\n", "socket:web", "port=<80>");
}

Test(circus_socket, what_has_no_meaning_is_told_once)
{
    expect_notices("[socket:web]\nport = 80\nproto = 0\nuse_papa = True\ncolour = red\n",
                   "0: without meaning here: proto (family and type of a socket say it already); "
                   "use_papa (plughost keeps sockets and processes itself); colour (no socket has "
                   "such an option)\n");
}

Test(circus_socket, types_that_there_are_not_are_refused)
{
    expect_circus_problems(
        "[socket:web]\ntype = SOCK_RAW\n",
        "x.ini:2: type = SOCK_RAW: not understood (did you mean 'SOCK_DGRAM'?)\n");
}
