/* The http_observer plugin, against a web server that the test plays. */
#include <alloc.h>
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <netinet/in.h>
#include <poll.h>
#include <sink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(http_observer, .timeout = 60);

enum { WAIT_MS = 10000 };

#define NAMES "circus.http_observer.watcher.http_stats."

/* ---- the server ---- */

struct server {
    int fd;
    unsigned port;
};

static struct server server_open(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct server server = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    cr_assert_eq(bind(server.fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(server.fd, 16), 0);
    cr_assert_eq(getsockname(server.fd, (struct sockaddr *)&address, &size), 0);
    server.port = ntohs(address.sin_port);
    return server;
}

static void wait_readable(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    cr_assert(poll(&item, 1, WAIT_MS) > 0, "nothing comes");
}

/* Takes one request, which stays in `request`, and answers it with `answer`. */
static void server_answer(const struct server *server, char request[1024], const char *answer)
{
    size_t length = 0;
    wait_readable(server->fd);
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
    cr_assert(fd >= 0);
    request[0] = '\0';
    while (!strstr(request, "\r\n\r\n")) {
        wait_readable(fd);
        ssize_t size = recv(fd, request + length, 1023 - length, 0);
        cr_assert(size > 0);
        length += (size_t)size;
        request[length] = '\0';
    }
    cr_assert_eq(send(fd, answer, strlen(answer), MSG_NOSIGNAL), (ssize_t)strlen(answer));
    close(fd);
}

/* ---- the daemon ---- */

static daemon_t *start(const sink_t *sink, unsigned port, const char *more)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[watcher:web]\ncmd = @CHILD@ run\n[plugin:http_observer]\nhost = 127.0.0.1\n"
                  "port = %u\nloop_rate = 0.1\ncheck_url = http://127.0.0.1:%u/health\n%s",
                  sink_port(sink), port, more);
    return daemon_start_with(text);
}

Test(http_observer, the_time_of_an_answer_is_told)
{
    char request[1024];
    struct server server = server_open();
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, server.port, "");
    server_answer(&server, request, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    cr_expect(strncmp(request, "GET /health HTTP/1.1\r\n", 22) == 0, "%s", request);
    const char *told = sink_wait(sink, NAMES "request_time:", WAIT_MS);
    cr_expect(strstr(told, "|ms"), "%s", told);
    cr_expect_not(sink_has(sink, NAMES "error"));
    close(server.fd);
}

Test(http_observer, a_redirection_is_followed)
{
    char request[1024];
    struct server server = server_open();
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, server.port, "");
    server_answer(&server, request,
                  "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
    server_answer(&server, request, "HTTP/1.1 204 No Content\r\n\r\n");
    cr_expect(strncmp(request, "GET /other HTTP/1.1\r\n", 21) == 0, "%s", request);
    sink_wait(sink, NAMES "request_time:", WAIT_MS);
    close(server.fd);
}

Test(http_observer, a_bad_status_is_counted_and_the_watcher_restarted)
{
    char request[1024];
    struct server server = server_open();
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, server.port, "restart_on_error = web\n");
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    server_answer(&server, request, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    sink_wait(sink, NAMES "error:1|c", WAIT_MS);
    sink_wait(sink, NAMES "error.503:1|c", WAIT_MS);
    sink_wait(sink, NAMES "restart_on_error:1|c", WAIT_MS);
    cr_expect_neq(daemon_wait_started(daemon, "web", WAIT_MS), first);
    daemon_wait_log(daemon, "restarts 'web': 'http://127.0.0.1:", WAIT_MS);
    daemon_wait_log(daemon, "/health': status 503", WAIT_MS);
    close(server.fd);
}

/* The watchdog would kill a plugin that waits: this one does not, and sees the answer of a later
 * look. */
Test(http_observer, a_server_that_never_answers_holds_up_nothing)
{
    char request[1024];
    struct server server = server_open();
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, server.port, "timeout = 1.5\nwatchdog = 0.5\n");
    daemon_wait_status(daemon, "plugin:http_observer", "active", WAIT_MS);
    pid_t pid = daemon_status(daemon, "http_observer").pid;
    wait_readable(server.fd);
    int silent = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC);
    cr_assert(silent >= 0);
    sink_wait(sink, NAMES "error.599:1|c", WAIT_MS);
    daemon_wait_log(daemon, "timed out", WAIT_MS);
    server_answer(&server, request, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    sink_wait(sink, NAMES "request_time:", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "http_observer").pid, pid);
    close(silent);
    close(server.fd);
}

Test(http_observer, it_stops_while_it_waits_for_an_answer)
{
    struct server server = server_open();
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, server.port, "timeout = 3600\n");
    wait_readable(server.fd);
    daemon_do(daemon, "stop", "http_observer", true);
    struct watcher_state state = daemon_status(daemon, "http_observer");
    cr_expect(text_ends(state.reason, "(exit status 0)"), "%s", state.reason);
    close(server.fd);
}

Test(http_observer, nobody_who_listens_is_an_error_that_is_said)
{
    struct server server = server_open();
    close(server.fd);
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, server.port, "");
    sink_wait(sink, NAMES "error.599:1|c", WAIT_MS);
    daemon_wait_log(daemon, "/health': Failed to connect to 127.0.0.1 port ", WAIT_MS);
}

Test(http_observer, a_watcher_that_does_not_exist_is_named)
{
    struct server server = server_open();
    close(server.fd);
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, server.port, "restart_on_error = nobody\n");
    daemon_wait_log(daemon, "cannot restart 'nobody': ", WAIT_MS);
}

static void expect_refused(const char *options, const char *reason)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *text =
        ph_format("[plugin:http_observer]\nautostart = no\n%s", options);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    cr_assert_null(daemon_try(daemon, "start", "http_observer", true, &err));
    cr_expect(strstr(err.message, reason), "%s", err.message);
}

Test(http_observer, wrong_options_are_named)
{
    expect_refused("check_url = localhost\n", "option 'check_url': 'localhost' is no URL: ");
    expect_refused("check_url = ftp://localhost/\n",
                   "option 'check_url': 'ftp://localhost/' is neither http nor https");
    expect_refused("timeout = 0\n", "option 'timeout': '0' is not within 0.01 to 3600");
}
