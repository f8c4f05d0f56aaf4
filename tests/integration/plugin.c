/* Plugins: what reaches them, what they can do, and what is said of those that cannot run. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(plugin, .timeout = 60);

/* ---- plugins that cannot run ---- */

static void expect_error_event(daemon_t *daemon, const char *name, const char *sentence)
{
    ph_cleanup(ph_freep) char *topic = ph_format("watcher.plugin:%s.error", name);
    ph_cleanup(ph_event_destroy) ph_event_t *error = daemon_wait_event(daemon, topic, 10000);
    cr_expect(strstr(event_text(error, "reason"), sentence), "the error event says: %s",
              event_text(error, "reason"));
}

/* Starts a plugin of plugin_faults.ini, and checks that status and log say why it cannot run. */
static void expect_failed(daemon_t *daemon, const char *name, const char *sentence)
{
    daemon_wait_status(daemon, name, "failed", 10000);
    struct watcher_state state = daemon_status(daemon, name);
    cr_expect(strstr(state.reason, sentence), "status says: %s", state.reason);

    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    ph_cleanup(ph_freep) char *line = ph_format("plugin:%s: ", name);
    cr_expect(strstr(log, line) && strstr(log, sentence), "the log says:\n%s", log);
}

static void expect_fault(const char *name, const char *sentence)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("plugin_faults.ini");
    daemon_do(daemon, "start", name, false);
    expect_error_event(daemon, name, sentence);
    expect_failed(daemon, name, sentence);
}

Test(plugin, a_failing_handle_init_is_reported_with_its_reason)
{
    expect_fault("fails_init", "handle_init failed: the database is not there");
}

Test(plugin, a_failing_handle_init_without_a_reason_is_reported_too)
{
    expect_fault("silent", "handle_init failed without giving a reason");
}

Test(plugin, a_missing_module_is_reported_with_the_folders_searched)
{
    expect_fault("missing", "module 'missing' is missing: no file 'missing.so' in " TEST_MODULES);
}

Test(plugin, a_module_for_a_newer_abi_is_told_to_wait_for_a_newer_plughost)
{
    expect_fault("new_abi", "module '" TEST_MODULES "/new_abi.so' needs plugin ABI 99, this "
                            "plughost " PH_VERSION " has 1: upgrade plughost");
}

Test(plugin, a_module_for_an_older_abi_is_told_to_be_built_again)
{
    expect_fault("old_abi", "module '" TEST_MODULES "/old_abi.so' was built for plugin ABI 0, this "
                            "plughost " PH_VERSION " has 1: build the module again");
}

Test(plugin, an_unknown_symbol_is_reported_by_name)
{
    expect_fault("unknown_symbol", "undefined symbol: function_that_nobody_has");
}

Test(plugin, a_shared_object_that_is_no_plugin_is_reported)
{
    expect_fault("not_a_plugin", "'" TEST_MODULES "/not_a_plugin.so' is no plughost module: it has "
                                 "no 'ph_plugin_module'");
}

Test(plugin, a_plugin_that_crashes_in_handle_init_is_reported_by_its_signal)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("plugin_faults.ini");
    daemon_do(daemon, "start", "crashes", false);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.plugin:crashes.reap", 10000);
    cr_expect_eq((int)event_number(reap, "exit_code"), -SIGSEGV);
    expect_failed(daemon, "crashes", "killed by SIGSEGV");
}

Test(plugin, the_faults_of_plugins_do_not_touch_others)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("plugin_faults.ini");
    pid_t bystander = daemon_wait_started(daemon, "bystander", 5000);
    daemon_do(daemon, "start", NULL, false);
    daemon_wait_status(daemon, "crashes", "failed", 10000);
    daemon_wait_status(daemon, "fails_init", "failed", 10000);
    cr_expect_eq(daemon_status(daemon, "bystander").pid, bystander);
    cr_expect_eq(daemon_status(daemon, "bystander").restarts, 0);
}

Test(plugin, a_start_that_waits_is_refused_with_the_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("plugin_faults.ini");
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "start", "fails_init", true, &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect(strstr(err.message, "plugin:fails_init"), "%s", err.message);
    cr_expect(strstr(err.message, "the database is not there"), "%s", err.message);
}

/* ---- callbacks ---- */

#define PROBE "[plugin:probe]\nrecord = @DIR@/record\n"

static void expect_record(daemon_t *daemon, const char *line)
{
    free(daemon_wait_file(daemon, "record", line, 10000));
}

Test(plugin, commands_can_be_called_in_every_callback)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PROBE "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n");
    expect_record(daemon, "probe init: version ok\n");
    daemon_wait_status(daemon, "probe", "active", 5000);
    daemon_do(daemon, "start", "web", false);
    expect_record(daemon, "probe recv: list ok\n");
    daemon_do(daemon, "stop", "probe", true);
    expect_record(daemon, "probe stop: ping ok\n");
}

