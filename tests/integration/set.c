/* The command `set`: new options for a plugin, with its consent or without. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <played.h>
#include <string.h>

enum { WAIT_MS = 10000 };

#define WORKSHOP "[plugin:workshop]\nneeded = x\nlevel = 2\nautostart = no\n"

TestSuite(set, .timeout = 60);

static void expect_how(daemon_t *daemon, const char *properties, const char *how)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "set", properties);
    cr_expect_str_eq(reply_text(reply, "how"), how, "%s", properties);
}

/* Looks for an option of the workshop; NULL if the plugin has never said which it has. */
static void expect_value(daemon_t *daemon, const char *option, const char *value)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "describe", "{'name': 'workshop'}");
    const ph_value_t *options = ph_value_get(ph_message_body(reply), "options");
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *item = ph_value_at(options, i);
        if (strcmp(ph_value_string(ph_value_get(item, "name"), ""), option) == 0)
            cr_expect_str_eq(ph_value_string(ph_value_get(item, "value"), "(none)"), value);
    }
    cr_expect_gt(ph_value_size(options), 0);
}

static void expect_refused(daemon_t *daemon, const char *properties, enum ph_code code,
                           const char *message)
{
    struct ph_error err = daemon_call_refused(daemon, "set", properties);
    cr_expect_eq(err.code, code, "%s", properties);
    cr_expect_str_eq(err.message, message);
}

/* ---- without its consent ---- */

Test(set, what_is_so_already_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WORKSHOP);
    daemon_do(daemon, "start", "workshop", true);
    pid_t pid = daemon_status(daemon, "workshop").pid;
    expect_how(daemon, "{'name': 'workshop', 'options': {'level': 2}}", "unchanged");
    expect_how(daemon, "{'name': 'workshop', 'options': {}}", "unchanged");
    expect_how(daemon, "{'name': 'workshop', 'options': {'other': null}}", "unchanged");
    cr_expect_eq(daemon_status(daemon, "workshop").pid, pid);
}

Test(set, options_are_kept_for_the_next_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WORKSHOP);
    expect_how(daemon, "{'name': 'workshop', 'options': {'level': '4'}}", "kept");
    ph_cleanup(ph_event_destroy) ph_event_t *updated =
        daemon_wait_event(daemon, "watcher.plugin:workshop.updated", WAIT_MS);
    cr_expect(strstr(event_text(updated, "reason"), "command 'set' from uid "), "%s",
              event_text(updated, "reason"));
    daemon_do(daemon, "start", "workshop", true);
    expect_value(daemon, "level", "4");
}

/* It does not say that it handles reconfigure: its process is replaced. */
Test(set, a_plugin_that_cannot_be_reconfigured_is_restarted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    cr_expect_str_eq(played_option(played, "colour"), "red");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    played_ready(plugin);
    pid_t pid = played_pid(played);
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "set",
                    "{'name': 'played', 'options': {'colour': 'blue', 'size': 7, 'wide': true},"
                    "'waiting': true}");
    played_take_id(plugin, "stop");
    played_renew(played);
    cr_expect_neq(played_pid(played), pid);
    cr_expect_str_eq(played_option(played, "colour"), "blue");
    cr_expect_str_eq(played_option(played, "size"), "7");
    cr_expect_str_eq(played_option(played, "wide"), "yes");
    ph_cleanup(raw_destroy) raw_t *again = played_connect(daemon, played, "");
    raw_expect_pong(again);
    played_ready(again); /* only now the command is done */
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(caller, WAIT_MS);
    cr_expect_str_eq(reply_text(reply, "how"), "restarted", "%s", reply_text(reply, "reason"));
}

Test(set, nil_takes_an_option_back)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    expect_how(daemon, "{'name': 'played', 'options': {'colour': null, 'size': 1.5}}", "kept");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    cr_expect_str_eq(played_option(played, "colour"), "(none)");
    cr_expect_str_eq(played_option(played, "size"), "1.5");
}

