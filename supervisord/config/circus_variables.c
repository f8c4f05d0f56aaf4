#include "circus_variables.h"

#include "../process/expand.h"
#include "capitals.h"

#include <alloc.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What is asked for a text. */
struct question {
    const struct circus_env *env;
    expand_lookup_fn *more; /* NULL: there is no more */
    void *arg;
};

static void set(struct circus_env *self, const struct ph_circus_option *option)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->items[i]->key, option->key) == 0) {
            self->items[i] = option;
            return;
        }
    }
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] = option;
}

static void set_all(struct circus_env *self, const struct ph_circus_section *section)
{
    for (size_t i = 0; i < section->option_count; i++)
        set(self, &section->options[i]);
}

/* Says whether a name matches one of several patterns, which are parted by commas. */
static bool matches(const char *patterns, const char *name)
{
    static const char blanks[] = " \t,";
    for (const char *at = patterns; *(at += strspn(at, blanks));) {
        size_t length = strcspn(at, ",");
        while (length > 0 && strchr(blanks, at[length - 1]))
            length--;
        ph_cleanup(ph_freep) char *pattern = ph_strndup(at, length);
        if (fnmatch(pattern, name, 0) == 0)
            return true;
        at += length;
    }
    return false;
}

void circus_env_find(struct circus_env *self, const struct ph_circus_ini *ini, const char *watcher)
{
    static const char prefix[] = "env:";
    const struct ph_circus_section *general = ph_circus_ini_section(ini, "env");
    *self = (struct circus_env){0};
    if (general)
        set_all(self, general);
    for (size_t i = 0; watcher && i < ini->section_count; i++) {
        const struct ph_circus_section *section = &ini->sections[i];
        if (strncmp(section->name, prefix, sizeof prefix - 1) == 0 &&
            matches(section->name + sizeof prefix - 1, watcher))
            set_all(self, section);
    }
}

void circus_env_release(struct circus_env *self)
{
    free(self->items);
    *self = (struct circus_env){0};
}

static char *look_up_daemon(void *arg, const char *name)
{
    (void)arg;
    return strncmp(name, "env.", 4) == 0 ? ph_strdup(getenv(name + 4)) : NULL;
}

/* Names are the same in any case of letters, the very same one first. */
static const char *raw_value(const struct circus_env *self, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->items[i]->key, name) == 0)
            return self->items[i]->value;
        if (!value && strcasecmp(self->items[i]->key, name) == 0)
            value = self->items[i]->value;
    }
    return value;
}

static char *look_up(void *arg, const char *name)
{
    const struct question *question = arg;
    if (strncmp(name, "env.", 4) != 0)
        return question->more ? question->more(question->arg, name) : NULL;
    const char *raw = raw_value(question->env, name + 4);
    if (!raw)
        return look_up_daemon(NULL, name);
    ph_cleanup(ph_freep) char *value = expand(raw, look_up_daemon, NULL);
    return capitals_expand(value);
}

char *circus_env_expand(const struct circus_env *self, const char *text)
{
    return circus_env_expand_more(self, text, NULL, NULL);
}

char *circus_env_expand_more(const struct circus_env *self, const char *text,
                             char *(*more)(void *arg, const char *name), void *arg)
{
    struct question question = {.env = self, .more = more, .arg = arg};
    return expand(text, look_up, &question);
}
