#include "check.h"

#include <alloc.h>
#include <string.h>

/* ---- replies ---- */

/* Checks that a reply is an error with the code `code` (NULL: any), or with `other` (NULL: no
 * other), and a reason. */
static void expect_refusal(const struct entry *entry, const char *code, const char *other,
                           struct verdict *verdict)
{
    const ph_value_t *body = entry_body(entry);
    const char *status = ph_value_string(ph_value_get(body, "status"), "");
    const char *got = ph_value_string(ph_value_get(body, "code"), "");
    if (strcmp(status, "error") != 0)
        verdict_fail(verdict, "the reply has the status '%s', not 'error'", status);
    else if (!*got)
        verdict_fail(verdict, "the reply has no 'code'");
    else if (code && strcmp(got, code) != 0 && (!other || strcmp(got, other) != 0))
        verdict_fail(verdict, "the reply has the code '%s', not '%s'", got, code);
    else if (!*ph_value_string(ph_value_get(body, "reason"), ""))
        verdict_fail(verdict, "the reply has no 'reason'");
}

/* Says whether no reply has come since `from` but that to the probe which this sends. */
static void expect_silence(trial_t *trial, size_t from, const char *what, struct verdict *verdict)
{
    int probe = trial_probe(trial, verdict);
    if (probe < 0)
        return;
    size_t count = record_count(trial->record, from, ENTRY_REPLY, NULL);
    size_t wrong = record_count(trial->record, from, ENTRY_WRONG, NULL);
    if (count > 1 || wrong > 0)
        verdict_fail(verdict, "%s was answered", what);
}

void check_unknown_request(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    int index = trial_probe(trial, verdict);
    if (index >= 0)
        expect_refusal(record_at(trial->record, (size_t)index), "unknown_command", NULL, verdict);
}

void check_request_ids(trial_t *trial, struct verdict *verdict)
{
    static const int64_t ids[] = {0, 1, -7, 200, INT64_C(1) << 31, INT64_MAX - 1};
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        trial->next_id = ids[i];
        if (trial_probe(trial, verdict) < 0)
            return;
    }
}

void check_one_reply(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    int index = trial_probe(trial, verdict);
    if (index < 0 || trial_probe(trial, verdict) < 0)
        return;
    /* An entry may move when another one is added, its text does not. */
    const char *id = record_at(trial->record, (size_t)index)->text;
    size_t count = record_count(trial->record, 0, ENTRY_REPLY, id);
    if (count != 1)
        verdict_fail(verdict, "%zu replies came to the request with id %s", count, id);
}

/* ---- casts ---- */

static void check_cast(trial_t *trial, const char *command, const ph_writer_t *properties,
                       struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    size_t from = record_size(trial->record);
    ph_cleanup(ph_freep) char *what = ph_format("the cast '%s'", command);
    daemon_request(trial->daemon, command, 0, properties, true);
    expect_silence(trial, from, what, verdict);
}

void check_unknown_cast(trial_t *trial, struct verdict *verdict)
{
    check_cast(trial, "conformance.cast", NULL, verdict);
}

void check_cancel(trial_t *trial, struct verdict *verdict)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_int(properties, "id", 4711);
    ph_writer_string(properties, "reason", "the time is over");
    check_cast(trial, "cancel", properties, verdict);
}

void check_reopen(trial_t *trial, struct verdict *verdict)
{
    check_cast(trial, "reopen", NULL, verdict);
}

/* ---- requests that are known ---- */

static int invoke(trial_t *trial, const char *method, const ph_value_t *arguments,
                  struct verdict *verdict)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "method", method);
    if (arguments) {
        ph_writer_value(properties, "args", arguments);
    } else {
        ph_writer_map(properties, "args");
        ph_writer_end(properties);
    }
    ph_writer_string(properties, "trace", "conformance");
    ph_writer_float(properties, "timeout", trial->settings->timeout_s);
    ph_writer_string(properties, "caller", "uid 0 pid 1");
    return trial_call(trial, "invoke", properties, verdict);
}

static bool has_methods(const trial_t *trial)
{
    size_t index = record_find(trial->record, 0, ENTRY_REQUEST, "plugin.hello");
    const ph_value_t *hello = entry_properties(record_at(trial->record, index));
    return ph_value_size(ph_value_get(hello, "methods")) > 0 ||
           record_count(trial->record, 0, ENTRY_REQUEST, "plugin.method") > 0;
}

/* To one that offers no methods `invoke` itself may be unknown. */
void check_invoke_unknown(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    int index = invoke(trial, "conformance.no_such_method", NULL, verdict);
    if (index >= 0)
        expect_refusal(record_at(trial->record, (size_t)index), "not_found",
                       has_methods(trial) ? NULL : "unknown_command", verdict);
}

void check_invoke(trial_t *trial, struct verdict *verdict)
{
    const char *method = trial->settings->method;
    if (!method) {
        verdict_skip(verdict,
                     "a method is only invoked with --invoke, because it may do something");
        return;
    }
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    int index = invoke(trial, method, ph_message_body(trial->settings->arguments), verdict);
    if (index < 0)
        return;
    const ph_value_t *body = entry_body(record_at(trial->record, (size_t)index));
    const char *status = ph_value_string(ph_value_get(body, "status"), "");
    if (strcmp(status, "ok") == 0 && !ph_value_get(body, "result"))
        verdict_fail(verdict, "the reply to '%s' has no 'result'", method);
    else if (strcmp(status, "ok") != 0)
        expect_refusal(record_at(trial->record, (size_t)index), NULL, NULL, verdict);
}

void check_reconfigure(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    if (!check_hello_lists(trial, "handles", "reconfigure")) {
        verdict_skip(verdict, "'handles' does not name 'reconfigure'");
        return;
    }
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_map(properties, "options");
    ph_writer_merge(properties, trial->options);
    ph_writer_end(properties);
    int index = trial_call(trial, "reconfigure", properties, verdict);
    if (index < 0)
        return;
    const ph_value_t *body = entry_body(record_at(trial->record, (size_t)index));
    if (strcmp(ph_value_string(ph_value_get(body, "status"), ""), "ok") != 0)
        verdict_fail(verdict, "it was refused: '%s'",
                     ph_value_string(ph_value_get(body, "reason"), ""));
}

void check_unknown_fields(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    struct verdict ignored = {0};
    ph_cleanup(ph_freep) char *topic = check_topic(trial, &ignored);
    if (topic)
        daemon_publish(trial->daemon, topic);
    if (trial_wait(trial, record_size(trial->record), ENTRY_REQUEST, "plugin.heartbeat") < 0)
        trial_fail_missing(trial, verdict, "a heartbeat");
    else if (trial_probe(trial, verdict) >= 0)
        trial_stop(trial, verdict);
}
