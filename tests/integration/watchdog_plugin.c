/* The watchdog plugin: processes that have to send datagrams. */
#include <alloc.h>
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(watchdog_plugin, .timeout = 60);

enum { WAIT_MS = 20000 };

#define PLUGIN                                                                                     \
    "[plugin:watchdog]\nautostart = no\nport = 0\nloop_rate = 0.2\nmax_count = 3\n"                \
    "watchers_graceful_timeout = 0.5\n"
#define SLOW_PLUGIN                                                                                \
    "[plugin:watchdog]\nautostart = no\nport = 0\nloop_rate = 0.2\nmax_count = 10\n"               \
    "watchers_graceful_timeout = 0.5\n"
#define WEB "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"
#define DB "[watcher:db]\ncmd = @CHILD@ run\nautostart = no\n"

/* Returns a socket that is connected to where the plugin says that it receives. */
static int connect_to(daemon_t *daemon)
{
    static const char line[] = "receives heartbeats on '127.0.0.1' port ";
    daemon_wait_log(daemon, line, WAIT_MS);
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    unsigned port = (unsigned)strtoul(strstr(log, line) + sizeof line - 1, NULL, 10);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    cr_assert_eq(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

/* Sends a datagram for `web` again and again, until the silent `db` has been killed twice: that is
 * longer than `web` may be silent. Then no more, and `web` is killed as well. */
static void expect_that_it_counts(const char *options, const char *format)
{
    ph_cleanup(ph_freep) char *text = ph_format("%s%s%s%s", SLOW_PLUGIN, options, WEB, DB);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "watchdog", true);
    int fd = connect_to(daemon);
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "start", "db", true);
    pid_t web = daemon_wait_started(daemon, "web", WAIT_MS);
    ph_cleanup(ph_freep) char *pid = ph_format("%d", (int)web);
    ph_cleanup(ph_freep) char *heartbeat = text_replace(format, "PID", pid);
    for (int killed = 0; killed < 2; killed++) {
        pid_t db = daemon_wait_started(daemon, "db", WAIT_MS);
        while (daemon_status(daemon, "db").pid == db)
            send_text(fd, heartbeat);
    }
    cr_expect_eq(daemon_status(daemon, "web").pid, web);
    cr_expect_neq(daemon_wait_started(daemon, "web", WAIT_MS), web);
    daemon_wait_log(daemon, "of 'web': no heartbeat for more than 2 seconds", WAIT_MS);
    close(fd);
}

Test(watchdog_plugin, who_is_silent_is_killed_and_who_is_not_is_left_alone)
{
    expect_that_it_counts("", "PID;1.5");
}

Test(watchdog_plugin, the_form_of_a_heartbeat_is_an_option)
{
    expect_that_it_counts("msg_regex = (?<word>\\w+) pid=(?P<pid>\\d+)\n", "alive pid=PID");
}

/* Circus raised after the first one and saw to one process a look. */
Test(watchdog_plugin, all_who_are_silent_are_killed_at_one_look)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLUGIN "[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 4\n");
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
    daemon_do(daemon, "start", "watchdog", true);
    for (int i = 0; i < 4; i++)
        ph_event_destroy(&(ph_event_t *){daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS)});
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    cr_expect_geq(text_count(log, "kills process "), 4);
}

Test(watchdog_plugin, signal_and_time_of_the_kill_are_those_of_the_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLUGIN "watchers_stop_signal = USR1\n" WEB);
    daemon_do(daemon, "start", "watchdog", true);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_event_destroy) ph_event_t *kill =
        daemon_wait_event(daemon, "watcher.web.kill", WAIT_MS);
    cr_expect_str_eq(event_text(kill, "signal"), "SIGUSR1");
}

/* The stop may take its time, although the process, which ignores it, is silent all the while;
 * another one that is killed meanwhile shows that the watchdog looked. */
Test(watchdog_plugin, who_is_asked_to_stop_is_not_watched_any_more)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        PLUGIN "[watcher:slow]\ncmd = @CHILD@ ignore-term @DIR@/pids\nautostart = no\n"
               "graceful_timeout = 600\n" DB);
    daemon_do(daemon, "start", "watchdog", true);
    daemon_do(daemon, "start", "slow", true);
    free(daemon_wait_file(daemon, "pids", "\n", WAIT_MS));
    daemon_do(daemon, "stop", "slow", false);
    daemon_do(daemon, "start", "db", true);
    ph_event_destroy(&(ph_event_t *){daemon_wait_event(daemon, "watcher.db.reap", WAIT_MS)});
    ph_event_destroy(&(ph_event_t *){daemon_wait_event(daemon, "watcher.db.reap", WAIT_MS)});
    cr_expect_str_eq(daemon_status(daemon, "slow").status, "stopping");
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "kill", "--signum", "KILL", "slow", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0, "%s", program_err(ctl));
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    cr_expect_not(strstr(log, "of 'slow': no heartbeat"), "%s", log);
}

