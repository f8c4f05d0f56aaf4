/* Reading the configuration again: what changed is used, everything else stays as it is. */
#include "reloadconfig.h"

TestSuite(reloadconfig, .timeout = 60);

/* ---- what changes, and what does not ---- */

Test(reloadconfig, a_changed_watcher_is_restarted_and_the_others_keep_their_pids)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    reload(daemon, WEB "[watcher:api]\ncmd = sleep 1002\n");
    cr_expect_eq(pid_of(daemon, "web"), web);
    cr_expect_neq(pid_of(daemon, "api"), api);
    expect_option(daemon, "api", "cmd", "\"sleep 1002\"");
}

/* Circus compares only what stands in both files. */
Test(reloadconfig, an_option_that_was_added_or_left_out_counts_as_changed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API "umask = 077\n");
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    reload(daemon, WEB "nice = 5\n" API);
    cr_expect_neq(pid_of(daemon, "web"), web);
    cr_expect_neq(pid_of(daemon, "api"), api);
}

Test(reloadconfig, another_way_to_write_the_same_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "copy_env = yes\n");
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, "# a comment\n[watcher:web]\ncopy_env = on\ncmd = 'sleep'  1000\n");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "reloadconfig", WAITING);
    cr_expect_eq(ph_value_int(ph_value_get(ph_message_body(reply), "unchanged"), -1), 1);
    cr_expect_eq(pid_of(daemon, "web"), web);
}

/* It is ready once it can take the signal. */
#define BY_INT                                                                                     \
    "[watcher:web]\nshell = yes\nnotify_fd = 3\nclose_child_stdin = no\ngraceful_timeout = 60\n"   \
    "cmd = trap 'echo by INT; exit' INT; echo >&3; while :; do read x; done\n"

Test(reloadconfig, what_needs_no_restart_is_taken_by_the_process_that_runs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(BY_INT);
    pid_t web = await_active(daemon, "web");
    reload(daemon, BY_INT "stop_signal = INT\nstdout_stream.filename = @DIR@/web.log\n");
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_option(daemon, "web", "stop_signal", "2");
    daemon_do(daemon, "stop", "web", true);
    free(daemon_wait_file(daemon, "web.log", "by INT\n", WAIT_MS));
}

Test(reloadconfig, a_new_watcher_is_started_and_one_that_is_gone_is_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    pid_t web = await_active(daemon, "web");
    reload(daemon, WEB "[watcher:new]\ncmd = sleep 1003\n[watcher:off]\ncmd = x\nautostart = no\n");
    cr_expect_str_eq(daemon_status(daemon, "new").status, "active");
    cr_expect_str_eq(daemon_status(daemon, "off").status, "stopped");
    cr_expect_eq(pid_of(daemon, "web"), web);
    struct ph_error err = daemon_call_refused(daemon, "get", "{'name': 'api', 'keys': ['cmd']}");
    cr_expect_eq(err.code, PH_NOT_FOUND);
}

Test(reloadconfig, another_number_of_processes_leaves_those_that_stay_alone)
{
    pid_t pids[4];
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "numprocesses = 2\n");
    await_active(daemon, "web");
    cr_assert_eq(daemon_pids(daemon, "web", pids, 4), 2);
    pid_t first = pids[0], second = pids[1];
    reload(daemon, WEB "numprocesses = 3\n");
    cr_assert_eq(daemon_pids(daemon, "web", pids, 4), 3);
    cr_expect(pids[0] == first && pids[1] == second);
    reload(daemon, WEB);
    daemon_wait_log(daemon, "1 of 1 watchers change", WAIT_MS);
    cr_expect_eq(daemon_pids(daemon, "web", pids, 4), 1);
    cr_expect_eq(pids[0], first);
}

Test(reloadconfig, a_stopped_watcher_stays_stopped_and_starts_with_the_new_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    await_active(daemon, "web");
    daemon_do(daemon, "stop", "web", true);
    reload(daemon, "[watcher:web]\nshell = yes\ncmd = echo the new one; sleep 1000\n");
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
    daemon_do(daemon, "start", "web", true);
    daemon_wait_output(daemon, "the new one\n", WAIT_MS);
}

