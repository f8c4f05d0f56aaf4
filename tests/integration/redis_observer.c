/* The redis_observer plugin, against a redis-server that the test starts. */
#include <alloc.h>
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(redis_observer, .timeout = 60);

enum { WAIT_MS = 10000 };

#define NAMES "circus.redis_observer.watcher.redis_stats."

/* ---- the server ---- */

/* Starts a server on DIR/redis.sock and on a port, unless that is 0; with a word and its value on
 * its command line, or NULL. */
static program_t *redis_start(const daemon_t *daemon, unsigned port, const char *word,
                              const char *value)
{
    ph_cleanup(ph_freep) char *socket = daemon_path(daemon, "redis.sock");
    ph_cleanup(ph_freep) char *number = ph_format("%u", port);
    const char *argv[] = {
        TEST_REDIS_SERVER, "--port", number,   "--bind", "127.0.0.1", "--dir", daemon_dir(daemon),
        "--unixsocket",    socket,   "--save", "",       word,        value,   NULL};
    program_t *redis = program_start(&(struct program_spec){.argv = argv});
    cr_assert(program_wait_out(redis, "eady to accept connections", WAIT_MS), "%s",
              program_out(redis));
    return redis;
}

/* ---- the daemon: the server is started later, in its folder ---- */

static daemon_t *start(const sink_t *sink, const char *more)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[watcher:cache]\ncmd = @CHILD@ run\n[plugin:redis_observer]\nautostart = no\n"
                  "host = 127.0.0.1\nport = %u\nloop_rate = 0.1\n%s",
                  sink_port(sink), more);
    return daemon_start_with(text);
}

#define BY_PATH "redis_url = unix://@DIR@/redis.sock\n"

static void expect_gauges(sink_t *sink)
{
    cr_expect_geq(sink_wait_number(sink, NAMES "connected_clients:", WAIT_MS), 1);
    cr_expect_gt(sink_wait_number(sink, NAMES "used_memory:", WAIT_MS), 1000);
}

Test(redis_observer, what_info_says_becomes_gauges)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, BY_PATH);
    ph_cleanup(program_destroy) program_t *redis = redis_start(daemon, 0, NULL, NULL);
    daemon_do(daemon, "start", "redis_observer", true);
    expect_gauges(sink);
    static const char *const names[] = {"keyspace_hits:0|g",
                                        "uptime_in_seconds:", "mem_fragmentation_ratio:",
                                        "used_cpu_sys:", "total_commands_processed:"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ph_cleanup(ph_freep) char *name = ph_format("%s%s", NAMES, names[i]);
        sink_wait(sink, name, WAIT_MS);
    }
    cr_expect_not(sink_has(sink, NAMES "error"));
}

Test(redis_observer, a_host_a_port_a_password_and_a_database_are_used)
{
    unsigned port = daemon_find_port();
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(ph_freep) char *url =
        ph_format("redis_url = redis://:se%%40cret@localhost:%u/3\n", port);
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, url);
    ph_cleanup(program_destroy) program_t *redis =
        redis_start(daemon, port, "--requirepass", "se@cret");
    daemon_do(daemon, "start", "redis_observer", true);
    expect_gauges(sink);
}

/* Who is refused is there: a restart would not help. */
Test(redis_observer, a_wrong_password_is_said_and_restarts_nobody)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, "redis_url = unix://:wrong@@DIR@/redis.sock\nrestart_on_timeout = cache\n");
    ph_cleanup(program_destroy) program_t *redis = redis_start(daemon, 0, "--requirepass", "right");
    pid_t pid = daemon_wait_started(daemon, "cache", WAIT_MS);
    daemon_do(daemon, "start", "redis_observer", true);
    sink_wait(sink, NAMES "error:1|c", WAIT_MS);
    sink_wait(sink, NAMES "error:1|c", WAIT_MS);
    daemon_wait_log(daemon, "redis.sock': WRONGPASS", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "cache").pid, pid);
}

Test(redis_observer, a_missing_password_and_a_database_that_is_not_there_are_said)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, "redis_url = unix://@DIR@/redis.sock?db=99\n");
    ph_cleanup(program_destroy) program_t *redis = redis_start(daemon, 0, NULL, NULL);
    daemon_do(daemon, "start", "redis_observer", true);
    daemon_wait_log(daemon, "redis.sock': ERR DB index is out of range", WAIT_MS);
}

