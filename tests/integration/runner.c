/* plughost-plugin by hand, in a terminal beside a running daemon. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(runner, .timeout = 60);

enum { MAX_WORDS = 16 };

#define QUIET "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"

/* Starts plughost-plugin against the daemon. The words end with NULL. */
static program_t *start_runner(const daemon_t *daemon, const char *const *words)
{
    const char *argv[MAX_WORDS] = {TEST_RUNNER, "--endpoint", daemon_endpoint(daemon),
                                   "--plugin-path", TEST_MODULES};
    for (size_t count = 5; *words; words++)
        argv[count++] = *words;
    return program_start(&(struct program_spec){.argv = argv});
}

/* Starts the probe with a record, and waits until it runs. */
static program_t *start_probe(daemon_t *daemon, const char *pubsub)
{
    ph_cleanup(ph_freep) char *record = ph_format("record=%s/record", daemon_dir(daemon));
    const char *with_pubsub[] = {"--pubsub", pubsub, "--option", record, "probe", NULL};
    program_t *runner = start_runner(daemon, pubsub ? with_pubsub : with_pubsub + 2);
    free(daemon_wait_file(daemon, "record", "probe init: version ok\n", 10000));
    return runner;
}

/* The subscription is active before handle_init, so the first event arrives. */
static void expect_events(daemon_t *daemon)
{
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "record", "probe recv: watcher.web.spawn\n", 10000));
}

static void expect_orderly_end(program_t *runner, int number)
{
    program_signal(runner, number);
    cr_expect_eq(program_wait(runner, 10000), 0, "%s", program_err(runner));
}

static void expect_end_by(int number, const char *pubsub_file)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    ph_cleanup(ph_freep) char *pubsub =
        pubsub_file ? ph_format("ipc://%s/%s", daemon_dir(daemon), pubsub_file) : NULL;
    ph_cleanup(program_destroy) program_t *runner = start_probe(daemon, pubsub);
    expect_events(daemon);
    expect_orderly_end(runner, number);
    free(daemon_wait_file(daemon, "record", "probe stop: ping ok\n", 1000));
}

Test(runner, ctrl_c_runs_handle_stop_and_ends_with_0)
{
    expect_end_by(SIGINT, NULL);
}

Test(runner, sigterm_runs_handle_stop_and_ends_with_0)
{
    expect_end_by(SIGTERM, NULL);
}

Test(runner, the_publisher_can_be_given)
{
    expect_end_by(SIGINT, "run/pubsub.sock");
}

Test(runner, sighup_runs_handle_reopen)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    ph_cleanup(program_destroy) program_t *runner = start_probe(daemon, NULL);
    program_signal(runner, SIGHUP);
    free(daemon_wait_file(daemon, "record", "probe reopen: done\n", 10000));
}

Test(runner, options_reach_the_plugin_byte_for_byte)
{
    static const char value[] = " a = \"b\" : 'c' % # ; Grüße ";
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    ph_cleanup(ph_freep) char *option = ph_format("key=%s", value);
    ph_cleanup(ph_freep) char *dump = ph_format("dump=%s", daemon_dir(daemon));
    const char *const words[] = {"--option", option,     "--option", dump,
                                 "--option", "keys=key", "probe",    NULL};
    ph_cleanup(program_destroy) program_t *runner = start_runner(daemon, words);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "key");
    cr_assert(file_wait_exists(path, 10000));
    ph_cleanup(ph_freep) char *dumped = file_read(path);
    cr_expect_str_eq(dumped, value);
    expect_orderly_end(runner, SIGTERM);
}

Test(runner, its_log_lines_go_to_the_terminal_and_to_the_daemon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    ph_cleanup(program_destroy) program_t *runner = start_probe(daemon, NULL);
    cr_expect(program_wait_err(runner, "probe: info: the probe is up\n", 5000));
    daemon_wait_log(daemon, "the probe is up", 5000);
}

