#include "check.h"

#include <string.h>

static bool is_cast_by_rule(const char *command)
{
    static const char *const casts[] = {"plugin.heartbeat", "plugin.metrics", "plugin.log"};
    for (size_t i = 0; i < sizeof casts / sizeof casts[0]; i++)
        if (strcmp(casts[i], command) == 0)
            return true;
    return false;
}

static int check_request(const struct entry *entry, struct verdict *verdict)
{
    const ph_value_t *body = entry_body(entry);
    const ph_value_t *properties = ph_value_get(body, "properties");
    if (ph_value_type(ph_value_get(body, "command")) != PH_STRING)
        return verdict_fail(verdict, "'command' is %s, not a text", entry->text);
    if (properties && ph_value_type(properties) != PH_MAP)
        return verdict_fail(verdict, "'properties' of '%s' is no map", entry->text);
    if (ph_value_get(body, "msg_type") && !entry_is_cast(entry))
        return verdict_fail(verdict, "'msg_type' of '%s' is not 'cast'", entry->text);
    if (is_cast_by_rule(entry->text) && !entry_is_cast(entry))
        return verdict_fail(verdict, "'%s' is no cast", entry->text);
    return 0;
}

static void check_entries(const record_t *record, struct verdict *verdict)
{
    for (size_t i = 0; i < record_size(record); i++) {
        const struct entry *entry = record_at(record, i);
        if (entry->kind == ENTRY_WRONG)
            verdict_fail(verdict, "it sent %s", entry->text);
        else if (entry->kind == ENTRY_REQUEST)
            check_request(entry, verdict);
    }
}

/* Looks at a whole life, with as much in it as can be caused. */
void check_messages(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    struct verdict ignored = {0}; /* is there anything to look at? other checks want it */
    daemon_request(trial->daemon, "reopen", 0, NULL, true);
    trial_probe(trial, &ignored);
    trial_wait(trial, 0, ENTRY_REQUEST, "plugin.heartbeat");
    trial_stop(trial, &ignored);
    check_entries(trial->record, verdict);
}
