/* `set` of plughost's own options, and the commands that tell what is in use. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <stdlib.h>
#include <string.h>

TestSuite(set_options, .timeout = 60);

enum { WAIT_MS = 5000 };

#define WEB "[watcher:web]\ncmd = sleep 1000\n"
#define PRINTER                                                                                    \
    "[watcher:web]\nshell = yes\ncmd = echo $A $B; sleep 1000\n[env:w*]\nA = all\nB = all\n"

static void expect_how(daemon_t *daemon, const char *options, const char *how)
{
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': 'web', 'waiting': true, 'options': %s}", options);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "set", properties);
    cr_expect_str_eq(reply_text(reply, "how"), how, "%s", options);
}

/* Compares the whole map of options that `get` tells. */
static void expect_get(daemon_t *daemon, const char *keys, const char *json)
{
    ph_cleanup(ph_freep) char *properties = ph_format("{'name': 'web', 'keys': %s}", keys);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "get", properties);
    ph_cleanup(ph_freep) char *found =
        ph_value_to_json(ph_value_get(ph_message_body(reply), "options"));
    cr_expect_str_eq(found, json);
}

static void expect_refused(daemon_t *daemon, const char *options, const char *message)
{
    ph_cleanup(ph_freep) char *properties = ph_format("{'name': 'web', 'options': %s}", options);
    struct ph_error err = daemon_call_refused(daemon, "set", properties);
    cr_expect(strstr(err.message, message), "'%s' instead of '%s'", err.message, message);
}

Test(set_options, what_processes_need_restarts_them)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    pid_t web = daemon_status(daemon, "web").pid;
    expect_how(daemon, "{'cmd': ['sleep', '1001'], 'nice': 3}", "restarted");
    cr_expect_neq(daemon_status(daemon, "web").pid, web);
    expect_get(daemon, "['cmd', 'nice']", "{\"cmd\":\"\\\"sleep\\\" \\\"1001\\\"\",\"nice\":3}");
}

Test(set_options, the_rest_is_taken_while_they_run)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    pid_t web = daemon_status(daemon, "web").pid;
    expect_how(daemon, "{'graceful_timeout': 1.5, 'stop_signal': 'INT', 'numprocesses': 2}",
               "changed");
    expect_how(daemon, "{'graceful_timeout': '1.5'}", "unchanged");
    cr_expect_eq(daemon_status(daemon, "web").pid, web);
    cr_expect_eq(daemon_status(daemon, "web").running, 2);
    expect_get(daemon, "['graceful_timeout', 'stop_signal', 'numprocesses', 'send_hup']",
               "{\"graceful_timeout\":1.5,\"stop_signal\":2,\"numprocesses\":2,"
               "\"send_hup\":false}");
}

Test(set_options, each_option_is_an_event)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    expect_how(daemon, "{'respawn': false, 'max_age': 60}", "changed");
    ph_cleanup(ph_event_destroy) ph_event_t *first =
        daemon_wait_event(daemon, "watcher.web.updated", WAIT_MS);
    ph_cleanup(ph_event_destroy) ph_event_t *second =
        daemon_wait_event(daemon, "watcher.web.updated", WAIT_MS);
    cr_expect_str_eq(event_text(first, "option"), "max_age");
    cr_expect_str_eq(event_text(first, "value"), "60");
    cr_expect_str_eq(event_text(second, "option"), "respawn");
    cr_expect(strstr(event_text(second, "reason"), "command 'set' from uid "));
}

Test(set_options, variables_are_a_map_over_those_of_env_sections)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PRINTER);
    daemon_wait_output(daemon, "all all\n", WAIT_MS);
    expect_how(daemon, "{'env': {'B': 'my own \\\"b\\\"'}}", "restarted");
    daemon_wait_output(daemon, "all my own \"b\"\n", WAIT_MS);
    expect_get(daemon, "['env']", "{\"env\":{\"B\":\"my own \\\"b\\\"\",\"A\":\"all\"}}");
}

