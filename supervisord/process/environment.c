#include "environment.h"

#include <alloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct environment {
    char **entries; /* "KEY=VALUE" */
    size_t count;
};

static bool has_key(const char *entry, const char *key, size_t length)
{
    return strncmp(entry, key, length) == 0 && entry[length] == '=';
}

/* Returns the place of a key in `count` entries, `count` if it is not there. */
static size_t find(const char *const *entries, size_t count, const char *key, size_t length)
{
    size_t place = 0;
    while (place < count && !has_key(entries[place], key, length))
        place++;
    return place;
}

static size_t find_own(const environment_t *self, const char *key, size_t length)
{
    return find((const char *const *)self->entries, self->count, key, length);
}

static void append(environment_t *self, char *entry)
{
    self->entries = ph_realloc_array(self->entries, self->count + 1, sizeof *self->entries);
    self->entries[self->count++] = entry;
}

environment_t *environment_new(void)
{
    return ph_calloc(1, sizeof(environment_t));
}

void environment_destroy(environment_t **self_p)
{
    environment_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free(self->entries[i]);
    free(self->entries);
    free(self);
    *self_p = NULL;
}

void environment_set(environment_t *self, const char *key, const char *value)
{
    char *entry = ph_format("%s=%s", key, value); /* first: `value` may be of the old one */
    size_t place = find_own(self, key, strlen(key));
    if (place == self->count) {
        append(self, entry);
        return;
    }
    free(self->entries[place]);
    self->entries[place] = entry;
}

const char *environment_get(const environment_t *self, const char *key)
{
    size_t length = strlen(key), place = find_own(self, key, length);
    return place < self->count ? self->entries[place] + length + 1 : NULL;
}

void environment_unset(environment_t *self, const char *key)
{
    size_t place = find_own(self, key, strlen(key));
    if (place == self->count)
        return;
    free(self->entries[place]);
    self->count--;
    memmove(self->entries + place, self->entries + place + 1,
            (self->count - place) * sizeof *self->entries);
}

void environment_copy_one(environment_t *self, const char *key)
{
    const char *value = getenv(key);
    if (value && !environment_get(self, key))
        environment_set(self, key, value);
}

/* Of two that have the same name the first counts, as for getenv. What has no name is left out. */
void environment_copy_daemon(environment_t *self)
{
    for (char **entry = environ; *entry; entry++) {
        size_t length = strcspn(*entry, "=");
        if (length > 0 && (*entry)[length] && find_own(self, *entry, length) == self->count)
            append(self, ph_strdup(*entry));
    }
}

void environment_use_virtualenv(environment_t *self, const char *folder)
{
    const char *path = environment_get(self, "PATH");
    ph_cleanup(ph_freep) char *longer =
        ph_format("%s/bin:%s", folder, path ? path : ENVIRONMENT_DEFAULT_PATH);
    environment_set(self, "PATH", longer);
    environment_set(self, "VIRTUAL_ENV", folder);
    environment_unset(self, "PYTHONHOME");
}

const char **environment_to_envp(const environment_t *self, const char *const *extra)
{
    size_t count = 0;
    while (extra && extra[count])
        count++;
    const char **envp = ph_calloc(self->count + count + 1, sizeof *envp);
    for (size_t i = 0; i < self->count; i++)
        envp[i] = self->entries[i];
    count = self->count;
    for (; extra && *extra; extra++) {
        size_t place = find(envp, count, *extra, strcspn(*extra, "="));
        envp[place] = *extra;
        count += place == count;
    }
    return envp;
}
