#include "tree.h"

#include <string.h>

static void add_text(config_setting_t *group, const char *name, const char *text)
{
    config_setting_set_string(config_setting_add(group, name, CONFIG_TYPE_STRING), text);
}

static void add_place(config_setting_t *group, struct place place)
{
    if (place.file)
        add_text(group, "file", place.file);
    config_setting_set_int(config_setting_add(group, "line", CONFIG_TYPE_INT), (int)place.line);
}

/* Returns NULL if there is none. */
static const char *text_of(const config_setting_t *group, const char *name)
{
    const char *text = NULL;
    config_setting_lookup_string(group, name, &text);
    return text;
}

static struct place place_of(const config_setting_t *group)
{
    int line = 0;
    struct place place = {0};
    config_setting_lookup_string(group, "file", &place.file);
    config_setting_lookup_int(group, "line", &line);
    place.line = (unsigned)line;
    return place;
}

void tree_init(config_t *self)
{
    config_init(self);
    config_setting_add(config_root_setting(self), "sections", CONFIG_TYPE_LIST);
}

config_setting_t *tree_add_section(config_t *self, const char *title, struct place place)
{
    config_setting_t *sections = config_lookup(self, "sections");
    config_setting_t *section = config_setting_add(sections, NULL, CONFIG_TYPE_GROUP);
    add_text(section, "title", title);
    add_place(section, place);
    config_setting_add(section, "options", CONFIG_TYPE_LIST);
    return section;
}

void tree_add_option(config_setting_t *section, const char *key, const char *value,
                     struct place place)
{
    config_setting_t *options = config_setting_get_member(section, "options");
    config_setting_t *option = config_setting_add(options, NULL, CONFIG_TYPE_GROUP);
    add_text(option, "key", key);
    add_text(option, "value", value);
    add_place(option, place);
}

static config_setting_t *find_option(const config_setting_t *section, const char *key)
{
    config_setting_t *options = config_setting_get_member(section, "options");
    for (int i = 0; i < config_setting_length(options); i++) {
        config_setting_t *option = config_setting_get_elem(options, (unsigned)i);
        if (strcmp(text_of(option, "key"), key) == 0)
            return option;
    }
    return NULL;
}

void tree_remove_option(config_setting_t *section, const char *key)
{
    const config_setting_t *option = find_option(section, key);
    if (option)
        config_setting_remove_elem(config_setting_get_member(section, "options"),
                                   (unsigned)config_setting_index(option));
}

void tree_put_option(config_setting_t *section, const char *key, const char *value,
                     struct place place)
{
    tree_remove_option(section, key);
    tree_add_option(section, key, value, place);
}

/* The value moves to `base`, unless that is known: it has been set before. */
static void keep_base(config_setting_t *option)
{
    const char *value = text_of(option, "value");
    if (!config_setting_get_member(option, "is_set") && value)
        add_text(option, "base", value);
    config_setting_remove(option, "value");
}

void tree_set_option(config_setting_t *section, const char *key, const char *value)
{
    config_setting_t *option = find_option(section, key);
    if (!option) {
        tree_add_option(section, key, "", NOWHERE);
        option = find_option(section, key);
        config_setting_remove(option, "value");
    }
    keep_base(option);
    config_setting_remove(option, "is_set");
    config_setting_add(option, "is_set", CONFIG_TYPE_BOOL);
    if (value)
        add_text(option, "value", value);
}

unsigned tree_section_count(const config_t *self)
{
    return (unsigned)config_setting_length(config_lookup(self, "sections"));
}

config_setting_t *tree_section(const config_t *self, unsigned index)
{
    return config_setting_get_elem(config_lookup(self, "sections"), index);
}

const char *tree_section_title(const config_setting_t *section)
{
    return text_of(section, "title");
}

struct place tree_section_place(const config_setting_t *section)
{
    return place_of(section);
}

config_setting_t *tree_find_section(const config_t *self, const char *title)
{
    for (unsigned i = 0; i < tree_section_count(self); i++)
        if (strcasecmp(tree_section_title(tree_section(self, i)), title) == 0)
            return tree_section(self, i);
    return NULL;
}

unsigned tree_option_count(const config_setting_t *section)
{
    return (unsigned)config_setting_length(config_setting_get_member(section, "options"));
}

struct tree_option tree_option(const config_setting_t *section, unsigned index)
{
    const config_setting_t *option =
        config_setting_get_elem(config_setting_get_member(section, "options"), index);
    return (struct tree_option){.key = text_of(option, "key"),
                                .value = text_of(option, "value"),
                                .place = place_of(option),
                                .is_set = config_setting_get_member(option, "is_set") != NULL,
                                .base = text_of(option, "base")};
}

const char *tree_option_text(const config_setting_t *section, const char *key)
{
    const config_setting_t *option = find_option(section, key);
    return option ? text_of(option, "value") : NULL;
}

struct place tree_option_place(const config_setting_t *section, const char *key)
{
    const config_setting_t *option = find_option(section, key);
    return option ? place_of(option) : tree_section_place(section);
}
