/* What the daemon tells the program that started it, as systemd's units of Type=notify expect. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <manager.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(service_manager, .timeout = 60);

enum { WAIT_MS = 10000, SILENCE_MS = 600 };

#define WEB "[watcher:web]\ncmd = sleep 1000\n"

/* A daemon that is not launched yet, and who waits for its words. */
struct pair {
    daemon_t *daemon;
    manager_t *manager;
};

static struct pair prepare(const char *text)
{
    struct pair self = {.daemon = daemon_prepare(text)};
    ph_cleanup(ph_freep) char *address = daemon_path(self.daemon, "manager");
    self.manager = manager_new(address);
    return self;
}

static struct pair start(const char *text)
{
    struct pair self = prepare(text);
    daemon_launch(self.daemon, NULL);
    daemon_await(self.daemon);
    return self;
}

static void stop(struct pair *self)
{
    daemon_stop(&self->daemon);
    manager_destroy(&self->manager);
}

static void expect_next(manager_t *manager, const char *text)
{
    const char *message = manager_next(manager, WAIT_MS);
    cr_assert(strncmp(message, text, strlen(text)) == 0, "'%s' in place of '%s'", message, text);
}

/* ---- what it does ---- */

Test(service_manager, is_told_which_process_it_is_and_that_it_is_ready)
{
    ph_cleanup(stop) struct pair pair = start(WEB);
    ph_cleanup(ph_freep) char *main = ph_format("MAINPID=%d", (int)daemon_pid(pair.daemon));
    cr_expect_str_eq(manager_next(pair.manager, WAIT_MS), main);
    ph_cleanup(ph_freep) char *ready = ph_strdup(manager_next(pair.manager, WAIT_MS));
    cr_expect(strncmp(ready, "READY=1\nSTATUS=1 watcher, ", 26) == 0, "%s", ready);
    cr_expect(text_ends(ready, main), "%s", ready);
}

/* The endpoint is there, or a command after `systemctl start` would fail. */
Test(service_manager, who_waits_for_ready_can_send_commands_at_once)
{
    ph_cleanup(stop) struct pair pair = prepare(WEB);
    daemon_launch(pair.daemon, NULL);
    manager_wait(pair.manager, "READY=1", WAIT_MS);
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(pair.daemon, "list", NULL);
    cr_expect_eq(program_wait(ctl, WAIT_MS), 0, "%s", program_err(ctl));
    cr_expect_str_eq(program_out(ctl), "web\n");
    daemon_await(pair.daemon);
}

Test(service_manager, is_told_how_the_watchers_are)
{
    ph_cleanup(stop) struct pair pair =
        start(WEB "[watcher:api]\ncmd = @CHILD@ exit 1\nrestart_delay = 0.01\nmax_restarts = "
                  "1\nautostart = no\n");
    manager_wait(pair.manager, "STATUS=2 watchers, 1 active\n", WAIT_MS);
    daemon_do(pair.daemon, "start", "api", false);
    manager_wait(pair.manager, "STATUS=2 watchers, 1 active, 1 failed\n", WAIT_MS);
    daemon_do(pair.daemon, "rm", "api", true);
    manager_wait(pair.manager, "STATUS=1 watcher, 1 active\n", WAIT_MS);
}

Test(service_manager, is_told_when_the_configuration_is_read_again_and_when_that_is_over)
{
    ph_cleanup(stop) struct pair pair = start("");
    manager_wait(pair.manager, "READY=1", WAIT_MS);
    daemon_rewrite(pair.daemon, WEB);
    daemon_call_do(pair.daemon, "reloadconfig", "{'waiting': true}");
    expect_next(pair.manager, "RELOADING=1\nMONOTONIC_USEC=");
    expect_next(pair.manager, "READY=1\nSTATUS=1 watcher, ");
}

Test(service_manager, is_told_so_too_when_the_new_configuration_is_refused)
{
    ph_cleanup(stop) struct pair pair = start("");
    manager_wait(pair.manager, "READY=1", WAIT_MS);
    daemon_rewrite(pair.daemon, "[watcher:web]\ncmmd = sleep\n");
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(pair.daemon, "reloadconfig", NULL);
    cr_expect_eq(program_wait(ctl, WAIT_MS), 1);
    cr_expect(strstr(program_err(ctl), "unknown option 'cmmd'"), "%s", program_err(ctl));
    expect_next(pair.manager, "RELOADING=1\n");
    expect_next(pair.manager, "READY=1\nSTATUS=0 watchers, 0 active\n");
}

Test(service_manager, is_told_of_a_watcher_that_was_added)
{
    ph_cleanup(stop) struct pair pair = start(WEB);
    manager_wait(pair.manager, "STATUS=1 watcher, 1 active\n", WAIT_MS);
    daemon_call_do(pair.daemon, "add", "{'name': 'later', 'cmd': 'sleep 1000'}");
    manager_wait(pair.manager, "STATUS=2 watchers, 1 active", WAIT_MS);
}