Test(reloadconfig, a_mended_command_is_tried_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = /none/none\n"
                          "max_restarts = 1\nrestart_delay = 0.01\nfailed_retry = 0\n");
    daemon_wait_status(daemon, "web", "failed", WAIT_MS);
    reload(daemon, WEB);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(reloadconfig, variables_of_env_sections_count)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API "[env:w*]\nA = 1\n");
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    reload(daemon, WEB API "[env:w*]\nA = 2\n");
    cr_expect_neq(pid_of(daemon, "web"), web);
    cr_expect_eq(pid_of(daemon, "api"), api);
    expect_option(daemon, "web", "env", "{\"A\":\"2\"}");
}

/* ---- order ---- */

Test(reloadconfig, needs_count_from_then_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    await_active(daemon, "web");
    await_active(daemon, "api");
    reload(daemon, WEB "requires = api\n" API);
    daemon_do(daemon, "stop", NULL, true);
    daemon_do(daemon, "start", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "api").status, "active");
}

#define OFF(name) "[watcher:" name "]\ncmd = sleep 1000\nautostart = no\n"

static void expect_starts(daemon_t *daemon, const char *const *topics)
{
    daemon_do(daemon, "start", NULL, true);
    daemon_expect_order(daemon, topics, WAIT_MS);
    daemon_do(daemon, "stop", NULL, true);
}

Test(reloadconfig, priorities_count_from_then_on)
{
    static const char *const first[] = {"watcher.c.start", "watcher.a.start", "watcher.b.start",
                                        NULL};
    static const char *const last[] = {"watcher.a.start", "watcher.b.start", "watcher.c.start",
                                       NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(OFF("a") OFF("b") OFF("c"));
    reload(daemon, OFF("a") OFF("b") OFF("c") "priority = 5\n");
    expect_starts(daemon, first);
    reload(daemon, OFF("a") "priority = 5\n" OFF("b") OFF("c"));
    expect_starts(daemon, last);
}

Test(reloadconfig, watchers_of_one_priority_keep_their_order_whatever_is_set)
{
    static const char *const topics[] = {"watcher.a.start", "watcher.b.start", "watcher.c.start",
                                         NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(OFF("a") OFF("b") OFF("c"));
    daemon_call_do(daemon, "set", "{'name': 'a', 'options': {'graceful_timeout': 5}}");
    expect_starts(daemon, topics);
    daemon_call_do(daemon, "set", "{'name': 'b', 'options': {'priority': -5}}");
    daemon_call_do(daemon, "set", "{'name': 'b', 'options': {'priority': 0}}");
    expect_starts(daemon, topics);
}

/* ---- what is under way ---- */

/* Ends when it is asked to once DIR/go is there. */
#define STUBBORN                                                                                   \
    "[watcher:web]\nshell = yes\nnotify_fd = 3\ngraceful_timeout = 60\n"                           \
    "cmd = trap 'test -e @DIR@/go && exit' TERM; echo >&3; while :; do sleep 0.02; done\n"

Test(reloadconfig, a_watcher_in_the_middle_of_a_restart_is_not_called_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    pid_t web = await_active(daemon, "web");
    daemon_do(daemon, "restart", "web", false);
    daemon_rewrite(daemon, STUBBORN "nice = 1\n");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "nothing", "it is being restarted, and starts with its new options");
    daemon_call_do(daemon, "reloadconfig", "{}");
    daemon_touch(daemon, "go");
    cr_assert_eq(kill(web, SIGKILL), 0);
    cr_expect_neq(await_active(daemon, "web"), web);
    ph_cleanup(ph_message_destroy) ph_message_t *rest = daemon_call(daemon, "plan", "{}");
    cr_expect_eq(reply_number(rest, "unchanged"), 1);
}

Test(reloadconfig, a_plan_tells_that_the_watcher_of_that_name_is_not_gone_yet)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    pid_t web = await_active(daemon, "web");
    daemon_do(daemon, "rm", "web", false);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "start",
                "it is new, but cannot be added yet: the 'web' that was removed is still being "
                "stopped");
    struct ph_error err = daemon_call_refused(daemon, "reloadconfig", "{}");
    cr_expect_str_eq(err.message, "the 'web' that was removed is still being stopped");
    daemon_touch(daemon, "go");
    cr_assert_eq(kill(web, SIGKILL), 0);
}