Test(watchdog_plugin, only_watchers_that_fit_are_watched_and_never_plugins)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        PLUGIN "watchers_regex = W.b\n" WEB DB "[plugin:talker]\nautostart = no\n");
    daemon_do(daemon, "start", "db", true);
    daemon_do(daemon, "start", "talker", true);
    pid_t db = daemon_status(daemon, "db").pid, talker = daemon_status(daemon, "talker").pid;
    daemon_do(daemon, "start", "watchdog", true);
    daemon_do(daemon, "start", "web", true);
    pid_t web = daemon_wait_started(daemon, "web", WAIT_MS);
    cr_expect_neq(daemon_wait_started(daemon, "web", WAIT_MS), web);
    cr_expect_eq(daemon_status(daemon, "db").pid, db);
    cr_expect_eq(daemon_status(daemon, "talker").pid, talker);
}

Test(watchdog_plugin, garbage_is_said_once_and_does_no_harm)
{
    static const char *const garbage[] = {"x;y", ";",     "99999999999999;1", "-1;1",
                                          "0;0", "1e3;1", "\xff\xfe;\x80",    "1;1"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLUGIN WEB);
    daemon_do(daemon, "start", "watchdog", true);
    pid_t plugin = daemon_status(daemon, "watchdog").pid;
    int fd = connect_to(daemon);
    cr_assert_eq(send(fd, "", 0, 0), 0);
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++)
        send_text(fd, garbage[i]);
    char large[2000];
    memset(large, 'x', sizeof large);
    cr_assert_eq(send(fd, large, sizeof large, 0), (ssize_t)sizeof large);
    daemon_wait_log(daemon, "does not fit msg_regex; others like it are only counted", WAIT_MS);
    daemon_do(daemon, "start", "web", true);
    pid_t web = daemon_wait_started(daemon, "web", WAIT_MS);
    cr_expect_neq(daemon_wait_started(daemon, "web", WAIT_MS), web);
    cr_expect_eq(daemon_status(daemon, "watchdog").pid, plugin);
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    cr_expect_eq(text_count(log, "does not fit msg_regex"), 1);
    close(fd);
}

/* New options do not lose the socket, nor what it has received. */
Test(watchdog_plugin, options_are_set_while_it_runs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLUGIN WEB);
    daemon_do(daemon, "start", "watchdog", true);
    pid_t plugin = daemon_status(daemon, "watchdog").pid;
    ph_cleanup(program_destroy) program_t *bad =
        daemon_run_ctl(daemon, "set", "watchdog", "watchers_regex=(", NULL);
    cr_expect_eq(program_wait(bad, 0), 1);
    cr_expect(strstr(program_err(bad), "option 'watchers_regex': '(' does not compile: missing "
                                       "closing parenthesis (at 1)"),
              "%s", program_err(bad));
    ph_cleanup(program_destroy) program_t *good =
        daemon_run_ctl(daemon, "set", "watchdog", "watchers_regex=w", "max_count=2", NULL);
    cr_expect_eq(program_wait(good, 0), 0, "%s", program_err(good));
    daemon_do(daemon, "start", "web", true);
    daemon_wait_log(daemon, "of 'web': no heartbeat for more than 0.4 seconds", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "watchdog").pid, plugin);
}

static void expect_refused(const char *options, const char *reason)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *text = ph_format("[plugin:watchdog]\nautostart = no\n%s", options);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    cr_assert_null(daemon_try(daemon, "start", "watchdog", true, &err));
    cr_expect(strstr(err.message, reason), "%s", err.message);
}

Test(watchdog_plugin, wrong_options_are_named)
{
    expect_refused("msg_regex = (?P<pid>\n", "option 'msg_regex': '(?P<pid>' does not compile: ");
    expect_refused("msg_regex = (.*);\n", "option 'msg_regex': '(.*);' has no group (?P<pid>...)");
    expect_refused("watchers_regex = *\n", "option 'watchers_regex': '*' does not compile: ");
    expect_refused("ip = nowhere\n", "option 'ip': 'nowhere' is no address");
    expect_refused("watchers_stop_signal = FOO\n",
                   "option 'watchers_stop_signal': 'FOO' is no signal");
}

Test(watchdog_plugin, a_port_that_is_taken_is_named)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    unsigned port = ntohs(address.sin_port);
    ph_cleanup(ph_freep) char *options = ph_format("port = %u\n", port);
    ph_cleanup(ph_freep) char *reason =
        ph_format("cannot receive on '127.0.0.1' port %u: Address already in use", port);
    expect_refused(options, reason);
    close(fd);
}
