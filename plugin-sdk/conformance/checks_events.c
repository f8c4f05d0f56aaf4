#include "check.h"

#include <alloc.h>
#include <string.h>

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Neither markers nor marks nor output take a number, so that nothing of them counts. */
static bool is_counted(const struct entry *entry)
{
    return entry->kind == ENTRY_SUBSCRIBE && !begins(entry->text, "plughost.sync.") &&
           !begins(entry->text, "plughost.mark.") && !begins(entry->text, "log.");
}

static size_t find_subscription(const record_t *record)
{
    size_t index = 0;
    while (index < record_size(record) && !is_counted(record_at(record, index)))
        index++;
    return index;
}

/* ---- subscriptions ---- */

/* Returns the index of the first subscription before `end` that gets all of `prefix`, or `end`. */
static size_t find_cover(const record_t *record, size_t end, const char *prefix)
{
    for (size_t i = 0; i < end; i++)
        if (record_at(record, i)->kind == ENTRY_SUBSCRIBE &&
            begins(prefix, record_at(record, i)->text))
            return i;
    return end;
}

/* Returns the index of the first marker behind `from` and before `end`, or `end`. */
static size_t find_marker(const record_t *record, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (record_at(record, i)->kind == ENTRY_SUBSCRIBE &&
            begins(record_at(record, i)->text, "plughost.sync."))
            return i;
    return end;
}

static void check_one_marker(const record_t *record, size_t index, struct verdict *verdict)
{
    const struct entry *entry = record_at(record, index);
    const char *prefix = entry_property(entry, "prefix");
    size_t cover = find_cover(record, index, prefix);
    size_t marker = find_marker(record, cover, index);
    if (cover == index)
        verdict_fail(verdict, "the SUB had not subscribed to '%s' before 'plugin.subscribe'",
                     prefix);
    else if (marker == index)
        verdict_fail(verdict,
                     "no marker was asked for between the subscription to '%s' and "
                     "'plugin.subscribe'",
                     prefix);
    else if (entry->time_ms < record_at(record, marker)->time_ms + DAEMON_HELD_MS)
        verdict_fail(verdict, "'plugin.subscribe' of '%s' came before the marker", prefix);
}

void check_marker(trial_t *trial, struct verdict *verdict)
{
    int ready = trial_reach_ready(trial, 0, verdict);
    if (ready < 0)
        return;
    const record_t *record = trial->record;
    size_t index = record_find(record, 0, ENTRY_REQUEST, "plugin.subscribe");
    if (index == record_size(record))
        verdict_skip(verdict, "it sends no 'plugin.subscribe'");
    while (index < record_size(record)) {
        check_one_marker(record, index, verdict);
        index = record_find(record, index + 1, ENTRY_REQUEST, "plugin.subscribe");
    }
}

/* Says whether a `plugin.subscribe` counts all that begins with `prefix`. */
static bool is_told(const record_t *record, const char *prefix)
{
    size_t index = record_find(record, 0, ENTRY_REQUEST, "plugin.subscribe");
    while (index < record_size(record)) {
        if (begins(prefix, entry_property(record_at(record, index), "prefix")))
            return true;
        index = record_find(record, index + 1, ENTRY_REQUEST, "plugin.subscribe");
    }
    return false;
}

void check_counted(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    if (find_subscription(trial->record) == record_size(trial->record))
        verdict_skip(verdict, "its SUB subscribes to no events");
    for (size_t i = 0; i < record_size(trial->record); i++) {
        const struct entry *entry = record_at(trial->record, i);
        if (is_counted(entry) && !is_told(trial->record, entry->text))
            verdict_fail(verdict, "no 'plugin.subscribe' came for '%s'", entry->text);
    }
}

void check_mark_topic(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    const char *topic = daemon_mark_topic(trial->daemon);
    size_t end = record_find(trial->record, 0, ENTRY_REQUEST, "plugin.subscribe");
    if (end == record_size(trial->record))
        verdict_skip(verdict, "it sends no 'plugin.subscribe'");
    else if (find_cover(trial->record, end, topic) == end)
        verdict_fail(verdict, "the SUB had not subscribed to '%s' before 'plugin.subscribe'",
                     topic);
}

/* ---- heartbeats ---- */

enum { WATCHED_HEARTBEATS = 5 };

/* Checks those that have come. Returns how many. */
static size_t check_heartbeats(const record_t *record, struct verdict *verdict)
{
    size_t count = 0;
    size_t index = record_find(record, 0, ENTRY_REQUEST, "plugin.heartbeat");
    while (index < record_size(record)) {
        const struct entry *entry = record_at(record, index);
        const ph_value_t *missed = ph_value_get(entry_properties(entry), "missed");
        if (missed && ph_value_int(missed, -1) < 0)
            verdict_fail(verdict, "'missed' of a heartbeat is no integer from 0");
        count++;
        index = record_find(record, index + 1, ENTRY_REQUEST, "plugin.heartbeat");
    }
    return count;
}

