/* bus.h - tells everyone what happens: numbers events, logs them and publishes them. */
#pragma once

#include "../loop/loop.h"
#include "../stream/block.h"
#include "kinds.h"

#include <wire/slice.h>

typedef struct bus bus_t;

/* Takes the bound XPUB socket that events go to, and sets `*socket_p` to NULL. The loop and the log
 * are borrowed. The caller owns the result. Returns NULL and `err` when the socket cannot be
 * watched; it is closed then. */
bus_t *bus_new(loop_t *loop, zsock_t **socket_p, ph_log_t *log, struct ph_error *err);

/* Closes the socket once what was published is on its way (at most a second), frees `*self_p` and
 * sets it to NULL. `*self_p` may be NULL. */
void bus_destroy(bus_t **self_p);

/* Publishes an event. `subject` is the watcher's name, NULL for an event of the daemon; `fields`
 * are the body beside time, epoch and seq, or NULL; `text` is the line for the log. */
void bus_publish(bus_t *self, enum event_kind kind, const char *subject, const ph_writer_t *fields,
                 const char *text);

/* Publishes what a process wrote, on topic log.NAME. It is no event: it takes no number, and is not
 * logged. */
void bus_publish_output(bus_t *self, const struct block *block);

/* Publishes an event of an application under its whole topic. `fields`, an encoded map or nothing,
 * are the body beside time, epoch, seq and publisher. It is not logged. These come in floods: they
 * are sent together, before the next other event and before the loop waits. Returns its number. */
int64_t bus_publish_application(bus_t *self, const char *topic, size_t topic_size,
                                const char *publisher, struct wire_slice fields);

/* Publishes on topic plughost.mark.WORD how many events a plugin should have received. It takes no
 * number. */
void bus_publish_mark(bus_t *self, const char *word, uint64_t expected);

/* Calls `on_event(arg, …)` after each event that took a number; NULL ends that. */
typedef void bus_event_fn(void *arg, const char *topic, size_t size);
void bus_listen_for_events(bus_t *self, bus_event_fn *on_event, void *arg);

/* What happens, for one who tells it to others in another form. `topic` is that of the event. */
struct bus_event {
    enum event_kind kind;
    const char *topic;
    double time;
    const ph_writer_t *fields; /* or NULL */
};
struct bus_tap {
    void (*on_event)(void *arg, const struct bus_event *event); /* NULL: nobody is told */
    /* A watcher has come up, which is no event of its own here; `topic` is watcher.NAME.start. */
    void (*on_active)(void *arg, const char *topic, double time);
    void *arg;
};
void bus_set_tap(bus_t *self, const struct bus_tap *tap);

/* Tells the tap that a watcher has come up. */
void bus_note_active(bus_t *self, const char *watcher);

/* Returns the number of the last event. */
int64_t bus_seq(const bus_t *self);

/* Calls `on_followers(arg, …)` when the first subscription to such topics comes, and when the last
 * one goes. NULL: nobody is called any more. */
typedef void bus_followers_fn(void *arg, bool are_there);
void bus_listen_for_followers(bus_t *self, bus_followers_fn *on_followers, void *arg);

/* Returns this run of the daemon: 16 hex digits that no other run has. */
const char *bus_epoch(const bus_t *self);
