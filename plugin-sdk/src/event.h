/* event.h - how an event is made from its frames. */
#pragma once

#include <plughost/event.h>

/* Decodes a topic and a msgpack body. The caller owns the result; NULL and `err` for a bad body. */
ph_event_t *event_new(const char *topic, size_t topic_size, const void *body, size_t body_size,
                      struct ph_error *err);
