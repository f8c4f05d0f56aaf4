/* plughost/event.h - something that happened: a topic and a map.
 *
 * Topics are `watcher.NAME.ACTION` for watchers and processes, `event.TYPE` for what applications
 * publish, `plughost.ACTION` for the daemon itself. An event is owned by whoever received it. */
#pragma once

#include <plughost/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ph_event ph_event_t;

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
PH_API void ph_event_destroy(ph_event_t **self_p);

/* Returns the topic, such as "watcher.web.spawn". */
PH_API const char *ph_event_topic(const ph_event_t *self);

/* Returns the watcher's name: the part between the first and the last dot of a `watcher.` topic, so
 * names may hold dots. "" for other topics. */
PH_API const char *ph_event_watcher(const ph_event_t *self);

/* Returns the part behind the last dot of the topic, such as "spawn". */
PH_API const char *ph_event_action(const ph_event_t *self);

/* Returns the body, which is a map. */
PH_API const ph_value_t *ph_event_body(const ph_event_t *self);

/* Returns when it happened, in seconds since 1970. */
PH_API double ph_event_time(const ph_event_t *self);

/* Returns the run of the daemon that sent it: a new one with each start. */
PH_API const char *ph_event_epoch(const ph_event_t *self);

/* Returns its number: 1 for the first event of an epoch, then without holes. */
PH_API uint64_t ph_event_seq(const ph_event_t *self);

#ifdef __cplusplus
}
#endif
