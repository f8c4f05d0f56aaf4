/* Reading the configuration again, with sockets that processes inherit or wait for. */
#include "reloadconfig.h"

TestSuite(reloadconfig_sockets, .timeout = 60);

/* ---- processes that inherit sockets ---- */

#define SOCKET "[socket:s]\npath = @DIR@/s\n"

/* Its process serves, and is ready, once DIR/WORD is there. */
#define SERVER(word)                                                                               \
    "[watcher:web]\nshell = yes\nnotify_fd = 9\ncmd = until test -e @DIR@/" word                   \
    "; do sleep 0.02; done; echo >&9; exec @CHILD@ serve $(circus.sockets.s) " word "\n"

/* Returns a connection to DIR/s; the test fails when it is refused. */
static int connect_socket(const daemon_t *daemon)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", daemon_dir(daemon));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0, "refused");
    return fd;
}

/* Connects, and says whether the answer begins with a word. A process that is told to stop may
 * close a connection without an answer. */
static bool is_served_by(const daemon_t *daemon, const char *word)
{
    char text[32] = "";
    ph_cleanup(ph_closep) int fd = connect_socket(daemon);
    struct pollfd item = {.fd = fd, .events = POLLIN};
    cr_assert_gt(poll(&item, 1, WAIT_MS), 0, "nobody serves the client");
    cr_assert_geq(read(fd, text, sizeof text - 1), 0);
    return strncmp(text, word, strlen(word)) == 0;
}

/* The sockets are the daemon's: old and new processes can have them at the same time. */
Test(reloadconfig_sockets, processes_that_inherit_sockets_are_replaced_without_a_gap)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SOCKET SERVER("one"));
    daemon_touch(daemon, "one");
    daemon_pass_event(daemon, "watcher.web.ready", WAIT_MS);
    daemon_rewrite(daemon, SOCKET SERVER("two"));
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "reload", "its processes need the new cmd");

    ph_cleanup(raw_destroy) raw_t *client = daemon_send(daemon, "reloadconfig", WAITING);
    daemon_pass_event(daemon, "watcher.web.spawn", WAIT_MS);
    for (int i = 0; i < 5; i++)
        cr_expect(is_served_by(daemon, "one"), "the old one serves until the new one is ready");
    daemon_touch(daemon, "two");
    int64_t deadline = ph_clock_ms() + WAIT_MS;
    while (!is_served_by(daemon, "two"))
        cr_assert_lt(ph_clock_ms(), deadline, "the new process does not serve");
    call_expect_done(client, WAIT_MS);
    cr_expect(is_served_by(daemon, "two"));
}

#define USER(name)                                                                                 \
    "[watcher:" name "]\nuse_sockets = yes\nshell = yes\n"                                         \
    "cmd = echo " name " has $LISTEN_FDNAMES; exec sleep 1000\n"
#define FRESH "[socket:fresh]\npath = @DIR@/fresh\n"
#define NEED_FRESH "its processes need the new socket fresh"

Test(reloadconfig_sockets, with_use_sockets_processes_get_those_that_are_opened_later)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SOCKET USER("user") USER("off") "autostart = no\n" API);
    await_active(daemon, "user");
    pid_t api = await_active(daemon, "api");
    daemon_rewrite(daemon, SOCKET FRESH USER("user") USER("off") "autostart = no\n" API);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "user", "reload", NEED_FRESH);
    cr_expect_eq(reply_number(plan, "unchanged"), 2);
    daemon_call_do(daemon, "reloadconfig", WAITING);
    daemon_wait_output(daemon, "user has s:fresh\n", WAIT_MS);
    daemon_do(daemon, "start", "off", true);
    daemon_wait_output(daemon, "off has s:fresh\n", WAIT_MS);
    cr_expect_eq(pid_of(daemon, "api"), api);
}

