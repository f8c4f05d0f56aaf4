/* Hooks that are methods of a plugin. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(hook_methods, .timeout = 60);

#define GUARD "[plugin:guard]\nrecord = @DIR@/record\n"
#define WEB "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"

static void expect_record(daemon_t *daemon, const char *line)
{
    free(daemon_wait_file(daemon, "record", line, 10000));
}

Test(hook_methods, a_method_is_told_what_a_command_would_be_told)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(GUARD WEB "hooks.before_start = plugin:guard allow\n"
                                    "hooks.before_signal = plugin:guard allow\n"
                                    "hooks.after_reap = plugin:guard allow\n");
    daemon_do(daemon, "start", "web", true);
    expect_record(daemon, "allowed before_start web signal=- exit_code=-1000\n");
    daemon_do(daemon, "stop", "web", true);
    expect_record(daemon, "allowed before_signal web signal=SIGTERM exit_code=-1000\n");
    expect_record(daemon, "allowed after_reap web signal=- exit_code=-15\n");
}

Test(hook_methods, a_method_that_refuses_vetoes_with_its_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(GUARD WEB "hooks.before_start = plugin:guard refuse\n");
    struct ph_error err;
    daemon_wait_status(daemon, "guard", "active", 5000);
    cr_assert_null(daemon_try(daemon, "start", "web", true, &err));
    cr_expect(strstr(err.message, "hook before_start: not before noon"), "%s", err.message);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.web.hook_failure", 5000);
    cr_expect_str_eq(event_text(event, "error"), "not before noon");
}

Test(hook_methods, with_ignore_a_refusal_is_only_told)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(GUARD WEB "hooks.before_start = plugin:guard refuse, ignore\n");
    daemon_do(daemon, "start", "web", true);
    daemon_pass_event(daemon, "watcher.web.hook_failure", 5000);
    expect_record(daemon, "refused");
}

Test(hook_methods, a_method_that_does_not_answer_in_time_has_failed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(GUARD WEB "hooks.before_start = plugin:guard hang\nhook_timeout = 0.2\n");
    struct ph_error err;
    daemon_wait_status(daemon, "guard", "active", 5000);
    cr_assert_null(daemon_try(daemon, "start", "web", true, &err));
    cr_expect(strstr(err.message, "plugin 'guard' has not answered 'hang': its time is over"), "%s",
              err.message);
}

Test(hook_methods, at_the_start_a_hook_waits_until_its_plugin_is_ready)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\npriority = 5\n"
                          "hooks.before_start = plugin:guard allow\n" GUARD);
    expect_record(daemon, "allowed before_start web");
    daemon_wait_status(daemon, "web", "active", 5000);
}

Test(hook_methods, a_stopped_plugin_and_an_unknown_method_are_failures)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[plugin:guard]\nautostart = no\n" WEB "hooks.before_start = plugin:guard alow\n");
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "start", "web", true, &err));
    cr_expect(strstr(err.message, "plugin 'guard' is stopped"), "%s", err.message);
    daemon_do(daemon, "start", "guard", true);
    cr_assert_null(daemon_try(daemon, "start", "web", true, &err));
    cr_expect(strstr(err.message, "plugin 'guard' has no method 'alow'"), "%s", err.message);
}

Test(hook_methods, a_plugin_that_dies_in_a_hook_is_named_with_its_death)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(GUARD WEB "hooks.before_start = plugin:guard hang\n");
    pid_t guard = daemon_wait_started(daemon, "guard", 5000);
    daemon_wait_status(daemon, "guard", "active", 5000);
    daemon_do(daemon, "start", "web", false);
    expect_record(daemon, "hangs");
    cr_assert_eq(kill(guard, SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.web.hook_failure", 5000);
    cr_expect_str_eq(event_text(event, "error"),
                     "plugin 'guard' has not answered 'hang': it died: killed by SIGKILL");
}