Test(runner, the_endpoint_can_come_from_the_environment)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    ph_cleanup(ph_freep) char *variable =
        ph_format("PLUGHOST_ENDPOINT=%s", daemon_endpoint(daemon));
    const char *const env[] = {variable, NULL};
    const char *const argv[] = {TEST_RUNNER, "-I", TEST_MODULES, "probe", NULL};
    ph_cleanup(program_destroy) program_t *runner =
        program_start(&(struct program_spec){.argv = argv, .env = env});
    daemon_wait_log(daemon, "the probe is up", 10000);
    expect_orderly_end(runner, SIGTERM);
}

Test(runner, a_module_can_have_another_name_than_the_plugin)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    ph_cleanup(ph_freep) char *record = ph_format("record=%s/record", daemon_dir(daemon));
    const char *const words[] = {"--module", TEST_MODULES "/probe.so", "-o", record, "other", NULL};
    ph_cleanup(program_destroy) program_t *runner = start_runner(daemon, words);
    free(daemon_wait_file(daemon, "record", "other init: version ok\n", 10000));
    expect_orderly_end(runner, SIGTERM);
}

/* ---- the daemon goes and comes ---- */

static program_t *start_workshop(const daemon_t *daemon)
{
    static const char *const words[] = {"-o", "needed=x", "workshop", NULL};
    program_t *runner = start_runner(daemon, words);
    cr_assert(program_wait_err(runner, "the workshop opens colour=\"dark red\" size=7\n", 10000));
    return runner;
}

/* Kills the daemon; daemon_kill would wait for the runner, which is our child, too. */
static void kill_daemon(daemon_t *daemon)
{
    cr_assert_eq(kill(daemon_pid(daemon), SIGKILL), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), -SIGKILL);
}

/* The log of the old daemon goes, so that the line of the next one is its own. */
static void launch_again(daemon_t *daemon)
{
    cr_assert_eq(unlink(daemon_log_file(daemon)), 0);
    daemon_launch(daemon, NULL);
    daemon_wait_log(daemon, " listens on ", 10000);
    daemon_await(daemon);
}

Test(runner, a_plugin_waits_for_the_daemon_and_goes_on_when_it_is_back)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    ph_cleanup(program_destroy) program_t *runner = start_workshop(daemon);
    kill_daemon(daemon);
    launch_again(daemon);
    cr_expect(program_wait_err(runner, "workshop: warning: missed 0, new epoch\n", 10000), "%s",
              program_err(runner));
    expect_orderly_end(runner, SIGTERM);
}

Test(runner, a_plugin_without_a_daemon_can_be_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    ph_cleanup(program_destroy) program_t *runner = start_workshop(daemon);
    kill_daemon(daemon);
    expect_orderly_end(runner, SIGTERM);
    launch_again(daemon);
}

/* ---- self-test ---- */

static void expect_selftest(const char *const *words, int status, const char *text)
{
    const char *argv[MAX_WORDS] = {TEST_RUNNER, "--selftest", "-I", TEST_MODULES};
    for (size_t count = 4; *words; words++)
        argv[count++] = *words;
    ph_cleanup(program_destroy) program_t *runner = program_run(argv, NULL);
    cr_expect_eq(program_wait(runner, 0), status);
    cr_expect(strstr(program_out(runner), text) || strstr(program_err(runner), text), "%s%s",
              program_out(runner), program_err(runner));
}

Test(runner, a_selftest_prints_what_a_module_has)
{
    static const char *const workshop[] = {"workshop", NULL};
    expect_selftest(workshop, 0, "version: 1.0\nsummary: Does everything once.\n");
    expect_selftest(workshop, 0, "  level: int from 1 to 9; default '3'\n      How.\n");
    expect_selftest(workshop, 0, "  needed: text; required\n");
    expect_selftest(workshop, 0, "  add: Adds two numbers.\n      a: int; required; the one\n");
    expect_selftest(workshop, 0, "topics: 'watcher.'\n");
    expect_selftest(workshop, 0,
                    "callbacks: handle_init handle_batch handle_gap handle_reconfigure "
                    "handle_stop\n");
}

Test(runner, a_selftest_checks_the_options_that_are_given)
{
    static const char *const good[] = {"-o", "needed=x", "-o", "level=9", "workshop", NULL};
    static const char *const bad[] = {"-o", "needed=x", "-o", "level=0", "workshop", NULL};
    static const char *const unknown[] = {"-o", "need=x", "workshop", NULL};
    expect_selftest(good, 0, "options:");
    expect_selftest(bad, 1, "option 'level': '0' is not within 1 to 9");
    expect_selftest(unknown, 1, "option 'need' is not known\nhint: did you mean 'needed'?");
}