Test(set_options, nil_leaves_an_option_out_and_its_old_value_ends_that)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "graceful_timeout = 9\n");
    daemon_do(daemon, "start", "web", true);
    expect_how(daemon, "{'graceful_timeout': null}", "changed");
    expect_get(daemon, "['graceful_timeout']", "{\"graceful_timeout\":30}");
    daemon_call_do(daemon, "reloadconfig", "{}");
    expect_get(daemon, "['graceful_timeout']", "{\"graceful_timeout\":30}");
    expect_how(daemon, "{'graceful_timeout': 9}", "changed");
    daemon_rewrite(daemon, WEB);
    daemon_call_do(daemon, "reloadconfig", "{}");
    expect_get(daemon, "['graceful_timeout']", "{\"graceful_timeout\":30}");
}

Test(set_options, a_stopped_watcher_keeps_them_for_its_next_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "autostart = no\n");
    expect_how(daemon, "{'cmd': 'sleep 1002'}", "kept");
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

/* The process is older than that already. */
Test(set_options, max_age_counts_for_processes_that_run)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    pid_t web = daemon_wait_started(daemon, "web", WAIT_MS);
    expect_how(daemon, "{'max_age': 1, 'max_age_variance': 0}", "changed");
    cr_expect_neq(daemon_wait_started(daemon, "web", WAIT_MS), web);
    expect_how(daemon, "{'max_age': 0}", "changed");
}

Test(set_options, what_a_configuration_is_refused_for_is_refused_here_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[watcher:api]\ncmd = sleep 1001\nafter = web\n");
    daemon_do(daemon, "start", "web", true);
    pid_t web = daemon_status(daemon, "web").pid;
    expect_refused(daemon, "{'nmprocesses': 3}", "unknown option 'nmprocesses'");
    expect_refused(daemon, "{'numprocesses': 'many'}", "numprocesses = many: not a whole number");
    expect_refused(daemon, "{'graceful_timeout': -1}", "graceful_timeout = -1: out of range");
    expect_refused(daemon, "{'cmd': null}", "cmd");
    expect_refused(daemon, "{'cmd': [['x']]}", "option 'cmd' cannot have such a value");
    expect_refused(daemon, "{'env': 'A=1\\nuid = 0'}", "option 'env' must be one line");
    expect_refused(daemon, "{'label.a!b': '1'}", "no configuration can have an option 'label.a!b'");
    expect_refused(daemon, "{'label.q\\n[watcher:evil]\\ncmd': 'sleep 7'}",
                   "no configuration can have an option 'label.q?[watcher:evil]?cmd'");
    expect_refused(daemon, "{'uid': 'nobody-of-that-name'}", "nobody-of-that-name");
    expect_refused(daemon, "{'after': 'api'}", "waits for itself");
    expect_refused(daemon, "{'requires': 'none'}", "there is no such watcher");
    expect_refused(daemon, "{'singleton': true, 'numprocesses': 2}", "singleton");
    expect_refused(daemon, "{'stdout_stream.filename': '/none/none'}",
                   "stdout of 'web': cannot open '/none/none'");
    cr_expect_eq(daemon_status(daemon, "web").pid, web);
    expect_get(daemon, "'cmd'", "{\"cmd\":\"sleep 1000\"}");
}

/* ---- what is in use ---- */

Test(set_options, options_are_all_of_them_with_a_plugins_own)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:logger]\nfilename = @DIR@/events\nautostart = no\n");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "options", "{'name': 'LOGGER'}");
    const ph_value_t *options = ph_value_get(ph_message_body(reply), "options");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "events");
    cr_expect_str_eq(ph_value_string(ph_value_get(options, "filename"), ""), path);
    cr_expect_str_eq(ph_value_string(ph_value_get(options, "use"), ""), "logger");
    cr_expect_eq(ph_value_type(ph_value_get(options, "numprocesses")), PH_NIL);
    cr_expect_eq(ph_value_int(ph_value_get(options, "graceful_timeout"), 0), 30);
    cr_expect_eq(ph_value_bool(ph_value_get(options, "autostart"), true), false);
}

Test(set_options, get_and_globaloptions_refuse_what_is_not_there)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    struct ph_error err =
        daemon_call_refused(daemon, "get", "{'name': 'web', 'keys': ['cmd', 'numproceses']}");
    cr_expect_str_eq(err.message, "unknown option 'numproceses'");
    cr_expect_str_eq(err.hint, "did you mean 'numprocesses'?");
    err = daemon_call_refused(daemon, "globaloptions", "{'option': 'endpint'}");
    cr_expect_str_eq(err.hint, "did you mean 'endpoint'?");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "globaloptions", "{'option': 'endpoint'}");
    const ph_value_t *options = ph_value_get(ph_message_body(reply), "options");
    cr_expect_eq(ph_value_size(options), 1);
    cr_expect_str_eq(ph_value_string(ph_value_get(options, "endpoint"), ""),
                     daemon_endpoint(daemon));
}

