/* Sockets that the daemon opens and programs inherit. */
#include <alloc.h>
#include <arpa/inet.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <poll.h>
#include <raw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

TestSuite(sockets, .timeout = 60);

enum { WAIT_MS = 10000 };

/* ---- clients ---- */

/* Returns a socket that is connected to a port of this machine; the caller closes it. */
static int connect_port(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0,
                 "nobody listens on port %d", port);
    return fd;
}

static int connect_path(const daemon_t *daemon, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", daemon_dir(daemon), name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0,
                 "nobody listens on '%s'", address.sun_path);
    return fd;
}

/* Reads the answer of a program that serves: its word and its pid. Closes the connection. */
static pid_t read_answer(int fd, const char *word)
{
    char text[100] = "", found[64] = "";
    size_t size = 0;
    int pid = 0;
    for (struct pollfd item = {.fd = fd, .events = POLLIN}; size < sizeof text - 1;) {
        cr_assert_gt(poll(&item, 1, WAIT_MS), 0, "nobody serves the client");
        ssize_t count = read(fd, text + size, sizeof text - 1 - size);
        if (count <= 0)
            break;
        size += (size_t)count;
    }
    close(fd);
    cr_assert_eq(sscanf(text, "%63s %d", found, &pid), 2, "the answer is '%s'", text);
    cr_expect_str_eq(found, word);
    return (pid_t)pid;
}

/* ---- what the daemon says of its sockets ---- */

static const ph_value_t *find_socket(const ph_message_t *reply, const char *name)
{
    const ph_value_t *sockets = ph_value_get(ph_message_body(reply), "sockets");
    for (size_t i = 0; i < ph_value_size(sockets); i++) {
        const ph_value_t *socket = ph_value_at(sockets, i);
        if (strcmp(ph_value_string(ph_value_get(socket, "name"), ""), name) == 0)
            return socket;
    }
    cr_assert_fail("there is no socket '%s'", name);
    return NULL;
}

static int port_of(daemon_t *daemon, const char *name)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "listsockets", NULL, false);
    return (int)ph_value_int(ph_value_get(find_socket(reply, name), "port"), 0);
}

#define HTTP "[socket:http]\nport = 0\n"
#define ADMIN "[socket:admin]\npath = @DIR@/admin.sock\n"

Test(sockets, listsockets_tells_names_and_addresses)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HTTP "backlog = 7\n" ADMIN);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "admin.sock");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "listsockets", NULL, false);
    const ph_value_t *http = find_socket(reply, "http"), *admin = find_socket(reply, "admin");
    cr_expect_str_eq(ph_value_string(ph_value_get(http, "host"), ""), "127.0.0.1");
    cr_expect_gt(ph_value_int(ph_value_get(http, "port"), 0), 0);
    cr_expect_eq(ph_value_int(ph_value_get(http, "backlog"), 0), 7);
    cr_expect_gt(ph_value_int(ph_value_get(http, "fd"), 0), 2);
    cr_expect_str_eq(ph_value_string(ph_value_get(admin, "path"), ""), path);
    cr_expect_null(ph_value_get(admin, "port"));
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(reply), "sockets")), 2);
}

/* ---- inheritance ---- */

Test(sockets, a_program_inherits_the_socket_that_its_command_names)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        ADMIN HTTP "[watcher:web]\ncmd = @CHILD@ serve $(circus.sockets.http) web\n");
    pid_t pid = read_answer(connect_port(port_of(daemon, "http")), "web");
    cr_expect_eq(pid, daemon_status(daemon, "web").pid);
}

Test(sockets, all_processes_of_a_watcher_share_the_socket)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HTTP "[watcher:web]\nnumprocesses = 2\n"
                               "cmd = @CHILD@ serve ((plughost.sockets.HTTP)) web$WID\n");
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    pid_t first = daemon_status(daemon, "web").pid;
    int port = port_of(daemon, "http");
    daemon_do(daemon, "decr", "web", true);
    cr_expect_eq(read_answer(connect_port(port), "web1"), first);
}

/* Returns the environment of the watcher 'web', with a newline before it; the caller frees it. */
static char *environment_of(daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *whole = daemon_wait_file(daemon, "env", "=", WAIT_MS);
    return ph_format("\n%s", whole);
}

