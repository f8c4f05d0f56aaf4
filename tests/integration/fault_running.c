/* A daemon runs and goes on running: children die, write, are added and removed, the configuration
 * is read again; once for each of its system calls, which fails. One daemon stands them all, so it
 * must have as many descriptors after each as before. */
#include "fault_walk.h"

#include <alloc.h>
#include <calls.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <files.h>
#include <stdlib.h>
#include <string.h>

TestSuite(fault_running, .timeout = 600);

enum { WAIT_MS = 10000 };

#define SOON                                                                                       \
    "restart_delay = 0.01\nrestart_delay_max = 0.02\nmax_restarts = 0\n"                           \
    "graceful_timeout = 1\n"
#define WEB "[watcher:web]\ncmd = @CHILD@ run\n" SOON

/* Something that is done to a daemon that runs. Both return false after a complaint. */
struct scene {
    const char *configuration;
    bool (*act)(walk_t *walk);    /* while the fault may happen */
    bool (*repair)(walk_t *walk); /* afterwards, when all must go well; or NULL */
};

static const struct scene *scene; /* of this test, which is a process of its own */

/* ---- walking ---- */

/* Does it and makes it good. */
static bool play_once(walk_t *walk)
{
    bool is_well = scene->act(walk);
    walk_pass(walk);
    return is_well && (!scene->repair || scene->repair(walk)) && walk_settle(walk);
}

/* Launches a daemon that does all well without a fault. */
static void launch(walk_t *walk)
{
    static const struct fault none = {FAULT_syscall, EPERM};
    walk_choose(walk, &none, 0);
    cr_assert(walk_launch(walk) && walk_settle(walk) && play_once(walk));
}

/* Returns whether the fault has happened. */
static bool play(walk_t *walk, const struct fault *fault, long n)
{
    if (!walk_daemon(walk))
        launch(walk);
    walk_choose(walk, fault, n);
    play_once(walk);
    return walk_was_reached(walk);
}

static void walk_scene(const struct scene *chosen, long per_place)
{
    static const struct fault *const all[] = {faults_descriptors, faults_memory, faults_disk,
                                              faults_interruption, faults_process};
    ph_cleanup(walk_destroy) walk_t *walk = walk_new(chosen->configuration);
    scene = chosen;
    walk_hasten(walk, per_place);
    launch(walk);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (const struct fault *fault = all[i]; fault->error != 0; fault++)
            if (walk_has_seen(walk, fault->call))
                walk_calls(walk, fault, play);
    if (walk_daemon(walk))
        walk_end(walk, false);
}

/* Sends a command that may be refused, but not without a reason. */
static bool ask(walk_t *walk, const char *command, const char *properties)
{
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call_try(walk_daemon(walk), command, properties, &err);
    bool is_answered = reply || (err.message[0] && err.code != PH_TIMEOUT);
    if (!is_answered)
        walk_complain(walk, "'%s' %s: %s", command, properties, err.message);
    return is_answered;
}

/* Sends a command that must be done. */
static bool demand(walk_t *walk, const char *command, const char *properties)
{
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call_try(walk_daemon(walk), command, properties, &err);
    if (!reply)
        walk_complain(walk, "'%s' %s after the fault: %s", command, properties, err.message);
    return reply != NULL;
}

/* ---- children that die ---- */

static bool kill_children(walk_t *walk)
{
    walk_kill_children(walk);
    return walk_settle(walk);
}

/* It was us, whatever the daemon could not read. */
static bool kill_child_and_see_why(walk_t *walk)
{
    if (!kill_children(walk))
        return false;
    struct ph_error err;
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call_try(walk_daemon(walk), "why", "{'name': 'web'}", &err);
    const ph_value_t *watcher = ph_value_at(ph_value_get(ph_message_body(reply), "watchers"), 0);
    const ph_value_t *death = ph_value_at(ph_value_get(watcher, "deaths"), 0);
    const char *cause = ph_value_string(ph_value_get(death, "cause"), "?");
    bool is_true = strcmp(cause, "killed by SIGKILL") == 0;
    if (!is_true)
        walk_complain(walk, "the cause of its death is '%s'", reply ? cause : err.message);
    return is_true;
}

Test(fault_running, children_die)
{
    walk_scene(
        &(struct scene){.configuration = WEB "[plugin:logger]\nfilename = @DIR@/events\n" SOON,
                        .act = kill_children,
                        .repair = kill_child_and_see_why},
        10);
}

Test(fault_running, children_have_hooks_and_say_that_they_are_ready)
{
    walk_scene(&(struct scene){.configuration = "[watcher:web]\nshell = yes\nnotify_fd = 3\n"
                                                "cmd = echo >&3; exec sleep 1000\n"
                                                "hooks.before_spawn = true\n"
                                                "hooks.after_reap = true\n" SOON,
                               .act = kill_children},
               10);
}

/* Each time a look for orphans has to come first, and they are lazy. */
Test(fault_running, children_leave_others_behind)
{
    walk_scene(&(struct scene){.configuration = "[watcher:web]\nshell = yes\n"
                                                "cmd = setsid sleep 1000 & exec sleep 1000\n" SOON,
                               .act = kill_children},
               1);
}

