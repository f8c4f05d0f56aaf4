#include "circus_stream.h"

#include "../stream/options.h"

#include <alloc.h>
#include <string.h>

static void take_class(struct circus_part *self, const struct ph_circus_option *option)
{
    enum stream_class class;
    const char *name = circus_behind(option->value, "circus.stream.");
    ph_cleanup(ph_freep) char *value = circus_env_expand(self->env, option->value);
    if (strcmp(name ? name : option->value, "QueueStream") == 0)
        circus_remarks_ignore(&self->draft->remarks, "QueueStream",
                              "'plughostctl logs' and the topic log.NAME have the output");
    else if (stream_class_parse(value, &class, NULL) == 0 || !strchr(value, '.'))
        circus_part_add(self, option->key, option); /* a mistyped one is found later */
    else
        circus_refuse(self->draft, option, "a class in Python cannot take output here",
                      "FileStream and the like, or a plugin that subscribes to log.NAME");
}

/* In Circus every text is a yes. */
static void take_utc(struct circus_part *self, const struct ph_circus_option *option)
{
    bool value = true;
    bool is_bool = circus_parse_bool(option->value, &value);
    if (is_bool && !value)
        notices_add(self->draft->notices, circus_place(option),
                    "%s = %s means no here; Circus takes any text for a yes", option->key,
                    option->value);
    circus_part_set(self, option->key, value ? "yes" : "no", circus_place(option));
}

static void take_same(struct circus_part *self, const struct ph_circus_option *option)
{
    if (option->value[0])
        circus_part_add(self, option->key, option);
}

static const struct rule {
    const char *name;
    void (*take)(struct circus_part *self, const struct ph_circus_option *option);
} rules[] = {
    {"backup_count", take_same}, {"class", take_class},      {"color", take_same},
    {"filename", take_same},     {"max_bytes", take_same},   {"rotate_interval", take_same},
    {"rotate_when", take_same},  {"time_format", take_same}, {"utc", take_utc},
};

void circus_stream_take(struct circus_part *part, const struct ph_circus_option *option)
{
    const char *name = strchr(option->key, '.') + 1;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].name, name) == 0) {
            rules[i].take(part, option);
            return;
        }
    }
    circus_remarks_ignore(&part->draft->remarks, option->key, "no stream has such an option");
}
