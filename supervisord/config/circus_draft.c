#include "circus_draft.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

struct place circus_place(const struct ph_circus_option *option)
{
    return (struct place){option->file, option->line};
}

struct place circus_section_place(const struct ph_circus_section *section)
{
    return (struct place){section->file, section->line};
}

void circus_refuse(struct circus_draft *self, const struct ph_circus_option *option,
                   const char *text, const char *hint)
{
    struct ph_error err;
    ph_error_set(&err, PH_INVALID, "%s = %.80s: %s", option->key, option->value, text);
    if (hint)
        ph_error_hint(&err, "%s", hint);
    problems_add(self->problems, circus_place(option), &err);
}

char *circus_name(struct circus_draft *self, const char *name, struct place place)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    char *made = ph_strdup(name);
    for (char *at = made; *(at += strspn(at, allowed));)
        *at = '_';
    if (strcmp(made, name) != 0)
        notices_add(self->notices, place, "'%s' is called '%s' here", name, made);
    return made;
}

void circus_part_add(struct circus_part *self, const char *key,
                     const struct ph_circus_option *option)
{
    ph_cleanup(ph_freep) char *value = circus_env_expand(self->env, option->value);
    circus_part_set(self, key, value, circus_place(option));
}

void circus_part_set(struct circus_part *self, const char *key, const char *value,
                     struct place place)
{
    ph_cleanup(ph_freep) char *line = ph_strdup(value);
    for (char *at = line; *(at += strcspn(at, "\n"));)
        *at = ' ';
    tree_add_option(self->section, key, line, place);
}

const char *circus_behind(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

bool circus_parse_bool(const char *text, bool *value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(words[i], text) != 0)
            continue;
        *value = i % 2 == 1;
        return true;
    }
    return false;
}

char *circus_quote(const char *text)
{
    char *made = ph_strdup("'");
    for (const char *at = text;; at++) {
        ph_cleanup(ph_freep) char *before = made;
        size_t length = strcspn(at, "'");
        made = ph_format("%s%.*s%s", before, (int)length, at, at[length] ? "'\\''" : "'");
        at += length;
        if (!*at)
            return made;
    }
}
