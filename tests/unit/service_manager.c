#include "scratch.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <service_manager.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { QUIET_MS = 300, MANY = 5000 };

static char *folder;
static loop_t *loop;
static ph_log_t *log_file;
static const char *status_text = "all is well";

static void set_up(void)
{
    zsys_handler_set(NULL);
    folder = scratch_new();
    loop = loop_new(NULL);
    ph_cleanup(ph_freep) char *path = ph_format("%s/log", folder);
    log_file = ph_log_new(path, PH_LOG_INFO, NULL);
    cr_assert(loop && log_file);
}

static void tear_down(void)
{
    ph_log_destroy(&log_file);
    loop_destroy(&loop);
    scratch_destroy(&folder);
}

TestSuite(service_manager, .init = set_up, .fini = tear_down, .timeout = 30);

static char *status(void *arg)
{
    (void)arg;
    return ph_strdup(status_text);
}

static char *socket_path(void)
{
    return ph_format("%s/manager", folder);
}

static int listen_there(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ph_cleanup(ph_freep) char *path = socket_path();
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_lt(strlen(path), sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path));
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static service_manager_t *make(int64_t watchdog_ms)
{
    ph_cleanup(manager_wishes_release) struct manager_wishes wishes = {.address = socket_path(),
                                                                       .watchdog_ms = watchdog_ms};
    struct service_manager_context context = {
        .wishes = &wishes, .loop = loop, .log = log_file, .status = status};
    service_manager_t *self = service_manager_new(&context, NULL);
    cr_assert_not_null(self);
    return self;
}

/* Returns whether a message that begins so is there; those before it are dropped. */
static bool has_come(int fd, const char *text)
{
    char message[512];
    for (ssize_t size; (size = recv(fd, message, sizeof message - 1, 0)) >= 0;) {
        message[size] = '\0';
        if (strncmp(message, text, strlen(text)) == 0)
            return true;
    }
    return false;
}

static void end_loop(void *arg)
{
    loop_end(arg);
}

static void run_for(int64_t ms)
{
    struct timer timer = {.fire = end_loop, .arg = loop};
    timers_start(loop_timers(loop), &timer, ms);
    loop_run(loop);
}

/* ---- the environment ---- */

static struct manager_wishes wishes_of(const char *usec, const char *pid)
{
    struct manager_wishes wishes;
    setenv("NOTIFY_SOCKET", "/run/manager", 1);
    setenv("WATCHDOG_USEC", usec, 1);
    unsetenv("WATCHDOG_PID");
    if (pid)
        setenv("WATCHDOG_PID", pid, 1);
    manager_wishes_take(&wishes);
    cr_expect_str_eq(wishes.address, "/run/manager");
    cr_expect(!getenv("NOTIFY_SOCKET") && !getenv("WATCHDOG_USEC") && !getenv("WATCHDOG_PID"));
    return wishes;
}

static int64_t watchdog_of(const char *usec, const char *pid)
{
    ph_cleanup(manager_wishes_release) struct manager_wishes wishes = wishes_of(usec, pid);
    return wishes.watchdog_ms;
}

Test(service_manager, its_wishes_are_taken_out_of_the_environment)
{
    ph_cleanup(ph_freep) char *own = ph_format("%d", (int)getpid());
    cr_expect_eq(watchdog_of("30000000", own), 30000);
    cr_expect_eq(watchdog_of("30000000", NULL), 30000);
    cr_expect_eq(watchdog_of("1", NULL), 2, "never all the time");
}

Test(service_manager, a_watchdog_of_another_process_or_without_a_sensible_time_is_none)
{
    cr_expect_eq(watchdog_of("30000000", "1"), 0);
    cr_expect_eq(watchdog_of("30000000", "me"), 0);
    cr_expect_eq(watchdog_of("0", NULL), 0);
    cr_expect_eq(watchdog_of("-5", NULL), 0);
    cr_expect_eq(watchdog_of("30s", NULL), 0);
    cr_expect_eq(watchdog_of("", NULL), 0);
    cr_expect_eq(watchdog_of("99999999999999999999", NULL), 0);
}

Test(service_manager, there_is_none_without_its_variable)
{
    struct manager_wishes wishes;
    unsetenv("NOTIFY_SOCKET");
    manager_wishes_take(&wishes);
    cr_expect_null(wishes.address);
    service_manager_ready(NULL);
    service_manager_reloading(NULL);
    service_manager_refresh(NULL);
    service_manager_stopping(NULL);
}

/* ---- addresses ---- */

static void expect_refused(const char *address, const char *why)
{
    struct ph_error err;
    ph_cleanup(manager_wishes_release) struct manager_wishes wishes = {.address =
                                                                           ph_strdup(address)};
    struct service_manager_context context = {
        .wishes = &wishes, .loop = loop, .log = log_file, .status = status};
    cr_expect_null(service_manager_new(&context, &err));
    cr_expect_str_eq(err.message, why);
}