/* They may listen themselves: two of them could not at a time. */
Test(reloadconfig_sockets, those_that_had_no_sockets_before_are_restarted_for_a_new_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(USER("user"));
    await_active(daemon, "user");
    daemon_rewrite(daemon, FRESH "[socket:more]\npath = @DIR@/more\n" USER("user") "nice = 1\n");
    ph_cleanup(ph_message_destroy) ph_message_t *both = daemon_call(daemon, "plan", "{}");
    expect_step(both, "user", "restart", "its processes need the new nice");
    daemon_rewrite(daemon, FRESH "[socket:more]\npath = @DIR@/more\n" USER("user"));
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "user", "restart", "its processes need the new sockets fresh, more");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    daemon_wait_output(daemon, "user has fresh:more\n", WAIT_MS);
}

Test(reloadconfig_sockets, what_waits_for_a_connection_waits_at_new_sockets_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[socket:old]\npath = @DIR@/old\n" USER("lazy") "on_demand = yes\n");
    reload(daemon, "[socket:old]\npath = @DIR@/old\n" SOCKET USER("lazy") "on_demand = yes\n");
    cr_expect_str_eq(daemon_status(daemon, "lazy").reason, "waits for a connection");
    ph_cleanup(ph_closep) int client = connect_socket(daemon);
    daemon_wait_output(daemon, "lazy has old:s\n", WAIT_MS);
}

/* ---- watchers that wait for a connection ---- */

#define ON_DEMAND(name)                                                                            \
    "[watcher:" name "]\ncmd = sleep 1000 $(circus.sockets.s)\non_demand = yes\n"
#define HOPELESS(name)                                                                             \
    "[watcher:" name "]\ncmd = @CHILD@ exit 1\nautostart = no\nrestart_delay = 0.01\n"             \
    "max_restarts = 1\nfailed_retry = 0\nstartsecs = 5\n"

Test(reloadconfig_sockets, one_that_waits_for_others_and_not_for_a_connection_starts_without_them)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SOCKET HOPELESS("db") ON_DEMAND("web") "requires = db\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "db", "failed", WAIT_MS);
    cr_expect_str_eq(daemon_status(daemon, "web").reason, "waits for 'db', which is failed");
    reload(daemon, SOCKET HOPELESS("db") ON_DEMAND("web"));
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
}

Test(reloadconfig_sockets, one_that_waits_for_a_connection_goes_on_doing_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SOCKET ON_DEMAND("web"));
    reload(daemon, SOCKET ON_DEMAND("web") "nice = 1\n");
    cr_expect_str_eq(daemon_status(daemon, "web").reason, "waits for a connection");
    daemon_rewrite(daemon, SOCKET "[watcher:web]\ncmd = sleep 1000 $(circus.sockets.s)\n");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "start", "it does not wait for a connection any more");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(reloadconfig_sockets, a_new_one_on_demand_is_not_waited_for)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SOCKET WEB);
    reload(daemon, SOCKET WEB ON_DEMAND("lazy") API);
    cr_expect_str_eq(daemon_status(daemon, "lazy").reason, "waits for a connection");
    cr_expect_str_eq(daemon_status(daemon, "api").status, "active");
}

/* ---- sockets that come and go ---- */

Test(reloadconfig_sockets, a_new_socket_is_opened_for_those_that_name_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    reload(daemon, WEB "[socket:fresh]\npath = @DIR@/fresh\n[watcher:user]\nshell = yes\n"
                       "cmd = echo has $(circus.sockets.fresh); sleep 1000\n");
    daemon_wait_output(daemon, "has 3\n", WAIT_MS);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(plan), "sockets")), 0);
}

Test(reloadconfig_sockets, a_socket_that_cannot_be_opened_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    expect_refused(daemon,
                   WEB "[socket:one]\npath = @DIR@/one\n[socket:two]\npath = /none/none/two\n",
                   "cannot open socket 'two'");
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "listsockets", "{}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(reply), "sockets")), 0);
    reload(daemon, WEB "[socket:one]\npath = @DIR@/one\n");
}
