/* The harness that authors of plugins get: every test here uses nothing but its public header. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <plughost/harness.h>
#include <plughost/plughost.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(harness, .timeout = 60);

enum { WAIT_MS = 10000 };

static ph_harness_t *start(const char *configuration)
{
    struct ph_error err;
    static const struct ph_harness_settings settings = {.plugin_path = TEST_MODULES};
    ph_harness_t *harness = ph_harness_start(configuration, &settings, &err);
    cr_assert(harness, "%s", err.message);
    return harness;
}

static void stop(ph_harness_t **harness_p)
{
    struct ph_error err;
    cr_expect_eq(ph_harness_stop(harness_p, &err), 0, "%s", err.message);
    cr_expect_null(*harness_p);
}

static void expect_done(int outcome, const struct ph_error *err)
{
    cr_expect_eq(outcome, 0, "%s", err->message);
}

static void expect_text(const char *whole, const char *part)
{
    cr_expect(strstr(whole, part), "there is no '%s' in: %s", part, whole);
}

static void command(ph_harness_t *harness, const char *name, const char *watcher)
{
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", watcher);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(ph_harness_client(harness), name, properties, WAIT_MS, &err);
    cr_assert(reply, "%s", err.message);
}

/* Waits for the end of a process that is no child of ours. */
static bool wait_gone(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return true;
    struct pollfd item = {.fd = fd, .events = POLLIN};
    bool is_gone = poll(&item, 1, WAIT_MS) > 0;
    close(fd);
    return is_gone;
}

/* ---- from the first to the last moment ---- */

Test(harness, a_daemon_answers_and_ends_in_order_with_its_folder)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness = start("");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(ph_harness_client(harness), "ping", NULL, WAIT_MS, &err);
    cr_assert(reply, "%s", err.message);
    const ph_value_t *pid = ph_value_get(ph_message_body(reply), "pid");
    cr_expect_eq(ph_value_int(pid, 0), ph_harness_pid(harness));
    cr_expect_str_eq(ph_client_endpoint(ph_harness_client(harness)), ph_harness_endpoint(harness));

    char *dir = strdup(ph_harness_dir(harness));
    cr_expect_eq(access(dir, F_OK), 0);
    stop(&harness);
    cr_expect_neq(access(dir, F_OK), 0, "'%s' is left", dir);
    free(dir);
}

Test(harness, two_daemons_do_not_know_of_each_other)
{
    ph_cleanup(ph_harness_destroy) ph_harness_t *one = start("");
    ph_cleanup(ph_harness_destroy) ph_harness_t *other = start("");
    cr_expect_str_neq(ph_harness_endpoint(one), ph_harness_endpoint(other));
    pid_t pid = ph_harness_pid(one);
    stop(&one);
    cr_expect(wait_gone(pid));
    cr_expect_eq(kill(ph_harness_pid(other), 0), 0);
    stop(&other);
}

Test(harness, a_wrong_configuration_is_refused_in_the_words_of_the_daemon)
{
    struct ph_error err;
    ph_harness_t *harness = ph_harness_start("[watcher:web]\n", NULL, &err);
    cr_assert_null(harness);
    cr_expect_eq(err.code, PH_INVALID);
    expect_text(err.message, "plughostd did not start (exit status 2): ");
    expect_text(err.message, "cmd");
}