Test(set_options, config_tells_where_each_value_comes_from)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "numprocesses = 2\nautostart = no\n[env:web]\nA = 1\n");
    expect_how(daemon, "{'numprocesses': 3, 'nice': 1}", "kept");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "config", "{'action': 'show', 'name': 'web'}");
    ph_cleanup(ph_freep) char *json =
        ph_value_to_json(ph_value_get(ph_message_body(reply), "watchers"));
    ph_cleanup(ph_freep) char *with_file = text_replace(
        "[{'name':'web','section':'watcher:web','options':["
        "{'option':'cmd','value':'sleep 1000','file':'FILE','line':5},"
        "{'option':'numprocesses','value':'3','file':'FILE','line':6,'is_set':true,'base':'2'},"
        "{'option':'autostart','value':'no','file':'FILE','line':7},"
        "{'option':'nice','value':'1','is_set':true,'base':null}],"
        "'variables':[{'option':'A','value':'1','file':'FILE','line':9}]}]",
        "FILE", daemon_config(daemon));
    ph_cleanup(ph_freep) char *expected = text_replace(with_file, "'", "\"");
    cr_expect_str_eq(json, expected);
    struct ph_error err = daemon_call_refused(daemon, "config", "{'action': 'edit'}");
    cr_expect_str_eq(err.message, "'config' cannot 'edit'");
}

/* ---- kept for the next start ---- */

static void start_again(daemon_t *daemon)
{
    daemon_kill(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
}

Test(set_options, what_is_saved_is_there_after_the_next_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "numprocesses = 1\n[plugin:logger]\nautostart = no\n");
    daemon_call_do(daemon, "set", "{'name': 'web', 'options': {'nice': 4}}");
    daemon_call_do(daemon, "set",
                   "{'name': 'web', 'save': true, 'options': {'numprocesses': 2, 'umask': '77'}}");
    daemon_call_do(daemon, "set", "{'name': 'logger', 'save': true, 'options': {'topic': 'x'}}");
    start_again(daemon);
    expect_get(daemon, "['numprocesses', 'umask', 'nice']",
               "{\"numprocesses\":2,\"umask\":\"77\",\"nice\":null}");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "get", "{'name': 'logger', 'keys': 'topic'}");
    const ph_value_t *options = ph_value_get(ph_message_body(reply), "options");
    cr_expect_str_eq(ph_value_string(ph_value_get(options, "topic"), ""), "x");
    free(daemon_wait_file(daemon, "plughost.ini.overlay",
                          "\n[watcher:web]\nnumprocesses = 2\numask = 77\n\n[plugin:logger]\n"
                          "topic = x\n",
                          WAIT_MS));
}

Test(set_options, a_reload_leaves_alone_what_is_saved)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "numprocesses = 1\n");
    daemon_do(daemon, "start", "web", true);
    daemon_call_do(daemon, "set", "{'name': 'web', 'save': true, 'options': {'numprocesses': 2}}");
    daemon_rewrite(daemon, WEB "numprocesses = 5\n");
    daemon_call_do(daemon, "reloadconfig", "{'waiting': true}");
    expect_get(daemon, "'numprocesses'", "{\"numprocesses\":2}");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "config", "{'action': 'show', 'name': 'web'}");
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(reply));
    ph_cleanup(ph_freep) char *place =
        ph_format("\"option\":\"numprocesses\",\"value\":\"2\",\"file\":\"%s.overlay\",\"line\":4}",
                  daemon_config(daemon));
    cr_expect(strstr(json, place), "%s", json);
}

static void expect_origin(daemon_t *daemon, const char *json)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "config", "{'action': 'show', 'name': 'web'}");
    ph_cleanup(ph_freep) char *found = ph_value_to_json(ph_message_body(reply));
    ph_cleanup(ph_freep) char *overlay = ph_format("%s.overlay", daemon_config(daemon));
    ph_cleanup(ph_freep) char *with_file = text_replace(json, "FILE", overlay);
    ph_cleanup(ph_freep) char *expected = text_replace(with_file, "'", "\"");
    cr_expect(strstr(found, expected), "%s instead of %s", found, expected);
}