Test(sockets, what_is_inherited_is_described_as_systemd_does)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HTTP ADMIN "[socket:third]\nport = 0\n"
                                     "[watcher:web]\ncmd = @CHILD@ environment @DIR@/env\n"
                                     "args = $(circus.sockets.third) $(circus.sockets.http)\n");
    ph_cleanup(ph_freep) char *env = environment_of(daemon);
    ph_cleanup(ph_freep) char *pid =
        ph_format("\nLISTEN_PID=%d\n", (int)daemon_status(daemon, "web").pid);
    cr_expect(strstr(env, "\nLISTEN_FDS=2\n"), "%s", env);
    cr_expect(strstr(env, "\nLISTEN_FDNAMES=third:http\n"), "%s", env);
    cr_expect(strstr(env, pid), "%s", env);
}

Test(sockets, a_program_that_names_no_socket_has_none)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HTTP "[watcher:web]\ncmd = @CHILD@ environment @DIR@/env\n"
                               "[watcher:bare]\ncmd = @CHILD@ describe @DIR@/bare\n");
    ph_cleanup(ph_freep) char *env = environment_of(daemon);
    cr_expect(!strstr(env, "\nLISTEN_"), "%s", env);
    free(daemon_wait_file(daemon, "bare", "descriptors: 0 1 2\n", WAIT_MS));
}

Test(sockets, use_sockets_gives_it_all)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        HTTP ADMIN "[watcher:web]\ncmd = @CHILD@ environment @DIR@/env\nuse_sockets = yes\n"
                   "[watcher:server]\ncmd = @CHILD@ serve 4 server\nuse_sockets = yes\n");
    ph_cleanup(ph_freep) char *env = environment_of(daemon);
    cr_expect(strstr(env, "\nLISTEN_FDS=2\n"), "%s", env);
    cr_expect(strstr(env, "\nLISTEN_FDNAMES=http:admin\n"), "%s", env);
    read_answer(connect_path(daemon, "admin.sock"), "server");
}

Test(sockets, stdin_socket_is_the_input_of_the_program)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        ADMIN "[watcher:web]\ncmd = @CHILD@ serve 0 input\nstdin_socket = admin\n");
    pid_t pid = read_answer(connect_path(daemon, "admin.sock"), "input");
    cr_expect_eq(pid, daemon_status(daemon, "web").pid);
}

Test(sockets, with_so_reuseport_each_process_has_a_socket_of_its_own)
{
    enum { TRIES = 1000 };
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HTTP "so_reuseport = yes\n"
                               "[watcher:web]\ncmd = @CHILD@ serve $(circus.sockets.http) web\n"
                               "numprocesses = 2\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    int port = port_of(daemon, "http"), count = 0;
    pid_t first = read_answer(connect_port(port), "web"), other = first;
    while (other == first && count++ < TRIES) /* the kernel shares out by chance */
        other = read_answer(connect_port(port), "web");
    cr_assert_neq(other, first, "one process got all connections");

    /* A stopped process that shared its socket would not keep a client waiting. */
    cr_assert_eq(kill(other, SIGSTOP), 0);
    int waiting = 0;
    for (int i = 0; i < TRIES && waiting == 0; i++) {
        int client = connect_port(port);
        struct pollfd item = {.fd = client, .events = POLLIN};
        if (poll(&item, 1, 500) > 0)
            read_answer(client, "web");
        else
            waiting = client;
    }
    cr_assert_eq(kill(other, SIGCONT), 0);
    cr_assert_gt(waiting, 0, "both processes take from one socket");
    cr_expect_eq(read_answer(waiting, "web"), other);
}

Test(sockets, use_sockets_gives_it_a_socket_with_so_reuseport_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HTTP "so_reuseport = yes\n"
                               "[watcher:web]\ncmd = @CHILD@ serve 3 web\nuse_sockets = yes\n"
                               "autostart = no\n");
    daemon_do(daemon, "start", "web", true);
    read_answer(connect_port(port_of(daemon, "http")), "web");
}

