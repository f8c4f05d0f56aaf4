#include "session.h"

#include "tally.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

struct session {
    const struct session_host *host;
    process_t *process; /* NULL: it runs by hand */
    char *name;
    struct spawned spawned;
    struct by_hand by_hand;

    /* Of the connection: forgotten when it says hello on another. */
    struct peer peer; /* nobody before hello */
    char word[SECRET_SIZE];
    bool is_trusted;
    bool is_ready;
    bool is_reconfiguring; /* it was sent new options and has not answered */
    description_t *description;
    struct tally tally;
    struct exchanges exchanges;
    int64_t missed;
};

/* ---- the connection ---- */

session_t *session_new(const struct session_host *host, const char *name, process_t *process)
{
    session_t *self = ph_calloc(1, sizeof *self);
    self->host = host;
    self->process = process;
    self->name = ph_strdup(name);
    self->spawned.fd = -1;
    self->exchanges.timers = loop_timers(host->loop);
    return self;
}

void session_destroy(session_t **self_p)
{
    session_t *self = *self_p;
    if (!self)
        return;
    spawned_release(&self->spawned);
    by_hand_stop(&self->by_hand);
    description_destroy(&self->description);
    free(self->name);
    free(self);
    *self_p = NULL;
}

void session_attach(session_t *self, const struct session_hello *hello,
                    description_t **description_p, const char *word)
{
    peer_set(&self->peer, hello->identity, hello->identity_size);
    memcpy(self->word, word, sizeof self->word);
    self->is_trusted = self->process || hello->is_trusted;
    description_destroy(&self->description);
    self->description = ph_steal(description_p);
    spawned_settle(&self->spawned);
}

void session_detach(session_t *self, const char *why)
{
    self->peer.size = 0;
    self->is_ready = false;
    exchanges_lose(&self->exchanges, why);
    tally_release(&self->tally);
    self->missed = 0;
}

void session_set_reconfiguring(session_t *self, bool is_reconfiguring)
{
    self->is_reconfiguring = is_reconfiguring;
}

bool session_is_reconfiguring(const session_t *self)
{
    return self->is_reconfiguring;
}

struct sessions *session_owner(const session_t *self)
{
    return self->host->owner;
}

struct peer *session_peer(session_t *self)
{
    return &self->peer;
}

struct spawned *session_spawned(session_t *self)
{
    return &self->spawned;
}

struct by_hand *session_by_hand(session_t *self)
{
    return &self->by_hand;
}

/* ---- what comes from it ---- */

void session_take_reply(session_t *self, const ph_value_t *reply)
{
    session_show_life(self);
    exchanges_take_reply(&self->exchanges, reply);
}

void session_show_life(session_t *self)
{
    if (self->process)
        process_show_life(self->process);
    else
        watchdog_show_life(&self->by_hand.silence);
}

void session_take_heartbeat(session_t *self, int64_t busy_ms)
{
    if (self->process)
        process_take_heartbeat(self->process, busy_ms);
    else
        watchdog_take_heartbeat(&self->by_hand.silence, busy_ms);
}

void session_set_ready(session_t *self)
{
    const struct session_listener *listener = &self->host->listener;
    if (self->process)
        process_set_ready(self->process, "the plugin is ready");
    self->is_ready = true;
    if (listener->on_ready)
        listener->on_ready(listener->arg, self);
}

void session_set_missed(session_t *self, int64_t missed)
{
    self->missed = missed;
}

/* ---- events that it counts ---- */

int session_subscribe(session_t *self, const char *prefix, struct ph_error *err)
{
    return tally_add(&self->tally, prefix, err);
}

int session_unsubscribe(session_t *self, const char *prefix, struct ph_error *err)
{
    return tally_remove(&self->tally, prefix, err);
}

void session_mark(session_t *self)
{
    if (self->tally.count > 0)
        bus_publish_mark(self->host->bus, self->word, self->tally.expected);
}

void session_count_event(session_t *self, const char *topic, size_t size)
{
    if (tally_count(&self->tally, topic, size))
        session_mark(self);
}

void session_write_subscriptions(const session_t *self, ph_writer_t *writer)
{
    for (size_t i = 0; i < self->tally.count; i++)
        ph_writer_string(writer, NULL, self->tally.prefixes[i].text);
}

/* ---- what is known of it ---- */

process_t *session_process(const session_t *self)
{
    return self->process;
}

const char *session_name(const session_t *self)
{
    return self->name;
}

const char *session_word(const session_t *self)
{
    return self->word;
}

bool session_is_trusted(const session_t *self)
{
    return self->is_trusted;
}

bool session_is_ready(const session_t *self)
{
    return self->is_ready;
}

int64_t session_missed(const session_t *self)
{
    return self->missed;
}

methods_t *session_methods(const session_t *self)
{
    return self->description ? description_methods(self->description) : NULL;
}

size_t session_pending(const session_t *self)
{
    return self->exchanges.count;
}

size_t session_pending_bytes(const session_t *self)
{
    return self->exchanges.size;
}

const description_t *session_description(const session_t *self)
{
    return self->description;
}

description_t *session_take_description(session_t *self)
{
    return ph_steal(&self->description);
}

bool session_handles(const session_t *self, const char *request)
{
    const ph_value_t *handles =
        self->description ? description_get(self->description, "handles") : NULL;
    for (size_t i = 0; i < ph_value_size(handles); i++)
        if (strcmp(ph_value_string(ph_value_at(handles, i), ""), request) == 0)
            return true;
    return false;
}

/* ---- speaking to it ---- */

static void send_body(const session_t *self, const ph_writer_t *body)
{
    size_t size;
    const void *data = ph_writer_data(body, &size);
    self->host->send(self->host->arg, self->peer.bytes, self->peer.size, data, size);
}

static void write_properties(ph_writer_t *body, const ph_writer_t *properties)
{
    if (!properties)
        return;
    ph_writer_map(body, "properties");
    ph_writer_merge(body, properties);
    ph_writer_end(body);
}

bool session_cast(session_t *self, const char *command, const ph_writer_t *properties)
{
    if (self->peer.size == 0)
        return false;
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "command", command);
    ph_writer_string(body, "msg_type", "cast");
    write_properties(body, properties);
    send_body(self, body);
    return true;
}

void session_request(session_t *self, const char *command, const ph_writer_t *properties,
                     struct exchange *exchange, int64_t timeout_ms)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "command", command);
    ph_writer_int(body, "id", exchange_begin(&self->exchanges, exchange, timeout_ms));
    write_properties(body, properties);
    send_body(self, body);
}