Test(harness, a_folder_without_plughostd_is_named)
{
    struct ph_error err;
    static const struct ph_harness_settings settings = {.bin_dir = "/nowhere"};
    cr_assert_null(ph_harness_start("", &settings, &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "there is no program 'plughostd' in '/nowhere'");
    cr_expect_str_eq(err.hint, "name the folder of plughost's programs with PLUGHOST_BIN");
}

Test(harness, the_variable_names_a_folder_and_no_other_is_taken)
{
    struct ph_error err;
    setenv("PLUGHOST_BIN", "/elsewhere", 1);
    cr_assert_null(ph_harness_start("", NULL, &err));
    cr_expect_str_eq(err.message, "there is no program 'plughostd' in '/elsewhere' (PLUGHOST_BIN)");
}

/* ---- what is not in order ---- */

Test(harness, a_daemon_that_was_killed_is_told)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness = start("");
    cr_assert_eq(kill(ph_harness_pid(harness), SIGKILL), 0);
    cr_expect_eq(ph_harness_stop(&harness, &err), -1);
    cr_expect_eq(err.code, PH_CONFLICT);
    expect_text(err.message, "plughostd was killed by signal 9; its log: ");
    cr_expect_null(harness);
}

Test(harness, a_wait_for_a_daemon_that_is_gone_ends_at_once)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness =
        start("[watcher:web]\ncmd = sleep 1000\nautostart = no\n");
    pid_t pid = ph_harness_pid(harness);
    cr_assert_eq(kill(pid, SIGKILL), 0);
    cr_assert(wait_gone(pid));
    cr_expect_eq(ph_harness_wait_status(harness, "web", "active", 3600000, &err), -1);
    cr_expect_eq(err.code, PH_UNAVAILABLE, "%s: %s", ph_code_name(err.code), err.message);
    cr_expect_null(ph_harness_wait_event(harness, "watcher.web.spawn", 2000, &err));
    cr_expect_eq(err.code, PH_UNAVAILABLE, "%s: %s", ph_code_name(err.code), err.message);
    cr_expect_eq(ph_harness_wait_log(harness, "never", 3600000, &err), -1);
    cr_expect_eq(err.code, PH_UNAVAILABLE, "%s: %s", ph_code_name(err.code), err.message);
}

/* The daemon is killed, and with it what would have ended the process that left its session. */
Test(harness, what_outlives_a_killed_daemon_is_killed)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness =
        start("[watcher:web]\nshell = yes\non_daemon_death = survive\n"
              "cmd = setsid sleep 1000 & echo $! > @DIR@/pid; wait\n");
    expect_done(ph_harness_wait_status(harness, "web", "active", WAIT_MS, &err), &err);
    char path[200], text[32] = "";
    (void)snprintf(path, sizeof path, "%s/pid", ph_harness_dir(harness));
    for (int i = 0; i < WAIT_MS && !strchr(text, '\n'); i++) {
        FILE *file = fopen(path, "r");
        if (file && !fgets(text, sizeof text, file))
            text[0] = '\0';
        if (file)
            (void)fclose(file);
        poll(NULL, 0, 1);
    }
    pid_t sleeper = (pid_t)strtol(text, NULL, 10);
    cr_assert(sleeper > 1, "the watcher has not written its file");
    cr_assert_eq(kill(ph_harness_pid(harness), SIGKILL), 0);
    cr_expect_eq(ph_harness_stop(&harness, NULL), -1);
    cr_expect(wait_gone(sleeper));
}

/* Starts a harness in a process of its own, which is killed when it has told the pid. */
Test(harness, a_test_that_is_killed_takes_its_daemon_along)
{
    int ends[2];
    pid_t daemon = 0;
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t test = fork();
    if (test == 0) {
        ph_harness_t *harness = ph_harness_start("", NULL, NULL);
        pid_t pid = harness ? ph_harness_pid(harness) : 0;
        if (write(ends[1], &pid, sizeof pid) == (ssize_t)sizeof pid)
            pause();
        _exit(1);
    }
    cr_assert_eq(read(ends[0], &daemon, sizeof daemon), (ssize_t)sizeof daemon);
    cr_assert(daemon > 0);
    cr_expect_eq(kill(daemon, 0), 0);
    cr_assert_eq(kill(test, SIGKILL), 0);
    cr_expect(wait_gone(daemon), "plughostd has outlived the test");
    waitpid(test, NULL, 0);
    close(ends[0]);
    close(ends[1]);
}

/* ---- waiting ---- */