Test(service_manager, an_address_that_is_no_path_is_refused)
{
    char long_path[sizeof((struct sockaddr_un *)NULL)->sun_path + 1];
    memset(long_path, 'x', sizeof long_path);
    long_path[0] = '/';
    long_path[sizeof long_path - 1] = '\0';
    expect_refused("", "cannot tell the service manager: NOTIFY_SOCKET '' is no path");
    expect_refused("@", "cannot tell the service manager: NOTIFY_SOCKET '@' is no path");
    expect_refused("run/x", "cannot tell the service manager: NOTIFY_SOCKET 'run/x' is no path");
    expect_refused(long_path, "cannot tell the service manager: NOTIFY_SOCKET "
                              "'/xxxxxxxxxxxxxxxxxxx...' is too long");
}

/* ---- messages ---- */

Test(service_manager, is_told_a_new_status_once_for_many_changes)
{
    ph_cleanup(ph_closep) int fd = listen_there();
    ph_cleanup(service_manager_destroy) service_manager_t *self = make(0);
    service_manager_refresh(self);
    service_manager_ready(self);
    cr_assert(has_come(fd, "READY=1\nSTATUS=all is well\n"));
    status_text = "it rains";
    for (int i = 0; i < MANY; i++)
        service_manager_refresh(self);
    cr_expect_not(has_come(fd, ""));
    run_for(1000);
    cr_expect(has_come(fd, "READY=1\nSTATUS=it rains\n"));
    cr_expect_not(has_come(fd, ""));
}

/* Nobody will listen there any more: a daemon that is idle has nothing to wake up for. */
Test(service_manager, that_has_gone_is_not_tried_again_before_the_next_change)
{
    ph_cleanup(ph_freep) char *path = socket_path();
    ph_cleanup(ph_closep) int fd = listen_there();
    ph_cleanup(service_manager_destroy) service_manager_t *self = make(0);
    service_manager_ready(self);
    cr_assert(has_come(fd, "READY=1"));
    cr_assert_eq(unlink(path), 0);
    status_text = "it rains";
    service_manager_refresh(self);
    run_for(1000);
    struct pollfd timer = {.fd = timers_fd(loop_timers(loop)), .events = POLLIN};
    cr_expect_eq(poll(&timer, 1, QUIET_MS), 0, "a timer runs");
    ph_cleanup(ph_closep) int again = listen_there();
    service_manager_ready(self);
    cr_expect(has_come(again, "READY=1\nSTATUS=it rains\n"));
}

Test(service_manager, is_not_told_again_what_it_knows)
{
    ph_cleanup(ph_closep) int fd = listen_there();
    ph_cleanup(service_manager_destroy) service_manager_t *self = make(0);
    service_manager_ready(self);
    cr_assert(has_come(fd, "READY=1"));
    service_manager_refresh(self);
    run_for(1000);
    cr_expect_not(has_come(fd, ""));
}

Test(service_manager, hears_nothing_more_of_a_daemon_that_ends)
{
    ph_cleanup(ph_closep) int fd = listen_there();
    ph_cleanup(service_manager_destroy) service_manager_t *self = make(0);
    service_manager_ready(self);
    service_manager_stopping(self);
    cr_expect(has_come(fd, "STOPPING=1\n"));
    service_manager_ready(self);
    service_manager_reloading(self);
    cr_expect_not(has_come(fd, ""));
}

/* Fills the queue until nothing more fits. */
static void fill(service_manager_t *self)
{
    for (int i = 0; i < MANY; i++)
        service_manager_reloading(self);
}

Test(service_manager, that_takes_nothing_for_a_while_is_told_later_and_not_waited_for)
{
    ph_cleanup(ph_closep) int fd = listen_there();
    ph_cleanup(service_manager_destroy) service_manager_t *self = make(0);
    fill(self);
    service_manager_ready(self);
    cr_expect_not(has_come(fd, "READY=1"), "there was room left: the test says nothing");
    run_for(QUIET_MS);
    cr_expect(has_come(fd, "READY=1"));
}

/* ---- signs of life ---- */

Test(service_manager, gets_no_sign_of_life_before_the_daemon_is_ready)
{
    ph_cleanup(ph_closep) int fd = listen_there();
    ph_cleanup(service_manager_destroy) service_manager_t *self = make(40);
    run_for(100);
    cr_expect_not(has_come(fd, "WATCHDOG=1"));
}

Test(service_manager, gets_signs_of_life_only_from_a_loop_that_runs)
{
    ph_cleanup(ph_closep) int fd = listen_there();
    ph_cleanup(service_manager_destroy) service_manager_t *self = make(40);
    service_manager_ready(self);
    cr_assert(has_come(fd, "WATCHDOG=1"));
    struct pollfd item = {.fd = fd, .events = POLLIN};
    cr_expect_eq(poll(&item, 1, QUIET_MS), 0, "nothing runs the loop");
    run_for(QUIET_MS);
    for (int i = 0; i < 3; i++)
        cr_expect(has_come(fd, "WATCHDOG=1"));
}