Test(runner, a_selftest_refuses_what_is_no_sound_module)
{
    static const char *const new_abi[] = {"new_abi", NULL};
    static const char *const not_a_plugin[] = {"not_a_plugin", NULL};
    static const char *const missing[] = {"missing", NULL};
    expect_selftest(new_abi, 1, "needs plugin ABI 99");
    expect_selftest(not_a_plugin, 1, "is no plughost module");
    expect_selftest(missing, 1, "module 'missing' is missing");
}

/* ---- failures ---- */

static void expect_failure(const daemon_t *daemon, const char *const *words, const char *message)
{
    ph_cleanup(program_destroy) program_t *runner = start_runner(daemon, words);
    cr_expect_eq(program_wait(runner, 10000), 1);
    cr_expect(strstr(program_err(runner), message), "%s", program_err(runner));
}

Test(runner, a_plugin_that_cannot_run_says_why_on_the_terminal)
{
    static const char *const fails_init[] = {"-o", "reason=no database", "fails_init", NULL};
    static const char *const missing[] = {"missing", NULL};
    static const char *const new_abi[] = {"new_abi", NULL};
    static const char *const unknown_symbol[] = {"unknown_symbol", NULL};
    static const char *const not_a_plugin[] = {"not_a_plugin", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    expect_failure(daemon, fails_init, "plughost-plugin: handle_init failed: no database\n");
    expect_failure(daemon, missing, "module 'missing' is missing: no file 'missing.so' in ");
    expect_failure(daemon, new_abi, "upgrade plughost\nhint: ");
    expect_failure(daemon, unknown_symbol, "undefined symbol: function_that_nobody_has");
    expect_failure(daemon, not_a_plugin, "is no plughost module");
}

Test(runner, without_a_daemon_it_ends_with_3_and_names_the_endpoint)
{
    static const char *const argv[] = {TEST_RUNNER, "--endpoint", "ipc:///nowhere/endpoint.sock",
                                       "-I",        TEST_MODULES, "probe",
                                       NULL};
    ph_cleanup(program_destroy) program_t *runner = program_run(argv, NULL);
    cr_expect_eq(program_wait(runner, 0), 3);
    cr_expect(strstr(program_err(runner), "no plughostd at ipc:///nowhere/endpoint.sock: "), "%s",
              program_err(runner));
    cr_expect(strstr(program_err(runner), "hint: start it with 'plughostd FILE'"), "%s",
              program_err(runner));
}

static void expect_usage_error(const char *const *argv, const char *message)
{
    ph_cleanup(program_destroy) program_t *runner = program_run(argv, NULL);
    cr_expect_eq(program_wait(runner, 0), 2);
    cr_expect(strstr(program_err(runner), message), "%s", program_err(runner));
    cr_expect(strstr(program_err(runner), "plughost-plugin"), "%s", program_err(runner));
}

Test(runner, wrong_usage_ends_with_2)
{
    static const char *const nothing[] = {TEST_RUNNER, NULL};
    static const char *const two[] = {TEST_RUNNER, "a", "b", NULL};
    static const char *const unknown[] = {TEST_RUNNER, "--frobnicate", "a", NULL};
    static const char *const option[] = {TEST_RUNNER, "--option", "novalue", "a", NULL};
    expect_usage_error(nothing, "the plugin's NAME is missing");
    expect_usage_error(two, "more than one NAME was given");
    expect_usage_error(unknown, "--frobnicate");
    expect_usage_error(option, "--option 'novalue' is not KEY=VALUE");
}

Test(runner, version_tells_protocol_and_abi)
{
    static const char *const argv[] = {TEST_RUNNER, "--version", NULL};
    ph_cleanup(program_destroy) program_t *runner = program_run(argv, NULL);
    cr_expect_eq(program_wait(runner, 0), 0);
    cr_expect_str_eq(program_out(runner),
                     "plughost-plugin " PH_VERSION " (protocol 1, plugin ABI 1)\n");
}