Test(redis_observer, a_server_that_vanishes_is_said_and_found_again)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, BY_PATH "restart_on_timeout = cache\n");
    ph_cleanup(program_destroy) program_t *redis = redis_start(daemon, 0, NULL, NULL);
    pid_t pid = daemon_wait_started(daemon, "cache", WAIT_MS);
    daemon_do(daemon, "start", "redis_observer", true);
    pid_t plugin = daemon_status(daemon, "redis_observer").pid;
    expect_gauges(sink);
    program_destroy(&redis);
    sink_wait(sink, NAMES "error:1|c", WAIT_MS);
    sink_wait(sink, NAMES "restart_on_error:1|c", WAIT_MS);
    cr_expect_neq(daemon_wait_started(daemon, "cache", WAIT_MS), pid);
    daemon_wait_log(daemon, "restarts 'cache': redis at '", WAIT_MS);
    redis = redis_start(daemon, 0, NULL, NULL);
    expect_gauges(sink);
    cr_expect_eq(daemon_status(daemon, "redis_observer").pid, plugin);
}

/* A stopped process does not answer: neither a connection nor INFO. */
Test(redis_observer, a_server_that_hangs_is_given_up_in_time)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, BY_PATH "timeout = 0.8\nwatchdog = 0.5\n");
    ph_cleanup(program_destroy) program_t *redis = redis_start(daemon, 0, NULL, NULL);
    daemon_do(daemon, "start", "redis_observer", true);
    pid_t plugin = daemon_status(daemon, "redis_observer").pid;
    expect_gauges(sink);
    program_signal(redis, SIGSTOP);
    sink_wait(sink, NAMES "error:1|c", WAIT_MS);
    daemon_wait_log(daemon, "redis.sock': no answer in time", WAIT_MS);
    program_signal(redis, SIGCONT);
    expect_gauges(sink);
    cr_expect_eq(daemon_status(daemon, "redis_observer").pid, plugin);
}

/* Somebody else has the port: what it says is no Redis. */
Test(redis_observer, a_server_of_another_kind_is_said)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(listener, 16), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(ph_freep) char *url =
        ph_format("redis_url = redis://127.0.0.1:%u\n", ntohs(address.sin_port));
    ph_cleanup(daemon_stop) daemon_t *daemon = start(sink, url);
    daemon_do(daemon, "start", "redis_observer", true);
    struct pollfd item = {.fd = listener, .events = POLLIN};
    cr_assert_eq(poll(&item, 1, WAIT_MS), 1);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    cr_assert_eq(send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL), (ssize_t)sizeof answer - 1);
    sink_wait(sink, NAMES "error:1|c", WAIT_MS);
    daemon_wait_log(daemon, "redis at '127.0.0.1': Protocol error", WAIT_MS);
    cr_expect_str_eq(daemon_status(daemon, "redis_observer").status, "active");
    close(fd);
    close(listener);
}

Test(redis_observer, an_unknown_host_is_said)
{
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start(sink, "redis_url = redis://no-such-host.invalid\n");
    daemon_do(daemon, "start", "redis_observer", true);
    sink_wait(sink, NAMES "error:1|c", 30000);
    daemon_wait_log(daemon, "redis at 'no-such-host.invalid': ", WAIT_MS);
}

static void expect_refused(const char *options, const char *reason)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *text =
        ph_format("[plugin:redis_observer]\nautostart = no\n%s", options);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    cr_assert_null(daemon_try(daemon, "start", "redis_observer", true, &err));
    cr_expect(strstr(err.message, reason), "%s", err.message);
    cr_expect_not(strstr(err.message, "secret"), "%s", err.message);
}

Test(redis_observer, wrong_options_are_named_without_the_password)
{
    expect_refused("redis_url = http://:secret@host\n",
                   "option 'redis_url': it begins neither with redis:// nor with unix://");
    expect_refused("redis_url = redis://:secret@host:70000\n",
                   "option 'redis_url': the port is no number from 1 to 65535");
    expect_refused("timeout = 0\n", "option 'timeout': '0' is not within 0.01 to 3600");
}
