#include "check.h"

#include <alloc.h>
#include <string.h>

/* Two heartbeats: the first one may have been on its way. The probe shows that it still answers. */
static void expect_life(trial_t *trial, struct verdict *verdict)
{
    size_t from = record_size(trial->record);
    for (int i = 0; i < 2; i++) {
        int index = trial_wait(trial, from, ENTRY_REQUEST, "plugin.heartbeat");
        if (index < 0) {
            trial_fail_missing(trial, verdict, "a heartbeat behind it");
            return;
        }
        from = (size_t)index + 1;
    }
    trial_probe(trial, verdict);
}

static void check_bytes(trial_t *trial, const void *data, size_t size, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    daemon_send_bytes(trial->daemon, data, size);
    expect_life(trial, verdict);
}

void check_garbage(trial_t *trial, struct verdict *verdict)
{
    static const char bytes[] = "\xc1\xff\x81\xa1";
    check_bytes(trial, bytes, sizeof bytes - 1, verdict);
}

void check_empty_frame(trial_t *trial, struct verdict *verdict)
{
    check_bytes(trial, "", 0, verdict);
}

void check_no_map(trial_t *trial, struct verdict *verdict)
{
    static const char list[] = "\x92\x01\xa4stop";
    check_bytes(trial, list, sizeof list - 1, verdict);
}

void check_no_command(trial_t *trial, struct verdict *verdict)
{
    static const char map[] = "\x81\xa2id\x01";
    check_bytes(trial, map, sizeof map - 1, verdict);
}

void check_unknown_reply(trial_t *trial, struct verdict *verdict)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_int(reply, "id", 987654321);
    ph_writer_string(reply, "status", "ok");
    size_t size;
    const void *data = ph_writer_data(reply, &size);
    check_bytes(trial, data, size, verdict);
}

void check_broken_event(trial_t *trial, struct verdict *verdict)
{
    static const char bytes[] = "\xc1\xff";
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    ph_cleanup(ph_freep) char *topic = check_topic(trial, verdict);
    if (!topic)
        return;
    daemon_publish_bytes(trial->daemon, topic, bytes, sizeof bytes - 1);
    daemon_publish_bytes(trial->daemon, daemon_mark_topic(trial->daemon), bytes, sizeof bytes - 1);
    expect_life(trial, verdict);
}

void check_unknown_topic(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    ph_cleanup(ph_freep) char *topic = check_topic(trial, verdict);
    if (!topic)
        return;
    ph_cleanup(ph_freep) char *unknown = ph_format("%s_of_a_later_version", topic);
    daemon_publish(trial->daemon, unknown);
    expect_life(trial, verdict);
}