/* ---- what commands have changed ---- */

Test(reloadconfig, what_a_command_has_set_stays_until_the_file_says_it_anew)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "numprocesses = 1\n");
    await_active(daemon, "web");
    daemon_call_do(daemon, "incr", "{'name': 'web', 'waiting': true}");
    daemon_call_do(daemon, "set", "{'name': 'web', 'options': {'graceful_timeout': 7}}");
    reload(daemon, WEB "numprocesses = 1\nstop_signal = INT\n");
    expect_option(daemon, "web", "numprocesses", "2");
    expect_option(daemon, "web", "graceful_timeout", "7");
    reload(daemon, WEB "numprocesses = 3\ngraceful_timeout = 8\n");
    expect_option(daemon, "web", "numprocesses", "3");
    expect_option(daemon, "web", "graceful_timeout", "8");
}

/* A plugin has no option of that name: it would take it for one of its own, and refuse to start. */
Test(reloadconfig, the_number_of_a_plugin_stays_and_is_none_of_its_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("[plugin:workshop]\nneeded = a\n");
    await_active(daemon, "plugin:workshop");
    daemon_call_do(daemon, "decr", "{'name': 'workshop', 'waiting': true}");
    reload(daemon, "[plugin:workshop]\nneeded = b\n");
    cr_expect_eq(daemon_status(daemon, "plugin:workshop").running, 0);
    daemon_call_do(daemon, "incr", "{'name': 'workshop', 'waiting': true}");
    cr_expect_eq(daemon_status(daemon, "plugin:workshop").running, 1);
    expect_option(daemon, "workshop", "needed", "\"b\"");
}

Test(reloadconfig, a_watcher_that_a_command_has_added_stays)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_call_do(daemon, "add", "{'name': 'extra', 'cmd': 'sleep 1004', 'start': true}");
    pid_t extra = await_active(daemon, "extra");
    reload(daemon, WEB "nice = 1\n");
    cr_expect_eq(pid_of(daemon, "extra"), extra);
    reload(daemon, WEB "nice = 1\n[watcher:extra]\ncmd = sleep 1005\n");
    expect_option(daemon, "extra", "cmd", "\"sleep 1005\"");
    reload(daemon, WEB "nice = 1\n");
    cr_expect_eq(daemon_call_refused(daemon, "options", "{'name': 'extra'}").code, PH_NOT_FOUND);
}

/* ---- plugins ---- */

#define HANDLES ", 'handles': ['reconfigure']"

Test(reloadconfig, a_plugin_that_can_is_told_its_new_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, HANDLES);
    played_ready(plugin);
    daemon_rewrite(daemon, PLAYED "colour = blue\n");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "plugin:played", "signal",
                "the plugin takes new options while it runs: colour");
    daemon_call_do(daemon, "reloadconfig", "{}");
    ph_cleanup(ph_message_destroy) ph_message_t *request = played_take(plugin, "reconfigure");
    ph_cleanup(ph_freep) char *told =
        ph_value_to_json(ph_value_get(ph_message_body(request), "properties"));
    cr_expect_str_eq(told, "{\"options\":{\"colour\":\"blue\"}}");
    played_answer(plugin, reply_number(request, "id"), 0);
    raw_expect_pong(plugin);
    cr_expect_eq(pid_of(daemon, "plugin:played"), played_pid(played));
}

Test(reloadconfig, a_plugin_that_refuses_them_is_restarted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, HANDLES);
    played_ready(plugin);
    reload(daemon, PLAYED "colour = blue\n");
    played_refuse(plugin, played_take_id(plugin, "reconfigure"), "invalid", "blue is no colour");
    played_take_id(plugin, "stop");
    daemon_wait_log(daemon, "blue is no colour; it is restarted", WAIT_MS);
    played_renew(played);
    cr_expect_str_eq(played_option(played, "colour"), "blue");
}