/* ---- with its consent ---- */

#define HANDLES ", 'handles': ['reconfigure']"

/* A plugin that handles it, and a client that wants another colour of it. */
struct asked {
    played_t *played;
    raw_t *plugin;
    raw_t *caller;
};

static struct asked ask_for_blue(daemon_t *daemon)
{
    struct asked self = {.played = played_start(daemon, "")};
    self.plugin = played_connect(daemon, self.played, HANDLES);
    played_ready(self.plugin);
    self.caller = daemon_send(daemon, "set", "{'name': 'played', 'options': {'colour': 'blue'}}");
    return self;
}

static void asked_release(struct asked *self)
{
    raw_destroy(&self->caller);
    raw_destroy(&self->plugin);
    played_destroy(&self->played);
}

Test(set, a_plugin_that_agrees_goes_on_with_the_new_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\nsize = 3\n");
    ph_cleanup(asked_release) struct asked asked = ask_for_blue(daemon);
    ph_cleanup(ph_message_destroy) ph_message_t *request = played_take(asked.plugin, "reconfigure");
    ph_cleanup(ph_freep) char *told =
        ph_value_to_json(ph_value_get(ph_message_body(request), "properties"));
    cr_expect_str_eq(told, "{\"options\":{\"colour\":\"blue\",\"size\":\"3\"}}");
    played_answer(asked.plugin, reply_number(request, "id"), 0);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(asked.caller, WAIT_MS);
    cr_expect_str_eq(reply_text(reply, "how"), "reconfigured", "%s", reply_text(reply, "reason"));
    daemon_pass_event(daemon, "watcher.plugin:played.updated", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "plugin:played").pid, played_pid(asked.played));
    expect_how(daemon, "{'name': 'played', 'options': {'colour': 'blue'}}", "unchanged");
}

Test(set, a_plugin_that_refuses_keeps_the_old_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(asked_release) struct asked asked = ask_for_blue(daemon);
    played_refuse(asked.plugin, played_take_id(asked.plugin, "reconfigure"), "invalid",
                  "blue is no colour");
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(asked.caller, WAIT_MS);
    cr_expect_str_eq(reply_text(reply, "code"), "invalid");
    cr_expect_str_eq(reply_text(reply, "reason"), "blue is no colour");
    expect_how(daemon, "{'name': 'played', 'options': {'colour': 'red'}}", "unchanged");
}

Test(set, a_plugin_that_dies_over_it_keeps_the_old_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(asked_release) struct asked asked = ask_for_blue(daemon);
    played_take_id(asked.plugin, "reconfigure");
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': 'played', 'pid': %d, 'signum': 9}", (int)played_pid(asked.played));
    daemon_call_do(daemon, "signal", properties);
    call_expect_refused(asked.caller, "'plugin:played' has not taken its new options: it died",
                        WAIT_MS);
    played_renew(asked.played);
    cr_expect_str_eq(played_option(asked.played, "colour"), "red");
}

/* ---- what cannot be set ---- */

Test(set, what_cannot_be_set_is_refused_with_the_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WORKSHOP "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n");
    expect_refused(daemon, "{'name': 'workshp', 'options': {'level': 3}}", PH_NOT_FOUND,
                   "no watcher is named 'workshp'");
    expect_refused(daemon, "{'name': 'web', 'options': {'level': 3}}", PH_NOT_FOUND,
                   "unknown option 'level'");
    expect_refused(daemon, "{'name': 'workshop', 'options': {'use': 'probe', 'level': 3}}",
                   PH_INVALID, "option 'use' is plughost's, others here are the plugin's");
    expect_refused(daemon, "{'name': 'workshop', 'options': {'level': [3]}}", PH_INVALID,
                   "option 'level' must be a line of text, a number or a boolean");
    expect_refused(daemon, "{'name': 'workshop', 'options': {'level': '3\\n[x]'}}", PH_INVALID,
                   "option 'level' must be a line of text, a number or a boolean");
    expect_refused(daemon, "{'name': 'workshop'}", PH_INVALID,
                   "property 'options' of 'set' is missing");
}

