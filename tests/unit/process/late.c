/* A daemon that is late: what it waits for has come, and it has not looked. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <fake_clock.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <world.h>

enum { LATE_MS = 60000 };

/* Is called at each turn of the loop. */
struct fixture {
    struct world world;
    struct loop_watch watch;
    watcher_t *watcher;
    int64_t late_ms;
    unsigned kills; /* that were published */
    bool is_killed;
};

static void fire(struct fixture *self)
{
    timers_fire(loop_timers(self->world.loop), 64);
}

static void on_event(void *arg, const char *topic, size_t size)
{
    static const char kill[] = "watcher.web.kill";
    struct fixture *self = arg;
    self->kills += size == sizeof kill - 1 && memcmp(topic, kill, size) == 0;
}

/* The process dies of the stop, and the daemon is kept from noticing that until its patience is
 * over. */
static void kill_late(struct fixture *self)
{
    siginfo_t info;
    pid_t pid = process_pid(watcher_next_process(self->watcher, NULL));
    watcher_stop(self->watcher, "the test");
    fake_clock_advance(1);
    fire(self);
    cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    cr_assert_eq(info.si_status, SIGKILL);
    fake_clock_advance(self->late_ms);
    fire(self);
    self->is_killed = true;
}

static void on_turn(void *arg)
{
    struct fixture *self = arg;
    const char *status = watcher_status(self->watcher);
    fake_clock_advance(1);
    if (!self->is_killed && strcmp(status, "active") == 0)
        kill_late(self);
    else if (self->is_killed && strcmp(status, "stopped") == 0)
        loop_end(self->world.loop);
}

/* Runs a watcher of one process with such options until it was stopped that way. */
static void run(struct fixture *self, const char *options)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[watcher:web]\ncmd = sleep 1000\nautostart = no\n%s", options);
    world_init(&self->world, text);
    self->watcher = world_watcher(&self->world, "web");
    self->watch = (struct loop_watch){on_turn, self, eventfd(1, EFD_CLOEXEC)};
    cr_assert_eq(loop_watch(self->world.loop, &self->watch, NULL), 0);
    bus_listen_for_events(self->world.bus, on_event, self);
    watcher_start(self->watcher, "the test");
    loop_run(self->world.loop);
    cr_expect_str_eq(watcher_reason(self->watcher), "stopped: the test (killed by SIGKILL)");
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
    loop_unwatch(self->world.loop, &self->watch);
    close(self->watch.fd);
    world_release(&self->world);
}

Test(late, a_dead_process_is_reaped_though_it_should_have_been_seen_long_ago, .timeout = 30)
{
    struct fixture self = {.late_ms = LATE_MS};
    run(&self, "stop_signal = CONT\ngraceful_timeout = 0\n");
    cr_expect_eq(self.kills, 2, "%u", self.kills);
}

Test(late, one_that_died_in_time_is_not_killed_though_its_time_is_over, .timeout = 30)
{
    struct fixture self = {.late_ms = LATE_MS};
    run(&self, "stop_signal = KILL\ngraceful_timeout = 30\n");
    cr_expect_eq(self.kills, 1, "%u", self.kills);
}
