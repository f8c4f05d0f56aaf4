/* record.h - what the plugin sent, in its order. */
#pragma once

#include <plughost/plughost.h>
#include <stdint.h>

typedef struct record record_t;

enum entry_kind {
    ENTRY_REQUEST,     /* `text` is its command */
    ENTRY_REPLY,       /* `text` is its id */
    ENTRY_WRONG,       /* neither: `text` says what is wrong with it */
    ENTRY_SUBSCRIBE,   /* `text` is the prefix that its SUB socket asked for */
    ENTRY_UNSUBSCRIBE, /* likewise, no longer */
};

struct entry {
    enum entry_kind kind;
    int64_t time_ms;       /* of the monotonic clock */
    char *text;            /* never NULL */
    ph_message_t *message; /* of requests and replies, else NULL */
};

record_t *record_new(void);

/* Frees it, its entries, and sets `*self_p` to NULL. `*self_p` may be NULL. */
void record_destroy(record_t **self_p);

/* Adds an entry with the time of now. `text` is copied; `message` may be NULL and is taken. */
void record_add(record_t *self, enum entry_kind kind, const char *text, ph_message_t *message);

/* Returns how many entries there are; an entry is borrowed until the next one is added. */
size_t record_size(const record_t *self);
const struct entry *record_at(const record_t *self, size_t index);

/* Returns the index of the first entry from `from` on of this kind and text (NULL: any), or
 * record_size. */
size_t record_find(const record_t *self, size_t from, enum entry_kind kind, const char *text);

/* Returns how many there are of this kind and text from `from` on. */
size_t record_count(const record_t *self, size_t from, enum entry_kind kind, const char *text);

/* Returns the body of a message, and `properties` of a request; NULL if there is none. */
const ph_value_t *entry_body(const struct entry *entry);
const ph_value_t *entry_properties(const struct entry *entry);

/* Says whether a request wants no reply. */
bool entry_is_cast(const struct entry *entry);

/* Returns a text of the properties, or "". */
const char *entry_property(const struct entry *entry, const char *key);