Test(plugin, it_receives_the_events_of_others)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PROBE "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n");
    daemon_wait_status(daemon, "probe", "active", 5000);
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "stop", "web", true);
    expect_record(daemon, "probe recv: watcher.web.spawn\n");
    expect_record(daemon, "probe recv: watcher.web.reap\n");
    expect_record(daemon, "probe recv: watcher.web.stop\n");
}

Test(plugin, handle_stop_runs_on_a_stop_command_and_the_plugin_ends_with_0)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PROBE "autostart = no\n");
    daemon_do(daemon, "start", "probe", true);
    daemon_do(daemon, "stop", "probe", true);
    expect_record(daemon, "probe stop: ping ok\n");
    cr_expect(text_ends(daemon_status(daemon, "probe").reason, "(exit status 0)"));
}

Test(plugin, a_stop_is_a_message_and_needs_no_signal)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PROBE "autostart = no\n");
    daemon_do(daemon, "start", "probe", true);
    daemon_do(daemon, "stop", "probe", false);
    ph_cleanup(ph_event_destroy) ph_event_t *kill_event =
        daemon_wait_event(daemon, "watcher.plugin:probe.kill", 5000);
    cr_expect_str_eq(event_text(kill_event, "signal"), "stop");
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.plugin:probe.reap", 5000);
    cr_expect_eq(ph_event_seq(reap), ph_event_seq(kill_event) + 1);
}

/* Sends a signal to the plugin itself, as a person would. */
static void expect_orderly_stop(int number)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PROBE "autostart = no\n");
    daemon_do(daemon, "start", "probe", true);
    cr_assert_eq(kill(daemon_wait_started(daemon, "probe", 5000), number), 0);
    expect_record(daemon, "probe stop: ping ok\n");
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.plugin:probe.reap", 5000);
    cr_expect_eq((int)event_number(reap, "exit_code"), 0);
    daemon_wait_started(daemon, "probe", 5000);
}

Test(plugin, handle_stop_runs_on_sigterm)
{
    expect_orderly_stop(SIGTERM);
}

Test(plugin, handle_stop_runs_on_sigint)
{
    expect_orderly_stop(SIGINT);
}

Test(plugin, handle_stop_runs_on_a_restart)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PROBE);
    pid_t first = daemon_wait_started(daemon, "probe", 5000);
    daemon_do(daemon, "restart", "probe", true);
    expect_record(daemon, "probe stop: ping ok\n");
    cr_expect_neq(daemon_status(daemon, "probe").pid, first);
}

Test(plugin, the_command_reopen_reaches_handle_reopen)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PROBE "autostart = no\n");
    daemon_do(daemon, "start", "probe", true);
    daemon_do(daemon, "reopen", "probe", false);
    expect_record(daemon, "probe reopen: done\n");
}

Test(plugin, sighup_reaches_handle_reopen)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PROBE "autostart = no\n");
    daemon_do(daemon, "start", "probe", true);
    pid_t pid = daemon_wait_started(daemon, "probe", 5000);
    cr_assert_eq(kill(pid, SIGHUP), 0);
    expect_record(daemon, "probe reopen: done\n");
    cr_expect_eq(daemon_status(daemon, "probe").pid, pid);
}

Test(plugin, its_log_lines_reach_the_log_of_the_daemon_under_its_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PROBE);
    daemon_wait_log(daemon, "plugin:probe: the probe is up", 10000);
}

Test(plugin, two_sections_can_use_one_module)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:left]\nuse = probe\nrecord = @DIR@/record\n"
                          "[plugin:right]\nuse = @MODULES@/probe.so\nrecord = @DIR@/record\n");
    expect_record(daemon, "left init: version ok\n");
    expect_record(daemon, "right init: version ok\n");
}

Test(plugin, a_module_of_the_built_in_folder_is_found)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:hello]\ngreeting = good morning\nautostart = no\n"
                          "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n");
    daemon_do(daemon, "start", "hello", true);
    daemon_do(daemon, "start", "web", true);
    daemon_wait_log(daemon, "plugin:hello: good morning, web!", 5000);
}

Test(plugin, starts_and_stops_leave_no_descriptor_behind)
{
    enum { TRIES = 10000 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PROBE "autostart = no\n");
    size_t before = process_descriptors(daemon_pid(daemon));
    for (int i = 0; i < 20; i++) {
        daemon_do(daemon, "start", "probe", true);
        daemon_do(daemon, "stop", "probe", true);
    }
    /* libzmq's thread closes its connections some time: there is no event to wait for. */
    for (int i = 0; i < TRIES && process_descriptors(daemon_pid(daemon)) > before; i++)
        daemon_do(daemon, "ping", NULL, false);
    cr_expect_leq(process_descriptors(daemon_pid(daemon)), before);
}

