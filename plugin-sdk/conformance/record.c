#include "record.h"

#include <alloc.h>
#include <clock.h>
#include <stdlib.h>
#include <string.h>

struct record {
    struct entry *entries;
    size_t count;
};

record_t *record_new(void)
{
    return ph_calloc(1, sizeof(record_t));
}

void record_destroy(record_t **self_p)
{
    record_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free(self->entries[i].text);
        ph_message_destroy(&self->entries[i].message);
    }
    free(self->entries);
    free(self);
    *self_p = NULL;
}

void record_add(record_t *self, enum entry_kind kind, const char *text, ph_message_t *message)
{
    self->entries = ph_realloc_array(self->entries, self->count + 1, sizeof *self->entries);
    self->entries[self->count++] = (struct entry){
        .kind = kind, .time_ms = ph_clock_ms(), .text = ph_strdup(text), .message = message};
}

size_t record_size(const record_t *self)
{
    return self->count;
}

const struct entry *record_at(const record_t *self, size_t index)
{
    return &self->entries[index];
}

static bool is_match(const struct entry *entry, enum entry_kind kind, const char *text)
{
    return entry->kind == kind && (!text || strcmp(entry->text, text) == 0);
}

size_t record_find(const record_t *self, size_t from, enum entry_kind kind, const char *text)
{
    while (from < self->count && !is_match(&self->entries[from], kind, text))
        from++;
    return from < self->count ? from : self->count;
}

size_t record_count(const record_t *self, size_t from, enum entry_kind kind, const char *text)
{
    size_t count = 0;
    for (size_t i = from; i < self->count; i++)
        count += is_match(&self->entries[i], kind, text);
    return count;
}

const ph_value_t *entry_body(const struct entry *entry)
{
    return ph_message_body(entry->message);
}

const ph_value_t *entry_properties(const struct entry *entry)
{
    return ph_value_get(entry_body(entry), "properties");
}

bool entry_is_cast(const struct entry *entry)
{
    const char *type = ph_value_string(ph_value_get(entry_body(entry), "msg_type"), "");
    return strcmp(type, "cast") == 0;
}

const char *entry_property(const struct entry *entry, const char *key)
{
    return ph_value_string(ph_value_get(entry_properties(entry), key), "");
}