Test(set_options, what_is_set_over_what_is_saved_outlasts_a_reload)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "numprocesses = 1\n");
    daemon_call_do(daemon, "set", "{'name': 'web', 'options': {'umask': '77'}}");
    daemon_call_do(daemon, "set",
                   "{'name': 'web', 'save': true, 'options': {'nice': 1, 'numprocesses': 2}}");
    expect_origin(daemon, "{'option':'numprocesses','value':'2','file':'FILE','line':5}");
    expect_origin(daemon, "{'option':'umask','value':'77','is_set':true,'base':null}");
    daemon_call_do(daemon, "set", "{'name': 'web', 'options': {'numprocesses': 3}}");
    daemon_call_do(daemon, "reloadconfig", "{}");
    expect_get(daemon, "['numprocesses', 'umask']", "{\"numprocesses\":3,\"umask\":\"77\"}");
    daemon_call_do(daemon, "set", "{'name': 'web', 'save': true, 'options': {'nice': null}}");
    expect_origin(daemon, "{'option':'numprocesses','value':'3','file':'FILE','line':4,"
                          "'is_set':true,'base':'2'}");
}

Test(set_options, a_plugins_own_options_set_over_saved_ones_outlast_a_reload)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[plugin:logger]\nautostart = no\ntopic = x\n");
    daemon_call_do(daemon, "set", "{'name': 'logger', 'save': true, 'options': {'topic': 'y'}}");
    daemon_call_do(daemon, "set", "{'name': 'logger', 'options': {'topic': 'z'}}");
    daemon_call_do(daemon, "reloadconfig", "{}");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "get", "{'name': 'logger', 'keys': 'topic'}");
    const ph_value_t *options = ph_value_get(ph_message_body(reply), "options");
    cr_expect_str_eq(ph_value_string(ph_value_get(options, "topic"), ""), "z");
}

Test(set_options, nil_takes_out_what_was_saved)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "numprocesses = 1\n");
    daemon_call_do(daemon, "set",
                   "{'name': 'web', 'save': true, 'options': {'numprocesses': 2, 'nice': 1}}");
    daemon_call_do(daemon, "set", "{'name': 'web', 'save': true, 'options': {'nice': null}}");
    start_again(daemon);
    expect_get(daemon, "['numprocesses', 'nice']", "{\"numprocesses\":2,\"nice\":null}");
}

Test(set_options, the_configuration_says_where_the_overlay_is)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("overlay = @DIR@/saved\n" WEB);
    daemon_call_do(daemon, "set", "{'name': 'web', 'save': true, 'options': {'nice': 1}}");
    free(daemon_wait_file(daemon, "saved", "\n[watcher:web]\nnice = 1\n", WAIT_MS));
}

static void expect_unsaved(daemon_t *daemon, const char *name, const char *reason)
{
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': '%s', 'save': true, 'options': {'nice': 1}}", name);
    struct ph_error err = daemon_call_refused(daemon, "set", properties);
    cr_expect(strstr(err.message, reason), "'%s' instead of '%s'", err.message, reason);
}

Test(set_options, what_cannot_be_saved_is_not_set)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("overlay = /none/none/x\n" WEB);
    expect_unsaved(daemon, "web", "cannot write '/none/none/x.new': No such file or directory");
    expect_get(daemon, "'nice'", "{\"nice\":null}");
    daemon_call_do(daemon, "add", "{'name': 'extra', 'cmd': 'sleep 1'}");
    expect_unsaved(daemon, "extra", "'extra' was added by a command: there is no file to keep it");
}

Test(set_options, names_of_a_plugins_own_options_are_checked_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:logger]\nautostart = no\n");
    struct ph_error err = daemon_call_refused(
        daemon, "set", "{'name': 'logger', 'options': {'x\\n[watcher:evil]\\ncmd': 'sleep 7'}}");
    cr_expect_str_eq(err.message, "no configuration can have an option 'x?[watcher:evil]?cmd'");
    cr_expect_str_eq(err.hint,
                     "names have ASCII letters, digits and punctuation, but no '!' or '='");
}

