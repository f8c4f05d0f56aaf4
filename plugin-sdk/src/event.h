/* event.h - how an event is made from its frames.
 *
 * Most events are looked at but shortly: time, epoch and number are read from the first entries of
 * the body, where the daemon puts them; the rest is decoded when somebody asks for it. */
#pragma once

#include <plughost/event.h>

/* Makes an event of a topic and a msgpack body, both of which are copied. The caller owns the
 * result; NULL and `err` for a body that is none, as far as that is seen without decoding it: what
 * is wrong behind the first three entries makes the body an empty map. */
ph_event_t *event_new(const char *topic, size_t topic_size, const void *body, size_t body_size,
                      struct ph_error *err);

/* Says whether the topic begins with `prefix`. */
bool event_begins_with(const ph_event_t *self, const char *prefix);

/* Says whether the topic is of those that number their messages: neither `log.`, nor a marker. */
bool event_is_numbered(const ph_event_t *self);
