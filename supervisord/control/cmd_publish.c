/* The command by which applications and plugins publish events of their own. */
#include "command.h"

#include <alloc.h>
#include <ctype.h>
#include <string.h>
#include <wire/utf8.h>

enum { TOPIC_MAX_BYTES = 200, EVENTS_MAX = 1000 };

/* One event as it was sent: nothing of it is decoded. */
struct event {
    const char *topic;
    size_t topic_size;
    struct wire_slice fields;
};

struct publication {
    struct command_call *call;
    struct publisher *publisher;
    size_t max_bytes;
};

/* ---- who ---- */

/* All connections of a process share a rate, so that nobody gets more by opening more of them, or
 * by saying hello on each. A process or session that gets the number or place of one before it
 * begins with what that has left, of one second at most. */
static void read_key(const struct command_call *call, struct publisher_key *key)
{
    *key = (struct publisher_key){0};
    if (call->session && session_process(call->session)) {
        key->session = call->session;
        return;
    }
    key->pid = request_sender_pid(call->request);
    key->uid = request_sender_uid(call->request);
    if (key->pid > 0)
        return;
    size_t size;
    const void *peer = request_peer(call->request, &size);
    peer_set(&key->peer, peer, size);
}

/* A plugin by hand says hello on a connection of its process, and a session takes the place of one
 * that has ended; a process keeps its name otherwise. */
static bool is_named(const struct publisher *publisher, const session_t *session)
{
    static const char prefix[] = "plugin:";
    const char *name = publisher->name;
    bool is_plugin = strncmp(name, prefix, sizeof prefix - 1) == 0;
    if (!session || !session_is_trusted(session))
        return !is_plugin;
    return is_plugin && strcmp(name + sizeof prefix - 1, session_name(session)) == 0;
}

static struct publisher *find_publisher(const struct command_call *call)
{
    struct publisher_key key;
    publishers_t *publishers = supervisor_publishers(call->supervisor);
    read_key(call, &key);
    struct publisher *publisher = publishers_find(publishers, &key);
    if (publisher && is_named(publisher, call->session))
        return publisher;
    ph_cleanup(ph_freep) char *name = command_sender(call);
    if (!publisher)
        return publishers_add(publishers, &key, name);
    publisher_rename(publisher, name);
    return publisher;
}

/* ---- topics ---- */

static bool is_topic_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

static int check_topic(const struct event *event, struct ph_error *err)
{
    static const char prefix[] = "event.";
    const char *topic = event->topic;
    size_t size = event->topic_size;
    bool is_good = topic && size > sizeof prefix - 1 && size <= TOPIC_MAX_BYTES &&
                   memcmp(topic, prefix, sizeof prefix - 1) == 0;
    for (size_t i = 0; is_good && i < size; i++)
        is_good = is_topic_letter(topic[i]);
    if (is_good)
        return 0;
    ph_error_set(err, PH_INVALID, "'%.*s' is no topic that can be published",
                 topic ? (int)strnlen(topic, size < 100 ? size : 100) : 0, topic ? topic : "");
    return ph_error_hint(err, "event.TYPE: letters, digits, '_', '-' and dots, at most %d bytes",
                         TOPIC_MAX_BYTES);
}