#define DESCRIBES                                                                                  \
    ", 'options': [{'name': 'size', 'type': 'int', 'min': 1, 'max': 9}, "                          \
    "{'name': 'colour', 'type': 'choice', 'choices': ['red', 'blue'], 'required': true, "          \
    "'text': 'Of the wall.'}]"

/* The process is not replaced for a value with which it could not start. */
Test(set, what_does_not_fit_the_options_that_a_plugin_describes_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAYED "colour = red\nsize = none\nold = 1\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, DESCRIBES);
    played_ready(plugin);
    expect_refused(daemon, "{'name': 'played', 'options': {'size': 'x'}}", PH_INVALID,
                   "option 'size': 'x' is not an integer");
    expect_refused(daemon, "{'name': 'played', 'options': {'size': 10}}", PH_INVALID,
                   "option 'size': '10' is not within 1 to 9");
    expect_refused(daemon, "{'name': 'played', 'options': {'size': 3, 'colour': 'blu'}}",
                   PH_INVALID, "option 'colour': 'blu' is none of: red, blue");
    expect_refused(daemon, "{'name': 'played', 'options': {'colour': null}}", PH_INVALID,
                   "option 'colour' is missing: Of the wall.");
    struct ph_error err =
        daemon_call_refused(daemon, "set", "{'name': 'played', 'options': {'sise': 3}}");
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "option 'sise' is not known");
    cr_expect_str_eq(err.hint, "did you mean 'size'?");
    cr_expect_eq(daemon_status(daemon, "plugin:played").pid, played_pid(played));
    expect_how(daemon, "{'name': 'played', 'options': {'old': null, 'size': 4}}", "restarted");
    played_renew(played);
    cr_expect_str_eq(played_option(played, "size"), "4");
    cr_expect_str_eq(played_option(played, "old"), "(none)");
}

/* It is restarted by the first; the process that comes has not said hello when the others do. */
Test(set, what_does_not_fit_is_refused_between_two_connections_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, DESCRIBES);
    played_ready(plugin);
    expect_how(daemon, "{'name': 'played', 'options': {'size': 4}}", "restarted");
    played_renew(played);
    expect_refused(daemon, "{'name': 'played', 'options': {'size': 10}}", PH_INVALID,
                   "option 'size': '10' is not within 1 to 9");
    expect_refused(daemon, "{'name': 'played', 'options': {'sise': 5}}", PH_INVALID,
                   "option 'sise' is not known");
    cr_expect_eq(daemon_status(daemon, "plugin:played").pid, played_pid(played));
    expect_how(daemon, "{'name': 'played', 'options': {'size': 5}}", "restarted");
    played_renew(played);
    cr_expect_str_eq(played_option(played, "size"), "5");
}

Test(set, a_plugin_that_is_stopped_is_not_asked_what_fits)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WORKSHOP);
    daemon_do(daemon, "start", "workshop", true);
    expect_refused(daemon, "{'name': 'workshop', 'options': {'level': 10}}", PH_INVALID,
                   "option 'level': '10' is not within 1 to 9");
    daemon_do(daemon, "stop", "workshop", true);
    expect_how(daemon, "{'name': 'workshop', 'options': {'level': 10}}", "kept");
}

Test(set, two_at_a_time_are_refused_so_that_none_is_lost)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(asked_release) struct asked asked = ask_for_blue(daemon);
    int64_t id = played_take_id(asked.plugin, "reconfigure");
    struct ph_error err =
        daemon_call_refused(daemon, "set", "{'name': 'played', 'options': {'size': '4'}}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message,
                     "the options of 'plugin:played' are being set by another command");
    played_answer(asked.plugin, id, 0);
    call_expect_done(asked.caller, WAIT_MS);
}