/* ---- nothing is done by halves ---- */

Test(reloadconfig, a_bad_file_changes_nothing_and_every_mistake_is_told)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    pid_t web = await_active(daemon, "web");
    expect_refused(daemon, "[watcher:web]\ncmd = sleep 1\nnumproceses = 2\n[watchr:x]\n",
                   "plughost.ini:6: unknown option 'numproceses', and 1 more; nothing was changed");
    daemon_wait_log(daemon, "plughost.ini:7: unknown section [watchr:x]", WAIT_MS);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    ph_cleanup(ph_freep) char *problems =
        ph_value_to_json(ph_value_get(ph_message_body(plan), "problems"));
    cr_expect(strstr(problems, "\"line\":6,\"reason\":\"unknown option 'numproceses'\","
                               "\"hint\":\"did you mean 'numprocesses'?\""),
              "%s", problems);
    cr_expect(strstr(problems, "\"line\":7,\"reason\":\"unknown section [watchr:x]\""), "%s",
              problems);
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_option(daemon, "web", "cmd", "\"sleep 1000\"");
}

Test(reloadconfig, a_file_that_is_gone_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    pid_t web = await_active(daemon, "web");
    daemon_remove(daemon, "plughost.ini");
    struct ph_error err = daemon_call_refused(daemon, "reloadconfig", WAITING);
    cr_expect(strstr(err.message, "cannot open the configuration: No such file"), "%s",
              err.message);
    cr_expect_eq(pid_of(daemon, "web"), web);
}

Test(reloadconfig, output_that_cannot_be_opened_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    expect_refused(daemon,
                   "[watcher:web]\ncmd = sleep 7\n" API "stdout_stream.filename = /none/none\n",
                   "stdout of 'api': cannot open '/none/none'");
    expect_refused(daemon,
                   "[watcher:web]\ncmd = sleep 7\n[watcher:a]\ncmd = x\n"
                   "[watcher:b]\ncmd = x\nstdout_stream.filename = /none/none\n",
                   "stdout of 'b': cannot open '/none/none'");
    cr_expect_eq(pid_of(daemon, "web"), web);
    cr_expect_eq(pid_of(daemon, "api"), api);
    cr_expect_eq(daemon_call_refused(daemon, "options", "{'name': 'a'}").code, PH_NOT_FOUND);
    reload(daemon, WEB API "[watcher:a]\ncmd = sleep 1006\n");
    cr_expect_str_eq(daemon_status(daemon, "a").status, "active");
}

/* ---- the daemon itself ---- */

Test(reloadconfig, what_only_a_start_of_the_daemon_changes_is_told_each_time)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[socket:s]\npath = @DIR@/s\n");
    daemon_rewrite(daemon,
                   "publish_rate = 5\nwarmup_delay = 0.5\n[socket:s]\npath = @DIR@/t\n" WEB);
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *reply =
            daemon_call(daemon, "reloadconfig", WAITING);
        ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(reply));
        cr_expect(strstr(json, "{\"option\":\"publish_rate\",\"from\":\"0\",\"to\":\"5\","
                               "\"needs\":\"daemon\"}"),
                  "%s", json);
        cr_expect(
            strstr(json,
                   "{\"name\":\"s\",\"action\":\"daemon\",\"why\":\"path changed\",\"changes\":["),
            "%s", json);
        cr_expect_eq(strstr(json, "warmup_delay") != NULL, i == 0, "%s", json);
    }
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "globaloptions", "{}");
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(reply));
    cr_expect(strstr(json, "\"warmup_delay\":0.5,"), "%s", json);
    cr_expect(strstr(json, "\"publish_rate\":0,"), "%s", json);
}

/* ---- of the daemon ---- */

static char *settings_json(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "config", "{'action': 'show', 'name': 'web'}");
    return ph_value_to_json(ph_value_get(ph_message_body(reply), "settings"));
}

