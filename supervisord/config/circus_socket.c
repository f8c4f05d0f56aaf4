#include "circus_socket.h"

#include <alloc.h>
#include <lower.h>
#include <stdlib.h>
#include <string.h>

/* Circus reads a umask as a decimal number, so that "077" means 0115 to it; nobody means that. What
 * is no octal number is left to be what Circus takes it for. */
static void take_umask(struct circus_part *self, const struct ph_circus_option *option)
{
    ph_cleanup(ph_freep) char *value = circus_env_expand(self->env, option->value);
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || value[digits] != '\0') {
        circus_part_add(self, option->key, option); /* refused later */
        return;
    }
    long decimal = strtol(value, NULL, 10);
    bool is_octal = strspn(value, "01234567") == digits;
    ph_cleanup(ph_freep) char *text = is_octal ? ph_strdup(value) : ph_format("%lo", decimal);
    circus_part_set(self, option->key, text, circus_place(option));
    if (is_octal && strtol(value, NULL, 8) != decimal)
        notices_add(self->draft->notices, circus_place(option),
                    "umask = %s is octal here; Circus takes it for decimal, that is %03lo", value,
                    (unsigned long)decimal);
    else if (!is_octal)
        notices_add(self->draft->notices, circus_place(option),
                    "umask = %s is decimal, as in Circus; write %03lo", value,
                    (unsigned long)decimal);
}

static void take_proto(struct circus_part *self, const struct ph_circus_option *option)
{
    circus_remarks_ignore(&self->draft->remarks, option->key,
                          "family and type of a socket say it already");
}

static void take_papa(struct circus_part *self, const struct ph_circus_option *option)
{
    circus_remarks_ignore(&self->draft->remarks, option->key,
                          "plughost keeps sockets and processes itself");
}

static void take_same(struct circus_part *self, const struct ph_circus_option *option)
{
    circus_part_add(self, option->key, option);
}

static void take_unless_empty(struct circus_part *self, const struct ph_circus_option *option)
{
    if (option->value[0])
        circus_part_add(self, option->key, option);
}

static const struct rule {
    const char *name;
    void (*take)(struct circus_part *self, const struct ph_circus_option *option);
} rules[] = {
    {"backlog", take_same},
    {"blocking", take_same},
    {"family", take_same},
    {"host", take_same},
    {"interface", take_unless_empty},
    {"path", take_unless_empty},
    {"port", take_same},
    {"proto", take_proto},
    {"replace", take_same},
    {"so_reuseport", take_same},
    {"type", take_same},
    {"umask", take_umask},
    {"use_papa", take_papa},
};

static void take_option(struct circus_part *self, const struct ph_circus_option *option)
{
    const char *own = circus_behind(option->key, "plughost.");
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].name, option->key) == 0) {
            rules[i].take(self, option);
            return;
        }
    }
    if (own)
        circus_part_add(self, own, option);
    else
        circus_remarks_ignore(&self->draft->remarks, option->key, "no socket has such an option");
}

/* The default lets everybody connect, which servers in front may rely on. */
static void set_default_umask(struct circus_part *self)
{
    const struct ph_circus_option *path = ph_circus_section_option(self->source, "path");
    if (!path || !path->value[0] || ph_circus_section_option(self->source, "umask"))
        return;
    circus_part_set(self, "umask", "010", circus_section_place(self->source));
    notices_add(self->draft->notices, circus_place(path),
                "every user may connect to '%s', as in Circus; 'umask = 007' keeps others out",
                path->value);
}

/* Names in small letters can be equal where the titles of the file are not. */
static void refuse_second(struct circus_draft *draft, const char *title, struct place place)
{
    struct ph_error err;
    if (!tree_find_section(draft->tree, title))
        return;
    ph_error_set(&err, PH_INVALID, "there are two sections [%s]", title);
    ph_error_hint(&err, "the case of letters does not count in the name of a socket");
    problems_add(draft->problems, place, &err);
}

void circus_socket_take(struct circus_draft *draft, const struct ph_circus_section *source)
{
    ph_cleanup(circus_env_release) struct circus_env env = {0};
    struct place place = circus_section_place(source);
    if (source->option_count == 0)
        return;
    circus_env_find(&env, draft->ini, NULL);
    ph_cleanup(ph_freep) char *name =
        ph_lower(circus_name(draft, circus_behind(source->name, "socket:"), place));
    ph_cleanup(ph_freep) char *title = ph_format("socket:%s", name);
    refuse_second(draft, title, place);
    struct circus_part part = {.draft = draft,
                               .source = source,
                               .env = &env,
                               .section = tree_add_section(draft->tree, title, place)};
    for (size_t i = 0; i < source->option_count; i++)
        take_option(&part, &source->options[i]);
    set_default_umask(&part);
}
