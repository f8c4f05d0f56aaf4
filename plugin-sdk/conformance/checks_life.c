#include "check.h"

#include <alloc.h>
#include <signal.h>
#include <string.h>

void check_stop(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) >= 0)
        trial_stop(trial, verdict);
}

void check_sigterm(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    program_signal(trial->program, SIGTERM);
    bool has_ended = trial_wait_end(trial);
    ph_cleanup(ph_freep) char *end = program_describe_end(trial->program);
    if (!has_ended || !program_is_successful(trial->program))
        verdict_fail(verdict, "after SIGTERM: %s", end);
}

/* ---- another daemon ---- */

/* Returns the index in the record from which on the new connection is seen, or -1. */
static int restart(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0 || trial_probe(trial, verdict) < 0)
        return -1;
    size_t from = record_size(trial->record);
    struct ph_error err;
    if (daemon_restart(trial->daemon, &err) < 0)
        return verdict_skip(verdict, "%s", err.message);
    return (int)from;
}

/* Says whether a `plugin.subscribe` of this prefix has come from `from` on. */
static bool has_come(const record_t *record, size_t from, const char *prefix)
{
    size_t index = record_find(record, from, ENTRY_REQUEST, "plugin.subscribe");
    while (index < record_size(record)) {
        if (strcmp(entry_property(record_at(record, index), "prefix"), prefix) == 0)
            return true;
        index = record_find(record, index + 1, ENTRY_REQUEST, "plugin.subscribe");
    }
    return false;
}

static void expect_subscribed_again(const trial_t *trial, size_t from, struct verdict *verdict)
{
    const record_t *record = trial->record;
    size_t index = record_find(record, 0, ENTRY_REQUEST, "plugin.subscribe");
    while (index < from) {
        const char *prefix = entry_property(record_at(record, index), "prefix");
        if (!has_come(record, from, prefix))
            verdict_fail(verdict, "no 'plugin.subscribe' of '%s' came again", prefix);
        index = record_find(record, index + 1, ENTRY_REQUEST, "plugin.subscribe");
    }
}

static void expect_new_marks(const trial_t *trial, size_t from, struct verdict *verdict)
{
    const char *topic = daemon_mark_topic(trial->daemon);
    bool is_told = record_count(trial->record, from, ENTRY_REQUEST, "plugin.subscribe") > 0;
    bool has_all = record_count(trial->record, 0, ENTRY_SUBSCRIBE, "") > 0;
    if (is_told && !has_all && record_count(trial->record, from, ENTRY_SUBSCRIBE, topic) == 0)
        verdict_fail(verdict, "the SUB did not subscribe to '%s'", topic);
}

void check_reconnect(trial_t *trial, struct verdict *verdict)
{
    int from = restart(trial, verdict);
    if (from < 0 || trial_reach_ready(trial, (size_t)from, verdict) < 0)
        return;
    size_t hello = record_find(trial->record, (size_t)from, ENTRY_REQUEST, "plugin.hello");
    size_t ready = record_find(trial->record, (size_t)from, ENTRY_REQUEST, "plugin.ready");
    if (ready < hello)
        verdict_fail(verdict, "'plugin.ready' came before 'plugin.hello'");
    if (strcmp(entry_property(record_at(trial->record, hello), "token"), trial->token) != 0)
        verdict_fail(verdict, "the second 'plugin.hello' does not have the token");
    expect_subscribed_again(trial, (size_t)from, verdict);
    expect_new_marks(trial, (size_t)from, verdict);
    if (verdict->outcome == OUTCOME_OK)
        trial_probe(trial, verdict);
}

void check_reconnect_denied(trial_t *trial, struct verdict *verdict)
{
    int from = restart(trial, verdict);
    if (from < 0 || trial_reach_hello(trial, (size_t)from, verdict) < 0)
        return;
    bool has_ended = trial_wait_end(trial);
    ph_cleanup(ph_freep) char *end = program_describe_end(trial->program);
    if (!has_ended || program_is_killed(trial->program))
        verdict_fail(verdict, "after 'denied': %s", end);
}
