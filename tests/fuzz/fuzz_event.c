/* Feeds frames to what the library makes events of, and counts them as a session does.
 *
 * The input is records of a kind, a size and so many bytes. An event has its topic, a NUL, and its
 * body; a mark has a body; a prefix is subscribed to, or no longer; a session begins with an
 * epoch. */
#include <alloc.h>
#include <assert.h>
#include <event.h>
#include <gap_counter.h>
#include <plughost/value.h>
#include <stamp.h>
#include <string.h>

enum { EVENT, MARK, SUBSCRIBE, UNSUBSCRIBE, BEGIN, RETURN, SETTLE, KINDS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct record {
    unsigned kind;
    const char *bytes;
    size_t size;
};

static bool next_record(const uint8_t **data, size_t *left, struct record *record)
{
    if (*left < 2)
        return false;
    size_t room = *left - 2;
    record->kind = (*data)[0] % KINDS;
    record->size = (*data)[1] < room ? (*data)[1] : room;
    record->bytes = (const char *)*data + 2;
    *data += 2 + record->size;
    *left -= 2 + record->size;
    return true;
}

/* What is read in place must be what decoding says. */
static void compare_stamp(const ph_event_t *event, const char *body, size_t size)
{
    struct stamp stamp;
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(body, size, NULL);
    if (!message || !stamp_read(&stamp, body, size))
        return;
    const ph_value_t *map = ph_message_body(message);
    double time = ph_value_float(ph_value_get(map, "time"), 0);
    assert(memcmp(&time, &stamp.time, sizeof time) == 0);
    const ph_value_t *seq = ph_value_get(map, "seq");
    assert(stamp.seq > INT64_MAX || (uint64_t)ph_value_int(seq, -1) == stamp.seq);
    assert(strcmp(ph_event_epoch(event), ph_value_string(ph_value_get(map, "epoch"), "")) == 0);
}

static void look_at(const ph_event_t *event)
{
    const char *topic = ph_event_topic(event);
    assert(strlen(ph_event_watcher(event)) <= strlen(topic));
    assert(ph_event_watcher(event) == ph_event_watcher(event)); /* made once, if at all */
    assert(strstr(topic, ph_event_action(event)));
    assert(ph_value_type(ph_event_body(event)) == PH_MAP);
    assert(event_begins_with(event, ""));
}

static void check_gap(const gap_counter_t *counter, bool is_gap, const struct ph_gap *gap)
{
    assert(!is_gap || gap->is_new_epoch || gap->missed <= gap_counter_missed(counter));
}

static void take_event(gap_counter_t *counter, const struct record *record)
{
    const char *nul = memchr(record->bytes, '\0', record->size);
    size_t topic_size = nul ? (size_t)(nul - record->bytes) : record->size;
    const char *body = nul ? nul + 1 : record->bytes + record->size;
    size_t size = (size_t)(record->bytes + record->size - body);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        event_new(record->bytes, topic_size, body, size, NULL);
    if (!event)
        return;
    struct ph_gap gap = {0};
    struct place place = {ph_event_epoch(event), ph_event_seq(event)};
    (void)ph_event_time(event);
    look_at(event);
    compare_stamp(event, body, size);
    if (event_is_numbered(event))
        check_gap(counter, gap_counter_take(counter, ph_event_topic(event), &place, &gap), &gap);
}

static void take_mark(gap_counter_t *counter, const struct record *record, bool is_return)
{
    struct ph_gap gap = {0};
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        event_new("plughost.mark.s", strlen("plughost.mark.s"), record->bytes, record->size, NULL);
    if (!event)
        return;
    int64_t expected = ph_value_int(ph_value_get(ph_event_body(event), "expected"), 0);
    struct place place = {ph_event_epoch(event), ph_event_seq(event)};
    assert(!event_is_numbered(event));
    bool is_gap = is_return ? gap_counter_return(counter, &place, &gap)
                            : gap_counter_mark(counter, (uint64_t)expected, &place, &gap);
    check_gap(counter, is_gap, &gap);
}

static void take(gap_counter_t *counter, const struct record *record, uint64_t seq)
{
    struct ph_gap gap = {0};
    ph_cleanup(ph_freep) char *text = ph_strndup(record->bytes, record->size);
    switch (record->kind) {
    case EVENT:
        take_event(counter, record);
        break;
    case SUBSCRIBE:
        gap_counter_subscribe(counter, text, seq);
        break;
    case UNSUBSCRIBE:
        gap_counter_unsubscribe(counter, text, seq);
        break;
    case BEGIN:
        gap_counter_begin(counter, text);
        break;
    case SETTLE:
        check_gap(counter, gap_counter_settle(counter, &gap), &gap);
        break;
    default:
        take_mark(counter, record, record->kind == RETURN);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record;
    gap_counter_t *counter = gap_counter_new();
    for (uint64_t seq = 0; next_record(&data, &size, &record); seq++)
        take(counter, &record, seq);
    gap_counter_destroy(&counter);
    return 0;
}