Test(service_manager, is_told_that_it_ends_and_nothing_after_that)
{
    ph_cleanup(stop) struct pair pair = start(WEB);
    manager_wait(pair.manager, "STATUS=1 watcher, 1 active\n", WAIT_MS);
    daemon_do(pair.daemon, "quit", NULL, false);
    cr_expect_eq(daemon_wait_end(pair.daemon, WAIT_MS), 0);
    expect_next(pair.manager, "STOPPING=1\nSTATUS=ending: ");
    cr_expect_not(manager_has_more(pair.manager));
}

/* ---- signs of life ---- */

Test(service_manager, gets_signs_of_life_as_long_as_the_loop_runs)
{
    setenv("WATCHDOG_USEC", "200000", 1);
    ph_cleanup(stop) struct pair pair = start(WEB);
    for (int i = 0; i < 3; i++)
        cr_assert(manager_sees_sign(pair.manager, WAIT_MS));
    cr_assert_eq(kill(daemon_pid(pair.daemon), SIGSTOP), 0);
    cr_expect_not(manager_sees_sign(pair.manager, SILENCE_MS));
    cr_assert_eq(kill(daemon_pid(pair.daemon), SIGCONT), 0);
    cr_expect(manager_sees_sign(pair.manager, WAIT_MS));
}

Test(service_manager, gets_no_sign_that_was_asked_of_another_process)
{
    setenv("WATCHDOG_USEC", "200000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    ph_cleanup(stop) struct pair pair = start(WEB);
    cr_expect_not(manager_sees_sign(pair.manager, SILENCE_MS));
}

/* ---- where it is ---- */

Test(service_manager, may_have_an_abstract_socket)
{
    struct pair pair = {.daemon = daemon_prepare(WEB)};
    ph_cleanup(ph_freep) char *address = ph_format("@plughost-test-%d", (int)getpid());
    pair.manager = manager_new(address);
    daemon_launch(pair.daemon, NULL);
    manager_wait(pair.manager, "READY=1", WAIT_MS);
    daemon_await(pair.daemon);
    stop(&pair);
}

Test(service_manager, is_not_known_to_the_children)
{
    setenv("WATCHDOG_USEC", "200000", 1);
    ph_cleanup(stop) struct pair pair =
        start("[watcher:a]\ncmd = @CHILD@ env NOTIFY_SOCKET @DIR@/socket\n"
              "[watcher:b]\ncmd = @CHILD@ env WATCHDOG_USEC @DIR@/usec\n");
    free(daemon_wait_file(pair.daemon, "socket", "(not set)\n", WAIT_MS));
    free(daemon_wait_file(pair.daemon, "usec", "(not set)\n", WAIT_MS));
}

Test(service_manager, that_is_nowhere_does_not_keep_the_daemon_from_running)
{
    setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_wait_log(daemon, "NOTIFY_SOCKET 'vsock:2:1234' is no path", WAIT_MS);
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
}

Test(service_manager, that_has_gone_is_told_of_once_in_the_log)
{
    ph_cleanup(ph_freep) char *address = NULL;
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(WEB);
    address = daemon_path(daemon, "nobody");
    setenv("NOTIFY_SOCKET", address, 1);
    setenv("WATCHDOG_USEC", "20000", 1);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_call_do(daemon, "reloadconfig", "{'waiting': true}");
    daemon_wait_log(daemon, "cannot tell the service manager: No such file or directory", WAIT_MS);
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    cr_expect_eq(text_count(log, "cannot tell the service manager"), 1, "%s", log);
}

/* ---- in the background ---- */

Test(service_manager, learns_which_process_goes_on_in_the_background)
{
    ph_cleanup(stop) struct pair pair = prepare(WEB);
    ph_cleanup(ph_freep) char *pidfile = daemon_path(pair.daemon, "pid");
    const char *const argv[] = {
        TEST_PLUGHOSTD, "--daemon", "--pidfile", pidfile, daemon_config(pair.daemon), NULL};
    ph_cleanup(program_destroy) program_t *parent = program_run(argv, NULL);
    cr_assert_eq(program_wait(parent, WAIT_MS), 0, "%s", program_err(parent));
    ph_cleanup(ph_freep) char *pid = file_read(pidfile);
    ph_cleanup(ph_freep) char *main = ph_format("MAINPID=%ld", strtol(pid, NULL, 10));
    cr_expect_str_eq(manager_next(pair.manager, WAIT_MS), main);
    manager_wait(pair.manager, "READY=1", WAIT_MS);
    cr_assert_eq(kill((pid_t)strtol(pid, NULL, 10), SIGTERM), 0);
    manager_wait(pair.manager, "STOPPING=1", WAIT_MS);
}