Test(harness, a_state_is_waited_for_without_using_up_events)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness =
        start("[watcher:web]\ncmd = sleep 1000\nautostart = no\n");
    command(harness, "start", "web");
    expect_done(ph_harness_wait_status(harness, "web", "active", WAIT_MS, &err), &err);
    ph_cleanup(ph_event_destroy) ph_event_t *spawn =
        ph_harness_wait_event(harness, "watcher.web.spawn", WAIT_MS, &err);
    cr_assert(spawn, "%s", err.message);
    cr_expect_gt(ph_value_int(ph_value_get(ph_event_body(spawn), "process_pid"), 0), 1);
    stop(&harness);
}

Test(harness, what_does_not_happen_is_told_with_what_is)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness =
        start("[watcher:web]\ncmd = sleep 1000\nautostart = no\n");
    cr_expect_eq(ph_harness_wait_status(harness, "web", "active", 50, &err), -1);
    cr_expect_eq(err.code, PH_TIMEOUT);
    expect_text(err.message, "'web' did not become 'active' within 50 ms but is 'stopped'");
    cr_expect_eq(ph_harness_wait_reason(harness, "web", "no such thing", 50, &err), -1);
    expect_text(err.message, "'web' had no reason with 'no such thing' within 50 ms");
    cr_expect_null(ph_harness_wait_event(harness, "watcher.web.spawn", 50, &err));
    cr_expect_eq(err.code, PH_TIMEOUT);
    cr_expect_str_eq(err.message, "there was no event 'watcher.web.spawn' within 50 ms");
    cr_expect_eq(ph_harness_wait_log(harness, "no such line", 50, &err), -1);
    cr_expect_eq(err.code, PH_TIMEOUT);
    expect_text(err.message, "no 'no such line' came into the log within 50 ms; it ends: ");
    cr_expect_eq(ph_harness_wait_status(harness, "nobody", "active", 50, &err), -1);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    stop(&harness);
}

Test(harness, the_reason_of_a_plugin_that_cannot_run_is_waited_for)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness =
        start("[plugin:fails_init]\nreason = the database is not there\n");
    expect_done(ph_harness_wait_reason(harness, "plugin:fails_init", "the database is not there",
                                       WAIT_MS, &err),
                &err);
    stop(&harness);
}

Test(harness, the_log_is_read_and_waited_for)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness = start("[plugin:talker]\nlines = 3\n");
    expect_done(ph_harness_wait_log(harness, "plugin:talker: line 2", WAIT_MS, &err), &err);
    char *log = ph_harness_log(harness);
    expect_text(log, "plugin:talker: line 0");
    free(log);
    stop(&harness);
}

/* ---- a plugin without a daemon ---- */

Test(harness, the_runner_is_run_with_its_output_and_status)
{
    struct ph_error err;
    char *output = NULL;
    static const char *const version[] = {"--version", NULL};
    cr_expect_eq(ph_harness_run_plugin(version, WAIT_MS, &output, &err), 0);
    expect_text(output, "plughost-plugin " PH_VERSION);
    free(output);

    static const char *const usage[] = {"--no-such-option", NULL};
    cr_expect_eq(ph_harness_run_plugin(usage, WAIT_MS, &output, &err), 2);
    expect_text(output, "no-such-option");
    free(output);
}

Test(harness, a_runner_that_does_not_end_is_killed)
{
    struct ph_error err;
    ph_cleanup(ph_harness_destroy) ph_harness_t *harness = start("");
    const char *words[] = {
        "--endpoint", ph_harness_endpoint(harness), "--plugin-path", TEST_MODULES, "talker", NULL};
    char *output = NULL;
    cr_expect_eq(ph_harness_run_plugin(words, 200, &output, &err), -1);
    cr_expect_eq(err.code, PH_TIMEOUT);
    cr_expect_str_eq(err.message, "plughost-plugin has not ended within 200 ms");
    cr_expect_null(output);
    stop(&harness);
}