/* A machine that is busy may be late by as much again. */
static void check_gaps(const trial_t *trial, size_t ready, struct verdict *verdict)
{
    int64_t last_ms = record_at(trial->record, ready)->time_ms;
    int64_t limit_ms = 2 * trial_heartbeat_ms(trial);
    for (size_t i = ready + 1; i < record_size(trial->record); i++) {
        int64_t gap_ms = record_at(trial->record, i)->time_ms - last_ms;
        if (gap_ms > limit_ms)
            verdict_fail(verdict, "nothing came for %.1f s, where %.1f s are allowed",
                         (double)gap_ms / 1000, (double)trial_heartbeat_ms(trial) / 1000);
        last_ms = record_at(trial->record, i)->time_ms;
    }
}

void check_heartbeat(trial_t *trial, struct verdict *verdict)
{
    int ready = trial_reach_ready(trial, 0, verdict);
    if (ready < 0)
        return;
    size_t from = (size_t)ready;
    for (int i = 0; i < WATCHED_HEARTBEATS; i++) {
        int index = trial_wait(trial, from, ENTRY_REQUEST, "plugin.heartbeat");
        if (index < 0) {
            trial_fail_missing(trial, verdict, "a heartbeat");
            return;
        }
        from = (size_t)index + 1;
    }
    check_gaps(trial, (size_t)ready, verdict);
    check_heartbeats(trial->record, verdict);
}

void check_no_heartbeat(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    trial_play(trial, WATCHED_HEARTBEATS * trial_heartbeat_ms(trial));
    size_t count = record_count(trial->record, 0, ENTRY_REQUEST, "plugin.heartbeat");
    if (count > 1) /* a single one tells nobody's timer */
        verdict_fail(verdict, "%zu heartbeats came in %.1f s", count,
                     (double)(WATCHED_HEARTBEATS * trial_heartbeat_ms(trial)) / 1000);
    else
        trial_probe(trial, verdict);
}

/* ---- what was missed ---- */

/* Returns a topic below a prefix that ends with a dot. Nothing that a plugin would act upon. */
static char *topic_below(const char *prefix)
{
    if (*prefix == '\0')
        return ph_strdup("event.conformance");
    if (strcmp(prefix, "watcher.") == 0)
        return ph_strdup("watcher.conformance.start");
    return ph_format("%s%s", prefix, begins(prefix, "watcher.") ? "start" : "conformance");
}

char *check_topic(const trial_t *trial, struct verdict *verdict)
{
    size_t index = record_find(trial->record, 0, ENTRY_REQUEST, "plugin.subscribe");
    if (index == record_size(trial->record)) {
        verdict_skip(verdict, "it sends no 'plugin.subscribe'");
        return NULL;
    }
    const char *prefix = entry_property(record_at(trial->record, index), "prefix");
    size_t length = strlen(prefix);
    bool is_open = length == 0 || prefix[length - 1] == '.';
    return is_open ? topic_below(prefix) : ph_strdup(prefix);
}

/* Waits until a heartbeat has been made that knows all that was published before. Of the next two
 * the first may have been on its way. Returns what it says, or -1 with the verdict filled. */
static int64_t wait_missed(trial_t *trial, struct verdict *verdict)
{
    int index = (int)record_size(trial->record) - 1;
    for (int i = 0; i < 2; i++) {
        index = trial_wait(trial, (size_t)index + 1, ENTRY_REQUEST, "plugin.heartbeat");
        if (index < 0)
            return trial_fail_missing(trial, verdict, "a heartbeat");
    }
    const ph_value_t *properties = entry_properties(record_at(trial->record, (size_t)index));
    return ph_value_int(ph_value_get(properties, "missed"), 0);
}

static int expect_missed(trial_t *trial, int64_t expected, const char *when,
                         struct verdict *verdict)
{
    int64_t missed = wait_missed(trial, verdict);
    if (missed < 0 || missed == expected)
        return missed < 0 ? -1 : 0;
    return verdict_fail(verdict, "%s, 'missed' is %lld instead of %lld", when, (long long)missed,
                        (long long)expected);
}

void check_missed(trial_t *trial, struct verdict *verdict)
{
    enum { PUBLISHED = 3, LOST = 2 };
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    ph_cleanup(ph_freep) char *topic = check_topic(trial, verdict);
    if (!topic)
        return;
    for (int i = 0; i < PUBLISHED; i++)
        daemon_publish(trial->daemon, topic);
    daemon_mark(trial->daemon);
    if (expect_missed(trial, 0, "after events that all came", verdict) < 0)
        return;
    for (int i = 0; i < LOST; i++)
        daemon_lose(trial->daemon, topic);
    daemon_publish(trial->daemon, topic);
    daemon_mark(trial->daemon);
    if (expect_missed(trial, LOST, "after 2 events that got lost", verdict) < 0)
        return;
    daemon_publish(trial->daemon, topic);
    daemon_lose(trial->daemon, topic);
    daemon_mark(trial->daemon);
    expect_missed(trial, LOST + 1, "after one more that got lost", verdict);
}