Test(set_options, what_a_file_would_not_give_back_is_not_saved)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    struct ph_error err = daemon_call_refused(
        daemon, "set", "{'name': 'web', 'save': true, 'options': {'label.team': 'ours '}}");
    cr_expect_str_eq(err.message,
                     "'label.team = ours ' cannot be saved: a file gives back another");
    cr_expect_str_eq(err.hint, "it keeps one line of text without blanks at its ends");
    daemon_call_do(daemon, "set", "{'name': 'web', 'options': {'label.team': 'ours '}}");
}

static void expect_not_saved(daemon_t *daemon, const char *options, const char *reason)
{
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': 'web', 'save': true, 'options': %s}", options);
    struct ph_error err = daemon_call_refused(daemon, "set", properties);
    cr_expect(text_ends(err.message, reason), "'%s' instead of '%s'", err.message, reason);
}

Test(set_options, what_the_next_start_would_be_refused_for_is_not_saved)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "singleton = yes\n");
    daemon_call_do(daemon, "add", "{'name': 'extra', 'cmd': 'sleep 1000'}");
    expect_not_saved(daemon, "{'requires': 'extra'}",
                     ".overlay:4: requires = extra: there is no such watcher");
    daemon_call_do(daemon, "set", "{'name': 'web', 'options': {'singleton': false}}");
    expect_not_saved(daemon, "{'numprocesses': 3}",
                     "numprocesses = 3: a singleton cannot have 3 processes");
    expect_get(daemon, "['requires', 'numprocesses']", "{\"requires\":null,\"numprocesses\":1}");
    daemon_call_do(
        daemon, "set",
        "{'name': 'web', 'save': true, 'options': {'singleton': false, 'numprocesses': 3}}");
    start_again(daemon);
    expect_get(daemon, "'numprocesses'", "{\"numprocesses\":3}");
}

Test(set_options, nothing_is_saved_while_the_files_cannot_be_read)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_rewrite(daemon, WEB "nise = 1\n");
    ph_cleanup(ph_freep) char *expected =
        ph_format("with that saved, the configuration cannot be read: %s:6: unknown option 'nise'",
                  daemon_config(daemon));
    expect_not_saved(daemon, "{'nice': 1}", expected);
    daemon_rewrite(daemon, "[watcher:api]\ncmd = sleep 1001\n");
    expect_not_saved(daemon, "{'nice': 1}", "the configuration does not have 'web' any more");
    daemon_rewrite(daemon, "overlay = /none/saved\n" WEB);
    expect_not_saved(daemon, "{'nice': 1}",
                     "the configuration names another overlay now, '/none/saved'");
}

Test(set_options, what_stands_in_the_configuration_cannot_be_taken_out)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "nice = 3\n");
    ph_cleanup(ph_freep) char *expected =
        ph_format("option 'nice' stands in %s line 6", daemon_config(daemon));
    struct ph_error err = daemon_call_refused(
        daemon, "set", "{'name': 'web', 'save': true, 'options': {'nice': null}}");
    cr_expect_str_eq(err.message, expected);
    cr_expect_str_eq(err.hint, "take it out there");
    expect_get(daemon, "'nice'", "{\"nice\":3}");
    daemon_call_do(daemon, "set", "{'name': 'web', 'save': true, 'options': {'nice': 4}}");
    expect_not_saved(daemon, "{'nice': null}", expected);
}

Test(set_options, an_overlay_with_a_mistake_is_not_written_over)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    ph_cleanup(ph_freep) char *overlay = daemon_path(daemon, "plughost.ini.overlay");
    file_write(overlay, "[watcher:web]\nnice\n");
    expect_unsaved(daemon, "web", ".overlay:2: ");
    ph_cleanup(ph_freep) char *text = file_read(overlay);
    cr_expect_str_eq(text, "[watcher:web]\nnice\n");
    struct ph_error err = daemon_call_refused(daemon, "reloadconfig", "{}");
    cr_expect(strstr(err.message, ".overlay:2: "), "%s", err.message);
}

Test(set_options, what_is_saved_of_a_section_that_is_gone_is_told)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(WEB);
    ph_cleanup(ph_freep) char *overlay = daemon_path(daemon, "plughost.ini.overlay");
    file_write(overlay, "[watcher:old]\nnice = 1\n");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_wait_log(daemon,
                    ".overlay:1: [watcher:old] is saved here, but the configuration does "
                    "not have it",
                    WAIT_MS);
}
