#include "check.h"

#include <alloc.h>
#include <string.h>

/* Returns the entry of hello, or NULL with the verdict filled. */
static const struct entry *reach_hello(trial_t *trial, struct verdict *verdict)
{
    int index = trial_reach_hello(trial, 0, verdict);
    return index < 0 ? NULL : record_at(trial->record, (size_t)index);
}

static bool is_message(const struct entry *entry)
{
    return entry->kind == ENTRY_REQUEST || entry->kind == ENTRY_REPLY || entry->kind == ENTRY_WRONG;
}

/* Says that a message came where none was to come, in a word such as "first". */
static void fail_message(const struct entry *entry, const char *where, struct verdict *verdict)
{
    const char *quote = entry->kind == ENTRY_WRONG ? "" : "'";
    const char *what = entry->kind == ENTRY_REPLY ? "the reply to " : "";
    verdict_fail(verdict, "%s%s%s%s came %s", what, quote, entry->text, quote, where);
}

static const struct entry *first_message(const record_t *record)
{
    size_t index = 0;
    while (!is_message(record_at(record, index)))
        index++;
    return record_at(record, index);
}

void check_hello(trial_t *trial, struct verdict *verdict)
{
    const struct entry *hello = reach_hello(trial, verdict);
    if (!hello)
        return;
    const struct entry *first = first_message(trial->record);
    const char *name = entry_property(hello, "name");
    if (first != hello)
        fail_message(first, "first", verdict);
    else if (entry_is_cast(hello) || !ph_value_get(entry_body(hello), "id"))
        verdict_fail(verdict, "'plugin.hello' came without an id, or as a cast");
    else if (strcmp(name, trial->settings->name) != 0)
        verdict_fail(verdict, "'name' is '%s', not '%s'", name, trial->settings->name);
}

void check_token(trial_t *trial, struct verdict *verdict)
{
    const struct entry *hello = reach_hello(trial, verdict);
    if (!hello)
        return;
    const ph_value_t *token = ph_value_get(entry_properties(hello), "token");
    if (!token)
        verdict_fail(verdict, "'plugin.hello' has no token");
    else if (strcmp(ph_value_string(token, ""), trial->token) != 0)
        verdict_fail(verdict, "'plugin.hello' has another token");
}

void check_protocol(trial_t *trial, struct verdict *verdict)
{
    const struct entry *hello = reach_hello(trial, verdict);
    if (!hello)
        return;
    static const char *const keys[] = {"protocol_min", "protocol_max"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (ph_value_type(ph_value_get(entry_properties(hello), keys[i])) != PH_INT) {
            verdict_fail(verdict, "'%s' is missing, or no integer", keys[i]);
            return;
        }
    int64_t min = ph_value_int(ph_value_get(entry_properties(hello), keys[0]), 0);
    int64_t max = ph_value_int(ph_value_get(entry_properties(hello), keys[1]), 0);
    if (min > PH_PROTOCOL || max < PH_PROTOCOL)
        verdict_fail(verdict, "the range is %lld to %lld", (long long)min, (long long)max);
}

void check_welcome(trial_t *trial, struct verdict *verdict)
{
    int hello = trial_reach_hello(trial, 0, verdict);
    if (hello < 0 || trial_reach_ready(trial, 0, verdict) < 0)
        return;
    static const char *const commands[] = {"plugin.subscribe", "plugin.ready", "plugin.heartbeat",
                                           "plugin.method"};
    int64_t welcome_ms = record_at(trial->record, (size_t)hello)->time_ms + DAEMON_HELD_MS;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        size_t index = record_find(trial->record, 0, ENTRY_REQUEST, commands[i]);
        if (index < record_size(trial->record) &&
            record_at(trial->record, index)->time_ms < welcome_ms)
            verdict_fail(verdict, "'%s' came before the reply to 'plugin.hello'", commands[i]);
    }
}

void check_ready(trial_t *trial, struct verdict *verdict)
{
    int ready = trial_reach_ready(trial, 0, verdict);
    if (ready < 0)
        return;
    size_t hello = record_find(trial->record, 0, ENTRY_REQUEST, "plugin.hello");
    if ((size_t)ready < hello) {
        verdict_fail(verdict, "'plugin.ready' came before 'plugin.hello'");
        return;
    }
    /* What it answers, it sends behind a second one. If it does not, another check says so. */
    struct verdict ignored = {0};
    trial_probe(trial, &ignored);
    size_t count = record_count(trial->record, 0, ENTRY_REQUEST, "plugin.ready");
    if (count != 1)
        verdict_fail(verdict, "'plugin.ready' came %zu times", count);
}

/* It may still say why it ends. */
static void check_refused(trial_t *trial, struct verdict *verdict)
{
    int hello = trial_reach_hello(trial, 0, verdict);
    if (hello < 0)
        return;
    bool has_ended = trial_wait_end(trial);
    for (size_t i = (size_t)hello + 1; i < record_size(trial->record); i++) {
        const struct entry *entry = record_at(trial->record, i);
        if (is_message(entry) && strcmp(entry->text, "plugin.failed") != 0) {
            fail_message(entry, "after the refusal", verdict);
            return;
        }
    }
    ph_cleanup(ph_freep) char *end = program_describe_end(trial->program);
    if (!has_ended || program_is_successful(trial->program) || program_is_killed(trial->program))
        verdict_fail(verdict, "after the refusal: %s", end);
}

void check_incompatible(trial_t *trial, struct verdict *verdict)
{
    check_refused(trial, verdict);
}

void check_denied(trial_t *trial, struct verdict *verdict)
{
    check_refused(trial, verdict);
}

bool check_hello_lists(const trial_t *trial, const char *key, const char *text)
{
    size_t index = record_find(trial->record, 0, ENTRY_REQUEST, "plugin.hello");
    const struct entry *hello = record_at(trial->record, index);
    const ph_value_t *list = ph_value_get(entry_properties(hello), key);
    for (size_t i = 0; i < ph_value_size(list); i++)
        if (strcmp(ph_value_string(ph_value_at(list, i), ""), text) == 0)
            return true;
    return false;
}