Test(sockets, variables_are_replaced_in_the_path)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[socket:admin]\npath = $(circus.env.OUR_DIR)/a.sock\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "a.sock");
    setenv("OUR_DIR", daemon_dir(daemon), 1);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    cr_expect_eq(access(path, F_OK), 0, "there is no '%s'", path);
}

Test(sockets, a_path_has_the_rights_that_its_umask_leaves_and_goes_with_the_daemon)
{
    struct stat status;
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(ADMIN "umask = 027\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "admin.sock");
    cr_assert_eq(stat(path, &status), 0);
    cr_expect(S_ISSOCK(status.st_mode));
    cr_expect_eq(status.st_mode & 0777, 0750);
    daemon_do(daemon, "quit", NULL, false);
    cr_assert_eq(daemon_wait_end(daemon, WAIT_MS), 0);
    cr_expect_eq(access(path, F_OK), -1, "'%s' is left", path);
}

Test(sockets, a_path_that_a_killed_daemon_left_is_taken_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(ADMIN "[watcher:web]\ncmd = @CHILD@ serve $(circus.sockets.admin) web\n");
    daemon_kill(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    read_answer(connect_path(daemon, "admin.sock"), "web");
}

/* Waits for an event and drops it. */
static void pass_event(daemon_t *daemon, const char *topic)
{
    ph_event_t *event = daemon_wait_event(daemon, topic, WAIT_MS);
    ph_event_destroy(&event);
}

/* ---- restarts ---- */

/* The second death in a row is not answered before the next day. */
#define LAZY                                                                                       \
    "[watcher:web]\ncmd = @CHILD@ serve $(circus.sockets.http) web\nautostart = no\n"              \
    "restart_delay = 86400\nrestart_delay_max = 86400\n"

Test(sockets, a_client_that_connects_while_the_program_is_gone_is_served_when_it_is_back)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HTTP LAZY);
    daemon_do(daemon, "start", "web", true);
    int port = port_of(daemon, "http");
    for (int i = 0; i < 2; i++)
        cr_assert_eq(kill(read_answer(connect_port(port), "web"), SIGKILL), 0);
    daemon_wait_status(daemon, "web", "backoff", WAIT_MS);
    int client = connect_port(port);
    daemon_do(daemon, "reset", "web", false);
    pid_t pid = read_answer(client, "web");
    cr_expect_eq(pid, daemon_status(daemon, "web").pid);
}

Test(sockets, a_client_that_connects_while_the_watcher_is_stopped_is_served_when_it_is_started)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HTTP LAZY);
    int client = connect_port(port_of(daemon, "http"));
    daemon_do(daemon, "start", "web", false);
    read_answer(client, "web");
}

/* ---- on demand ---- */

#define ON_DEMAND(name)                                                                            \
    "[watcher:" name "]\ncmd = @CHILD@ serve $(circus.sockets.http) " name "\non_demand = yes\n"

Test(sockets, the_first_connection_starts_the_watcher_and_is_not_lost)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HTTP ON_DEMAND("web"));
    struct watcher_state before = daemon_status(daemon, "web");
    cr_expect_str_eq(before.status, "waiting");
    cr_expect_eq(before.pid, 0);
    int port = port_of(daemon, "http");
    pid_t pid = read_answer(connect_port(port), "web");
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "web").pid, pid);
    cr_expect_eq(read_answer(connect_port(port), "web"), pid, "the second one starts no other");
}

Test(sockets, a_connection_to_stdin_socket_starts_the_watcher_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(ADMIN "[watcher:web]\ncmd = @CHILD@ serve 0 input\n"
                                "stdin_socket = admin\non_demand = yes\n");
    cr_expect_str_eq(daemon_status(daemon, "web").status, "waiting");
    read_answer(connect_path(daemon, "admin.sock"), "input");
}

Test(sockets, a_watcher_that_was_stopped_is_not_started_by_a_connection)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HTTP ON_DEMAND("web") ON_DEMAND("other"));
    daemon_do(daemon, "stop", "web", true);
    read_answer(connect_port(port_of(daemon, "http")), "other");
    daemon_wait_status(daemon, "other", "active", WAIT_MS);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
    cr_expect_eq(daemon_status(daemon, "web").pid, 0);
}

