#include "supervisor_part.h"

#include <alloc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct ph_circus_option *supervisor_part_option(const struct supervisor_part *self,
                                                      const char *key)
{
    return ph_circus_section_option(self->to.source, key);
}

char *supervisor_part_value(struct supervisor_part *self, const struct ph_circus_option *option,
                            enum supervisor_time time)
{
    struct ph_error err = {0};
    char *value = supervisor_names_expand(&self->names, option->value, circus_place(option),
                                          time == AT_START, &err);
    if (!value)
        circus_refuse(self->to.draft, option, err.message, err.hint[0] ? err.hint : NULL);
    return value;
}

void supervisor_part_add(struct supervisor_part *self, const char *key,
                         const struct ph_circus_option *option, enum supervisor_time time)
{
    ph_cleanup(ph_freep) char *value = supervisor_part_value(self, option, time);
    if (value)
        circus_part_set(&self->to, key, value, circus_place(option));
}

void supervisor_part_set(struct supervisor_part *self, const char *key, const char *value)
{
    circus_part_set(&self->to, key, value, circus_section_place(self->to.source));
}

/* One line, and not too long. */
static char *shown(const char *value)
{
    char *text = ph_strndup(value, strnlen(value, 60));
    for (char *at = text; *(at += strcspn(at, "\n"));)
        *at = ' ';
    return text;
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* One section may become several watchers. */
static bool is_said(const struct notices *notices, struct place place, const char *text)
{
    for (size_t i = 0; i < notices->count; i++) {
        const struct notice *notice = &notices->items[i];
        if (notice->line == place.line && is_same(notice->file, place.file) &&
            strcmp(notice->text, text) == 0)
            return true;
    }
    return false;
}

void supervisor_part_say(struct supervisor_part *self, struct place place, const char *text)
{
    if (!is_said(self->to.draft->notices, place, text))
        notices_add(self->to.draft->notices, place, "%s", text);
}

void supervisor_part_tell(struct supervisor_part *self, const struct ph_circus_option *option,
                          const char *text)
{
    ph_cleanup(ph_freep) char *value = shown(option->value);
    ph_cleanup(ph_freep) char *whole = ph_format("%s = %s: %s", option->key, value, text);
    supervisor_part_say(self, circus_place(option), whole);
}

void supervisor_part_tell_section(struct supervisor_part *self, const char *text)
{
    ph_cleanup(ph_freep) char *whole = ph_format("[%s]: %s", self->to.source->name, text);
    supervisor_part_say(self, circus_section_place(self->to.source), whole);
}

const char *supervisor_part_name(const struct ph_circus_section *section)
{
    const char *name = strchr(section->name, ':') + 1;
    return name + strspn(name, " \t");
}

bool supervisor_part_is_yes(struct supervisor_part *self, const char *key)
{
    bool is_yes = false;
    const struct ph_circus_option *option = supervisor_part_option(self, key);
    ph_cleanup(ph_freep) char *value = option ? supervisor_part_value(self, option, NOW) : NULL;
    if (value && !circus_parse_bool(value, &is_yes))
        circus_refuse(self->to.draft, option, "not understood", "true or false");
    return is_yes;
}

bool supervisor_part_number(struct supervisor_part *self, const struct ph_circus_option *option,
                            long *number)
{
    char *end;
    ph_cleanup(ph_freep) char *value = supervisor_part_value(self, option, NOW);
    if (!value)
        return false;
    errno = 0;
    *number = strtol(value, &end, 10);
    bool is_number = end > value && !*end && errno == 0 && labs(*number) <= 1000000;
    if (!is_number)
        circus_refuse(self->to.draft, option, "not a whole number", "-1000000 to 1000000");
    return is_number;
}