Test(plugin, failures_before_it_says_hello_leave_no_descriptor_behind)
{
    enum { TRIES = 10000 };
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:missing]\nautostart = no\nrestart_delay = 0.001\n"
                          "restart_delay_max = 0.001\nmax_restarts = 20\n");
    size_t before = process_descriptors(daemon_pid(daemon));
    daemon_do(daemon, "start", "missing", false);
    daemon_wait_status(daemon, "missing", "failed", 20000);
    for (int i = 0; i < TRIES && process_descriptors(daemon_pid(daemon)) > before; i++)
        daemon_do(daemon, "ping", NULL, false);
    cr_expect_leq(process_descriptors(daemon_pid(daemon)), before);
}

/* ---- options ---- */

/* Byte for byte what stands behind `KEY =`, without the blanks around it. */
static const struct option {
    const char *key;
    const char *value;
} awkward[] = {
    {"spaces", "two  and   three"},
    {"quotes", "\"double\" and 'single'"},
    {"half_quote", "\"to be"},
    {"colon", "http://host:80/:x"},
    {"percent", "100% %(name)s %% %s"},
    {"equals", "a=b == c="},
    {"comment", "a # b ; c // d"},
    {"backslash", "C:\\new\\table \\"},
    {"brackets", "[section] $HOME ${HOME} $(date)"},
    {"utf8", "Grüße, 世界 🌍"},
    {"tab", "a\tb"},
    {"comma", "a, b,c"},
};
enum { AWKWARD = sizeof awkward / sizeof awkward[0] };

/* Returns the text of a section with all awkward options; the caller frees it. */
static char *make_section(void)
{
    char *text = ph_strdup("[plugin:probe]\ndump = @DIR@\nkeys =");
    for (size_t i = 0; i < AWKWARD; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s %s", before, awkward[i].key);
    }
    for (size_t i = 0; i < AWKWARD; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s\n%s =  %s", before, awkward[i].key, awkward[i].value);
    }
    ph_cleanup(ph_freep) char *before = text;
    return ph_format("%s\n", before);
}

static void expect_dumped(daemon_t *daemon, const char *key, const char *value)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, key);
    cr_assert(file_wait_exists(path, 10000), "'%s' was not written", path);
    ph_cleanup(ph_freep) char *dumped = file_read(path);
    cr_expect(strcmp(dumped, value) == 0, "%s is '%.200s' instead of '%.200s'", key, dumped, value);
}

Test(plugin, its_options_reach_it_byte_for_byte)
{
    ph_cleanup(ph_freep) char *section = make_section();
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(section);
    for (size_t i = 0; i < AWKWARD; i++)
        expect_dumped(daemon, awkward[i].key, awkward[i].value);
}

Test(plugin, a_value_of_64_kib_reaches_it_whole)
{
    enum { SIZE = 64 << 10 };
    ph_cleanup(ph_freep) char *value = ph_calloc(1, SIZE + 1);
    for (size_t i = 0; i < SIZE; i++)
        value[i] = (char)('!' + i % ('~' - '!'));
    ph_cleanup(ph_freep) char *section =
        ph_format("[plugin:probe]\ndump = @DIR@\nkeys = long\nlong = %s\n", value);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(section);
    expect_dumped(daemon, "long", value);
}

Test(plugin, an_empty_option_is_an_empty_text)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:probe]\ndump = @DIR@\nkeys = empty none\nempty =\n");
    expect_dumped(daemon, "empty", "");
    expect_dumped(daemon, "none", "(not set)");
}

Test(plugin, nothing_of_its_options_or_token_stands_in_its_command_line)
{
    static const char runner[] = TEST_RUNNER;
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:probe]\npassword = secret\n");
    pid_t pid = daemon_wait_started(daemon, "probe", 5000);
    ph_cleanup(ph_freep) char *path = ph_format("/proc/%d/cmdline", (int)pid);
    ph_cleanup(ph_freep) char *words = file_read(path);
    const char *name = words + strlen(words) + 1;
    cr_expect_str_eq(words, runner);
    cr_expect_str_eq(name, "probe");
    cr_expect_str_eq(name + strlen(name) + 1, "", "there is a third word");
}

Test(plugin, it_is_executed_with_the_variables_of_its_env_sections)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[env:plugin:*]\nPLUGHOST_TEST = yes\n[plugin:probe]\n");
    pid_t pid = daemon_wait_started(daemon, "probe", 5000);
    ph_cleanup(ph_freep) char *path = ph_format("/proc/%d/environ", (int)pid);
    ph_cleanup(ph_freep) char *words = file_read(path);
    bool is_there = false;
    for (const char *word = words; *word; word += strlen(word) + 1)
        is_there |= strcmp(word, "PLUGHOST_TEST=yes") == 0;
    cr_expect(is_there);
}
