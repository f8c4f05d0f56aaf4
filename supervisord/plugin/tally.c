#include "tally.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

void tally_release(struct tally *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->prefixes[i].text);
    free(self->prefixes);
    *self = (struct tally){0};
}

static struct tally_prefix *find(const struct tally *self, const char *prefix)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->prefixes[i].text, prefix) == 0)
            return &self->prefixes[i];
    return NULL;
}

int tally_add(struct tally *self, const char *prefix, struct ph_error *err)
{
    if (strlen(prefix) > TALLY_MAX_PREFIX_BYTES)
        return ph_error_set(err, PH_INVALID, "a prefix of %zu bytes is longer than the %d allowed",
                            strlen(prefix), TALLY_MAX_PREFIX_BYTES);
    if (find(self, prefix))
        return 0;
    if (self->count == TALLY_MAX_PREFIXES)
        return ph_error_set(err, PH_BUSY, "a plugin counts at most %d prefixes",
                            TALLY_MAX_PREFIXES);
    self->prefixes = ph_realloc_array(self->prefixes, self->count + 1, sizeof *self->prefixes);
    self->prefixes[self->count++] = (struct tally_prefix){ph_strdup(prefix), strlen(prefix)};
    return 0;
}

int tally_remove(struct tally *self, const char *prefix, struct ph_error *err)
{
    struct tally_prefix *place = find(self, prefix);
    if (!place)
        return ph_error_set(err, PH_NOT_FOUND, "the prefix '%.100s' is not subscribed to", prefix);
    free(place->text);
    *place = self->prefixes[--self->count];
    return 0;
}

bool tally_count(struct tally *self, const char *topic, size_t size)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct tally_prefix *prefix = &self->prefixes[i];
        if (prefix->size > size || memcmp(prefix->text, topic, prefix->size) != 0)
            continue;
        return ++self->expected % TALLY_MARK_EVERY == 0;
    }
    return false;
}
