/* What a plan tells, and that apply does just that. */
#include "reloadconfig.h"

TestSuite(reloadconfig_plan, .timeout = 60);

/* ---- plan and apply ---- */

Test(reloadconfig_plan, a_plan_tells_what_would_be_done_to_each_watcher_and_does_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB API "[watcher:quiet]\ncmd = x\nautostart = no\n");
    pid_t api = await_active(daemon, "api");
    await_active(daemon, "web");
    daemon_rewrite(daemon, WEB "numprocesses = 3\nstartsecs = 1\n[watcher:quiet]\ncmd = y\n"
                               "autostart = no\n[watcher:new]\ncmd = sleep 1\n");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "start", "2 processes more");
    expect_step(plan, "api", "stop", "the configuration does not have it any more");
    expect_step(plan, "quiet", "nothing", "it is stopped, and stays so");
    expect_step(plan, "new", "start", "it is new");
    ph_cleanup(ph_freep) char *changes =
        ph_value_to_json(ph_value_get(find_step(plan, "web"), "changes"));
    cr_expect_str_eq(
        changes, "[{\"option\":\"numprocesses\",\"from\":\"1\",\"to\":\"3\",\"needs\":\"nothing\"},"
                 "{\"option\":\"startsecs\",\"from\":\"0\",\"to\":\"1\",\"needs\":\"nothing\"}]");
    cr_expect_eq(pid_of(daemon, "api"), api);
    expect_option(daemon, "web", "numprocesses", "1");
}

static char *plan_of(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    return ph_strdup(reply_text(plan, "plan"));
}

Test(reloadconfig_plan, apply_does_what_the_plan_said_or_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    daemon_rewrite(daemon, WEB "nice = 3\n" API);
    ph_cleanup(ph_freep) char *plan = plan_of(daemon);
    ph_cleanup(ph_freep) char *apply = ph_format("{'plan': '%s', 'waiting': true}", plan);

    daemon_rewrite(daemon, WEB "nice = 3\n" API "nice = 3\n");
    struct ph_error err = daemon_call_refused(daemon, "apply", apply);
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect(strstr(err.message, "is out of date"), "%s", err.message);
    cr_expect_eq(pid_of(daemon, "web"), web);

    daemon_rewrite(daemon, WEB "nice = 3\n" API);
    daemon_call_do(daemon, "apply", apply);
    cr_expect_neq(pid_of(daemon, "web"), web);
    cr_expect_eq(pid_of(daemon, "api"), api);
    daemon_call_refused(daemon, "apply", apply);
}

Test(reloadconfig_plan, a_plan_is_out_of_date_when_a_watcher_has_changed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    await_active(daemon, "web");
    daemon_rewrite(daemon, WEB "nice = 3\n");
    ph_cleanup(ph_freep) char *plan = plan_of(daemon);
    ph_cleanup(ph_freep) char *apply = ph_format("{'plan': '%s'}", plan);
    daemon_do(daemon, "stop", "web", true);
    daemon_call_refused(daemon, "apply", apply);
}

Test(reloadconfig_plan, the_daemon_tells_that_it_has_read_its_configuration_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    await_active(daemon, "web");
    reload(daemon, "[watcher:web]\ncmd = sleep 1000\nstop_signal = INT\n");
    ph_cleanup(ph_event_destroy) ph_event_t *updated =
        daemon_wait_event(daemon, "watcher.web.updated", WAIT_MS);
    cr_expect_str_eq(event_text(updated, "option"), "stop_signal");
    cr_expect_str_eq(event_text(updated, "value"), "INT");
    ph_cleanup(ph_event_destroy) ph_event_t *done =
        daemon_wait_event(daemon, "plughost.reload", WAIT_MS);
    cr_expect_eq(event_number(done, "changed"), 1);
    cr_expect(strstr(event_text(done, "reason"), "command 'reloadconfig'"));
}

/* ---- options that no process has yet ---- */

Test(reloadconfig_plan, a_restart_that_a_hook_prevents_is_still_to_be_done)
{
#define HELD "hooks.before_stop = false\n"
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB HELD);
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, "[watcher:web]\ncmd = sleep 7\n" HELD);
    daemon_call_refused(daemon, "reloadconfig", WAITING);
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_planned(daemon, "web", "restart", "its processes still run with options of before");
    reload(daemon, "[watcher:web]\ncmd = sleep 7\nhooks.before_stop = true\n");
    cr_expect_neq(pid_of(daemon, "web"), web);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(plan), "watchers")), 0);
}

#define SHARED "[socket:s]\npath = @DIR@/s\n[watcher:web]\nuse_sockets = yes\n"

Test(reloadconfig_plan, successors_that_do_not_come_up_are_still_to_come)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SHARED "startsecs = 0.3\ncmd = sleep 1000\n");
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, SHARED "startsecs = 0.3\ncmd = false\n");
    daemon_call_refused(daemon, "reloadconfig", WAITING);
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_planned(daemon, "web", "reload", "its processes still run with options of before");
}

Test(reloadconfig_plan, more_processes_and_another_command_come_together)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SHARED "warmup_delay = 0.1\ncmd = sleep 1000\n");
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, SHARED "warmup_delay = 0.1\ncmd = sleep 1001\nnumprocesses = 3\n");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    pid_t pids[8];
    cr_expect_eq(daemon_pids(daemon, "web", pids, 8), 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_neq(pids[i], web);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(plan), "watchers")), 0);
}

/* ---- those that others take along ---- */

Test(reloadconfig_plan, a_plan_tells_of_those_that_are_restarted_along)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:db]\ncmd = sleep 1000\n[watcher:web]\ncmd = sleep 1001\n"
                          "requires = db\n[watcher:top]\ncmd = sleep 1002\nrequires = web\n");
    daemon_do(daemon, "start", NULL, true);
    pid_t web = pid_of(daemon, "web"), top = pid_of(daemon, "top");
    daemon_rewrite(daemon, "[watcher:db]\ncmd = sleep 2000\n[watcher:web]\ncmd = sleep 1001\n"
                           "requires = db\n[watcher:top]\ncmd = sleep 1002\nrequires = web\n");
    expect_planned(daemon, "web", "restart", "'db', which it requires, is restarted");
    expect_planned(daemon, "top", "restart", "'web', which it requires, is restarted");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    cr_expect_neq(pid_of(daemon, "web"), web);
    cr_expect_neq(pid_of(daemon, "top"), top);
}

Test(reloadconfig_plan, a_plan_tells_of_those_that_a_new_watcher_starts)
{
#define DB "[watcher:db]\ncmd = sleep 1000\nautostart = no\n"
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(DB);
    daemon_rewrite(daemon, DB "[watcher:web]\ncmd = sleep 1001\nrequires = db\n");
    expect_planned(daemon, "db", "start", "'web', which starts, needs it");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    cr_expect_str_eq(daemon_status(daemon, "db").status, "active");
}

Test(reloadconfig_plan, a_plan_is_out_of_date_when_a_new_socket_is_another_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_rewrite(daemon, WEB "[socket:s]\npath = @DIR@/one\n");
    ph_cleanup(ph_freep) char *plan = plan_of(daemon);
    ph_cleanup(ph_freep) char *apply = ph_format("{'plan': '%s'}", plan);
    daemon_rewrite(daemon, WEB "[socket:s]\npath = @DIR@/two\n");
    daemon_call_refused(daemon, "apply", apply);
}