/* ---- what children write ---- */

/* Waits until the daemon has read a line. */
static bool wait_read(walk_t *walk, const char *line)
{
    int64_t deadline = ph_clock_ms() + WAIT_MS;
    while (ph_clock_ms() < deadline) {
        struct ph_error err;
        ph_cleanup(ph_message_destroy) ph_message_t *reply =
            daemon_call_try(walk_daemon(walk), "logs", "{'name': 'web', 'lines': 5}", &err);
        ph_cleanup(ph_freep) char *json = reply ? ph_value_to_json(ph_message_body(reply)) : NULL;
        if (json && strstr(json, line))
            return true;
        if (!reply)
            break;
    }
    walk_complain(walk, "'%s' was not read", line);
    return false;
}

/* Has the child write a line of that number. It is long enough for the file to be set aside behind
 * every third. The caller frees the line. */
static char *write_line(walk_t *walk, int number)
{
    ph_cleanup(ph_freep) char *input = daemon_path(walk_daemon(walk), "input");
    ph_cleanup(ph_closep) int fd = fifo_open(input);
    char *line = ph_format("line %06d of what the child has to say, which is not much", number);
    fifo_write(fd, line);
    fifo_write(fd, "\n");
    return line;
}

static int lines_written;

static bool write_two_lines(walk_t *walk)
{
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_freep) char *line = write_line(walk, ++lines_written);
        if (!wait_read(walk, line))
            return false;
    }
    return ask(walk, "reopen", "{}");
}

static bool expect_line_in_file(walk_t *walk)
{
    ph_cleanup(ph_freep) char *out = daemon_path(walk_daemon(walk), "out");
    ph_cleanup(ph_freep) char *line = write_line(walk, ++lines_written);
    bool is_there = file_wait(out, line, WAIT_MS);
    if (!is_there)
        walk_complain(walk, "'%s' is not in the file", line);
    return is_there;
}

/* The pipe has its name as soon as the child holds it: what is written before would be lost. */
Test(fault_running, children_write)
{
    walk_scene(&(struct scene){.configuration = "[watcher:web]\nshell = yes\n"
                                                "cmd = mkfifo @DIR@/made; exec <>@DIR@/made; "
                                                "mv @DIR@/made @DIR@/input; exec cat\n"
                                                "stdout_stream.filename = @DIR@/out\n"
                                                "stdout_stream.max_bytes = 200\n"
                                                "stdout_stream.backup_count = 2\n" SOON,
                               .act = write_two_lines,
                               .repair = expect_line_in_file},
               10);
}

/* ---- commands ---- */

static bool run_commands(walk_t *walk)
{
    static const char *const commands[][2] = {
        {"stats", "{'name': 'web', 'extended': true}"},
        {"dstats", "{}"},
        {"why", "{'name': 'web'}"},
        {"incr", "{'name': 'web', 'waiting': true}"},
        {"decr", "{'name': 'web', 'waiting': true}"},
        {"restart", "{'name': 'web', 'waiting': true}"},
        {"reload", "{'name': 'web', 'waiting': true}"},
        {"signal", "{'name': 'web', 'signum': 'CONT', 'children': true}"},
        {"add", "{'name': 'more', 'cmd': 'sleep 1000', 'options': {'graceful_timeout': 1}, "
                "'start': true, 'waiting': true}"},
        {"rm", "{'name': 'more', 'waiting': true}"},
        {"set", "{'name': 'web', 'options': {'priority': 2}, 'save': true, 'waiting': true}"},
        {"set", "{'name': 'web', 'options': {'priority': 3}, 'save': true, 'waiting': true}"},
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (!ask(walk, commands[i][0], commands[i][1]))
            return false;
    return true;
}

static bool undo_commands(walk_t *walk)
{
    return ask(walk, "rm", "{'name': 'more', 'waiting': true}") &&
           demand(walk, "set",
                  "{'name': 'web', 'options': {'numprocesses': 1}, 'waiting': true}") &&
           demand(walk, "set", "{'name': 'web', 'options': {'priority': 1}, 'save': true}") &&
           demand(walk, "restart", "{'name': 'web', 'waiting': true}");
}

Test(fault_running, commands_are_given)
{
    walk_scene(&(struct scene){.configuration = WEB, .act = run_commands, .repair = undo_commands},
               6);
}

/* ---- the configuration ---- */

#define WITH(name)                                                                                 \
    WEB "[watcher:" name "]\ncmd = @CHILD@ print " name "\n" SOON                                  \
        "stdout_stream.filename = @DIR@/" name "\n"

static bool reload(walk_t *walk)
{
    static const char *const texts[] = {WITH("one"), WITH("other")};
    static unsigned turn;
    daemon_rewrite(walk_daemon(walk), texts[++turn % 2]);
    return ask(walk, "reloadconfig", "{'waiting': true}");
}

static bool reload_well(walk_t *walk)
{
    return demand(walk, "reloadconfig", "{'waiting': true}");
}

Test(fault_running, the_configuration_is_read_again)
{
    walk_scene(&(struct scene){.configuration = WITH("one"), .act = reload, .repair = reload_well},
               10);
}