Test(reloadconfig, settings_are_known_by_the_lines_they_stand_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("warmup_delay = 0\non_sighup = reopen\numask = 22\n" WEB);
    reload(daemon, "# a line more\nwarmup_delay = 0.1\numask = 27\n" WEB);
    ph_cleanup(ph_freep) char *json = settings_json(daemon);
    ph_cleanup(ph_freep) char *place =
        ph_format("{\"option\":\"warmup_delay\",\"value\":\"0.1\",\"file\":\"%s\",\"line\":5}",
                  daemon_config(daemon));
    cr_expect(strstr(json, place), "%s", json);
    cr_expect_not(strstr(json, "\"option\":\"on_sighup\""), "%s", json);
    cr_expect(strstr(json, "\"option\":\"umask\",\"value\":\"22\""), "%s", json);
}

Test(reloadconfig, another_overlay_is_taken)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    reload(daemon, "overlay = @DIR@/saved\n" WEB);
    daemon_call_do(daemon, "set", "{'name': 'web', 'save': true, 'options': {'nice': 1}}");
    free(daemon_wait_file(daemon, "saved", "\n[watcher:web]\nnice = 1\n", WAIT_MS));
}

/* ---- links ---- */

static void link_anew(const char *target, const char *path)
{
    ph_cleanup(ph_freep) char *next = ph_format("%s.link", path);
    cr_assert_eq(symlink(target, next), 0);
    cr_assert_eq(rename(next, path), 0);
}

Test(reloadconfig, a_link_that_was_moved_is_followed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(WEB "numprocesses = 1\n");
    ph_cleanup(ph_freep) char *first = daemon_path(daemon, "first.ini");
    ph_cleanup(ph_freep) char *second = daemon_path(daemon, "second.ini");
    ph_cleanup(ph_freep) char *text = file_read(daemon_config(daemon));
    ph_cleanup(ph_freep) char *other = text_replace(text, "numprocesses = 1", "numprocesses = 2");
    file_write(second, other);
    cr_assert_eq(rename(daemon_config(daemon), first), 0);
    link_anew("first.ini", daemon_config(daemon));
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    expect_option(daemon, "web", "numprocesses", "1");
    link_anew("second.ini", daemon_config(daemon));
    daemon_call_do(daemon, "reloadconfig", WAITING);
    expect_option(daemon, "web", "numprocesses", "2");
}

/* ---- what is nobody's ---- */

/* `add` said all of it. */
Test(reloadconfig, variables_of_the_file_are_not_for_watchers_of_commands)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "[env:*]\nA = 1\n");
    daemon_call_do(daemon, "add", "{'name': 'extra', 'cmd': 'sleep 1004', 'start': true}");
    pid_t extra = await_active(daemon, "extra");
    reload(daemon, WEB "[env:*]\nA = 1\n");
    cr_expect_eq(pid_of(daemon, "extra"), extra);
}

Test(reloadconfig, a_label_changes_nothing_and_is_shown_with_its_whole_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "label.numprocesses = 1\n");
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, WEB "label.numprocesses = 7\nlabel.cmd = x\n");
    expect_planned(daemon, "web", "nothing", "taken while it runs: label.numprocesses, label.cmd");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_option(daemon, "web", "label.numprocesses", "\"7\"");
    expect_option(daemon, "web", "cmd", "\"sleep 1000\"");
}

/* It has agreed to one option; the file has changed another one in between. */
Test(reloadconfig, what_a_plugin_agrees_to_leaves_its_other_options_alone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "a = 1\nb = 1\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, HANDLES);
    played_ready(plugin);
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "set", "{'name': 'played', 'options': {'a': 2}}");
    int64_t id = played_take_id(plugin, "reconfigure");
    daemon_rewrite(daemon, PLAYED "a = 1\nb = 2\n");
    daemon_call_do(daemon, "reloadconfig", "{}");
    played_answer(plugin, id, 0);
    call_expect_done(caller, WAIT_MS);
    expect_option(daemon, "plugin:played", "a", "\"2\"");
    expect_option(daemon, "plugin:played", "b", "\"2\"");
}