Test(sockets, without_autostart_it_does_not_wait_for_a_connection_either)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HTTP ON_DEMAND("web") "autostart = no\n" ON_DEMAND("other"));
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
    read_answer(connect_port(port_of(daemon, "http")), "other");
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(sockets, a_watcher_that_was_started_by_a_connection_and_then_stopped_stays_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        HTTP ON_DEMAND("web") "[watcher:other]\nautostart = no\n"
                              "cmd = @CHILD@ serve $(circus.sockets.http) other\n");
    int port = port_of(daemon, "http");
    read_answer(connect_port(port), "web");
    daemon_do(daemon, "stop", "web", true);
    int client = connect_port(port);
    daemon_do(daemon, "start", "other", true);
    read_answer(client, "other");
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(sockets, on_demand_comes_back_after_a_crash_like_any_other)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HTTP ON_DEMAND("web"));
    int port = port_of(daemon, "http");
    pid_t first = read_answer(connect_port(port), "web");
    cr_assert_eq(kill(first, SIGKILL), 0);
    pass_event(daemon, "watcher.web.reap");
    cr_expect_neq(read_answer(connect_port(port), "web"), first);
}

Test(sockets, a_program_that_is_done_is_started_by_the_next_connection_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HTTP ON_DEMAND("web") "restart = never\n");
    int port = port_of(daemon, "http");
    pid_t first = read_answer(connect_port(port), "web");
    cr_assert_eq(kill(first, SIGKILL), 0);
    pass_event(daemon, "watcher.web.stop");
    cr_expect_neq(read_answer(connect_port(port), "web"), first);
}

Test(sockets, a_start_by_command_does_not_wait_for_a_connection)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HTTP ON_DEMAND("web"));
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    cr_expect_eq(read_answer(connect_port(port_of(daemon, "http")), "web"), pid);
}

Test(sockets, the_first_datagram_starts_the_watcher_and_is_not_lost)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[socket:lines]\npath = @DIR@/lines\ntype = SOCK_DGRAM\n"
        "[watcher:web]\nshell = yes\ncmd = exec head -c 5 >@DIR@/got\nstdin_socket = lines\n"
        "on_demand = yes\nrestart = never\n");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/lines", daemon_dir(daemon));
    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(sendto(fd, "hello", 5, 0, (struct sockaddr *)&address, sizeof address), 5);
    free(daemon_wait_file(daemon, "got", "hello", WAIT_MS));
}

/* ---- what cannot be opened ---- */

/* Checks that plughostd ends with 1 and says `problem`, and a hint that begins with `hint`. */
static void expect_cannot_open(daemon_t *daemon, const char *problem, const char *hint)
{
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    ph_cleanup(ph_freep) char *problem_line = ph_format("plughostd: %s\n", problem);
    ph_cleanup(ph_freep) char *hint_line = ph_format("hint: %s", hint);
    ph_cleanup(ph_freep) char *run_dir = daemon_path(daemon, "run");
    cr_expect_eq(program_wait(program, 0), 1);
    cr_expect(strstr(program_err(program), problem_line), "%s", program_err(program));
    cr_expect(strstr(program_err(program), hint_line), "%s", program_err(program));
    cr_expect(directory_is_empty(run_dir), "a file is left in '%s'", run_dir);
}

/* Returns a socket that listens on a port that was free, and that port; the caller closes it. */
static int listen_somewhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(fd, 1), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

Test(sockets, a_port_that_is_taken_ends_the_daemon_with_a_reason)
{
    int port, fd = listen_somewhere(&port);
    ph_cleanup(ph_freep) char *text = ph_format(
        ADMIN "[socket:http]\nport = %d\n[watcher:web]\ncmd = @CHILD@ arguments @DIR@/ran\n", port);
    ph_cleanup(ph_freep) char *problem = ph_format(
        "cannot open socket 'http': cannot bind 127.0.0.1:%d: Address already in use", port);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(text);
    expect_cannot_open(daemon, problem,
                       "another program listens there: stop it, or set another port");
    ph_cleanup(ph_freep) char *admin = daemon_path(daemon, "admin.sock");
    ph_cleanup(ph_freep) char *ran = daemon_path(daemon, "ran");
    cr_expect_eq(access(admin, F_OK), -1, "the other socket is left");
    cr_expect_eq(access(ran, F_OK), -1, "a program was started");
    close(fd);
}