/* Topics have names in small letters. */
static bool is_own_topic(const char *name, const struct event *event)
{
    const char *rest = event->topic + strlen("event.");
    size_t size = event->topic_size - strlen("event."), length = strlen(name);
    if (size < length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (rest[i] != tolower((unsigned char)name[i]))
            return false;
    return size == length || rest[length] == '.';
}

static bool is_granted(const struct watcher_options *options, const struct event *event)
{
    for (char **grant = options->publish; grant && *grant; grant++) {
        size_t length = strlen(*grant);
        bool is_prefix = (*grant)[length - 1] == '.';
        if ((is_prefix ? event->topic_size > length : event->topic_size == length) &&
            memcmp(*grant, event->topic, length) == 0)
            return true;
    }
    return false;
}

/* Outside clients may publish anything, and so may plugins by hand that are no more than that. */
static int check_right(const session_t *session, const struct event *event, struct ph_error *err)
{
    const process_t *process = session ? session_process(session) : NULL;
    if (!session || !session_is_trusted(session) || is_own_topic(session_name(session), event) ||
        (process && is_granted(process_options(process), event)))
        return 0;
    ph_error_set(err, PH_DENIED, "plugin '%s' may not publish '%.*s'", session_name(session),
                 (int)event->topic_size, event->topic);
    return ph_error_hint(err, "it may publish event.%s and below; others by its option 'publish'",
                         session_name(session));
}

/* ---- what is published ---- */

static bool is_reserved(const char *key, size_t size)
{
    static const struct {
        size_t size;
        const char *text;
    } words[] = {{4, "time"}, {5, "epoch"}, {3, "seq"}, {9, "publisher"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].size == size && memcmp(words[i].text, key, size) == 0)
            return true;
    return false;
}

static int check_fields(const struct publication *self, const struct event *event,
                        struct ph_error *err)
{
    struct wire_slice key, value;
    if (event->fields.size > self->max_bytes)
        return ph_error_set(err, PH_INVALID, "'%.*s' has %zu bytes; publish_max_bytes allows %zu",
                            (int)event->topic_size, event->topic, event->fields.size,
                            self->max_bytes);
    struct wire_walk walk = wire_walk(event->fields);
    while (wire_walk_next(&walk, &key) && wire_walk_next(&walk, &value)) {
        size_t size = 0;
        const char *text = wire_slice_text(key, &size);
        if (!text || !wire_is_utf8(text, size))
            return ph_error_set(err, PH_INVALID, "'%.*s' has a field whose name is no text",
                                (int)event->topic_size, event->topic);
        if (is_reserved(text, size))
            return ph_error_set(err, PH_INVALID, "'%.*s' has a field '%.*s', which is plughostd's",
                                (int)event->topic_size, event->topic, (int)size, text);
    }
    return 0;
}

static int check_event(const struct publication *self, struct wire_slice topic,
                       struct wire_slice fields, struct event *event, struct ph_error *err)
{
    *event = (struct event){.fields = fields};
    event->topic = wire_slice_text(topic, &event->topic_size);
    enum ph_type type = wire_slice_type(event->fields);
    if (check_topic(event, err) < 0 || check_right(self->call->session, event, err) < 0)
        return -1;
    if (type != PH_MAP && type != PH_NIL)
        return ph_error_set(err, PH_INVALID, "the fields of '%.*s' are not a map",
                            (int)event->topic_size, event->topic);
    return check_fields(self, event, err);
}

static int read_event(const struct publication *self, struct wire_slice map, struct event *event,
                      struct ph_error *err)
{
    struct wire_pick picks[] = {WIRE_PICK("topic"), WIRE_PICK("fields")};
    wire_slice_pick(map, picks, 2);
    return check_event(self, picks[0].value, picks[1].value, event, err);
}

static int64_t send_event(const struct publication *self, const struct event *event)
{
    return bus_publish_application(supervisor_host(self->call->supervisor)->bus, event->topic,
                                   event->topic_size, self->publisher->name, event->fields);
}

static int publish_one(const struct publication *self, struct wire_slice topic,
                       struct wire_slice fields, struct ph_error *err)
{
    const publishers_t *publishers = supervisor_publishers(self->call->supervisor);
    struct event event;
    if (check_event(self, topic, fields, &event, err) < 0 ||
        publisher_take(publishers, self->publisher, 1, err) < 0)
        return -1;
    ph_writer_int(self->call->reply, "count", 1);
    ph_writer_int(self->call->reply, "seq", send_event(self, &event));
    return 0;
}

/* All of them are looked at before the first goes out. */
static int publish_all(const struct publication *self, struct wire_slice list, struct ph_error *err)
{
    const publishers_t *publishers = supervisor_publishers(self->call->supervisor);
    struct wire_walk walk = wire_walk(list);
    size_t count = walk.left;
    struct wire_slice item;
    struct event event;
    if (count > EVENTS_MAX)
        return ph_error_set(err, PH_INVALID, "%zu events in one message; at most %d are allowed",
                            count, EVENTS_MAX);
    while (wire_walk_next(&walk, &item))
        if (read_event(self, item, &event, err) < 0)
            return -1;
    if (publisher_take(publishers, self->publisher, count, err) < 0)
        return -1;
    int64_t seq = bus_seq(supervisor_host(self->call->supervisor)->bus);
    for (walk = wire_walk(list); wire_walk_next(&walk, &item);)
        if (read_event(self, item, &event, err) == 0)
            seq = send_event(self, &event);
    ph_writer_int(self->call->reply, "count", (int64_t)count);
    ph_writer_int(self->call->reply, "seq", seq);
    return 0;
}

enum { EVENTS, TOPIC, FIELDS, PROPERTIES };

static int refuse_unknown(struct wire_slice properties, const struct wire_pick *known,
                          struct ph_error *err)
{
    struct wire_slice key, value;
    struct wire_walk walk = wire_walk(properties);
    while (wire_walk_next(&walk, &key) && wire_walk_next(&walk, &value)) {
        size_t size = 0;
        const char *text = wire_slice_text(key, &size);
        bool is_known = false;
        for (size_t i = 0; i < PROPERTIES; i++)
            is_known |= wire_slice_is(key, known[i].key);
        if (!is_known)
            return ph_error_set(err, PH_INVALID, "'publish' has no property '%.*s'",
                                text ? (int)(size < 100 ? size : 100) : 1, text ? text : "?");
    }
    return 0;
}

/* Events come in floods: who sends nothing unknown, and that is nearly everybody, is read once. */
static int read_properties(struct wire_slice properties, struct wire_pick *picks,
                           struct ph_error *err)
{
    size_t found = 0;
    wire_slice_pick(properties, picks, PROPERTIES);
    for (size_t i = 0; i < PROPERTIES; i++)
        found += picks[i].value.at != NULL;
    return wire_walk(properties).left == 2 * found ? 0 : refuse_unknown(properties, picks, err);
}

static int publish(const struct publication *self, struct ph_error *err)
{
    struct wire_pick picks[PROPERTIES] = {[EVENTS] = WIRE_PICK("events"),
                                          [TOPIC] = WIRE_PICK("topic"),
                                          [FIELDS] = WIRE_PICK("fields")};
    if (read_properties(request_encoded_properties(self->call->request), picks, err) < 0)
        return -1;
    struct wire_slice events = picks[EVENTS].value, topic = picks[TOPIC].value;
    if (wire_slice_type(events) != PH_ARRAY)
        return publish_one(self, topic, picks[FIELDS].value, err);
    if (wire_slice_type(topic) != PH_NIL)
        return ph_error_set(err, PH_INVALID,
                            "'publish' takes a topic or a list of events, not both");
    return publish_all(self, events, err);
}

/* Nobody waits for the answer to a cast: what is refused of it goes to the log. */
int command_publish(struct command_call *call, struct ph_error *err)
{
    const struct settings *settings = supervisor_settings(call->supervisor);
    struct publication self = {.call = call,
                               .publisher = find_publisher(call),
                               .max_bytes = (size_t)settings->publish_max_bytes};
    if (publish(&self, err) == 0)
        return 0;
    if (request_is_cast(call->request))
        publisher_complain(supervisor_publishers(call->supervisor), self.publisher, err);
    return -1;
}