Test(sockets, a_path_in_a_folder_that_is_missing_ends_the_daemon_with_a_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[socket:admin]\npath = @DIR@/nowhere/admin.sock\n");
    ph_cleanup(ph_freep) char *problem =
        ph_format("cannot open socket 'admin': cannot bind '%s/nowhere/admin.sock': No such file "
                  "or directory",
                  daemon_dir(daemon));
    expect_cannot_open(daemon, problem, "make the folder first, or set another path");
}

Test(sockets, a_file_in_the_place_of_a_path_ends_the_daemon_and_is_left_alone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(ADMIN);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "admin.sock");
    ph_cleanup(ph_freep) char *problem =
        ph_format("cannot open socket 'admin': '%s' is in the way: it is no socket", path);
    file_write(path, "precious");
    expect_cannot_open(daemon, problem, "move it, or set another path");
    ph_cleanup(ph_freep) char *content = file_read(path);
    cr_expect_str_eq(content, "precious");
}

/* Returns a socket that listens on DIR/admin.sock; the caller closes it. */
static int listen_on_path(const daemon_t *daemon)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/admin.sock", daemon_dir(daemon));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 1), 0);
    return fd;
}

Test(sockets, a_path_that_another_program_listens_on_ends_the_daemon_with_a_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(ADMIN);
    int other = listen_on_path(daemon);
    ph_cleanup(ph_freep) char *problem =
        ph_format("cannot open socket 'admin': another program listens on '%s/admin.sock'",
                  daemon_dir(daemon));
    expect_cannot_open(daemon, problem, "stop it, or set replace = yes");
    close(other);
}

Test(sockets, with_replace_the_path_is_taken_from_another_program)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(
        ADMIN "replace = yes\n[watcher:web]\ncmd = @CHILD@ serve $(circus.sockets.admin) web\n");
    int other = listen_on_path(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    read_answer(connect_path(daemon, "admin.sock"), "web");
    close(other);
}

Test(sockets, an_address_of_another_machine_ends_the_daemon_with_a_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[socket:http]\nhost = 192.0.2.1\nport = 0\n");
    expect_cannot_open(daemon,
                       "cannot open socket 'http': cannot bind 192.0.2.1:0: "
                       "Cannot assign requested address",
                       "set host to an address of this machine");
}

Test(sockets, a_socket_that_is_not_there_is_a_mistake_of_the_configuration)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare(HTTP "[watcher:web]\ncmd = @CHILD@ serve $(circus.sockets.htp) web\n"
                            "[watcher:other]\ncmd = @CHILD@ run\non_demand = yes\n");
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect(strstr(program_err(program), "there is no socket 'htp'"), "%s", program_err(program));
    cr_expect(strstr(program_err(program), "did you mean 'http'?"), "%s", program_err(program));
    cr_expect(strstr(program_err(program), "on_demand = yes, but it has no sockets"), "%s",
              program_err(program));
}

static void expect_mistake(const char *text, const char *problem)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(text);
    const char *const argv[] = {TEST_PLUGHOSTD, "--check", daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect(strstr(program_err(program), problem), "%s", program_err(program));
}

Test(sockets, notify_fd_cannot_have_the_number_of_an_inherited_socket)
{
    expect_mistake(HTTP ADMIN
                   "[watcher:web]\ncmd = @CHILD@ run\nuse_sockets = yes\nnotify_fd = 4\n",
                   "notify_fd = 4: ");
}

Test(sockets, on_demand_needs_a_socket_that_the_daemon_itself_listens_on)
{
    expect_mistake(HTTP "so_reuseport = yes\n" ON_DEMAND("web"), "on_demand = yes");
}

Test(sockets, stdin_socket_cannot_have_so_reuseport)
{
    expect_mistake(HTTP "so_reuseport = yes\n[watcher:web]\ncmd = @CHILD@ serve 0 web\n"
                        "stdin_socket = http\n",
                   "stdin_socket = http: a socket with so_reuseport is not the daemon's to give");
}
