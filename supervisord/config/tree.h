/* tree.h - a configuration before it is understood: sections with options, all text, with their
 * places.
 *
 * It is a libconfig tree, { sections = ( { title, file, line, options = ( { key, value, file, line
 * } ) } ) }: lists of groups, because keys of ours may be any text and libconfig's names may not.
 * The main file has no `file`. */
#pragma once

#include "place.h"

#include <libconfig.h>
#include <stdbool.h>

struct tree_option {
    const char *key;
    const char *value;  /* NULL: a command has it left out */
    struct place place; /* without a line: no file has it */
    bool is_set;        /* a command said so, over what the file says */
    const char *base;   /* what that is; NULL: nothing */
};

/* An empty tree; release it with config_destroy. */
void tree_init(config_t *self);

/* Adds a section, such as "watcher:web", and returns it. Texts are copied. */
config_setting_t *tree_add_section(config_t *self, const char *title, struct place place);

/* Adds an option to a section. */
void tree_add_option(config_setting_t *section, const char *key, const char *value,
                     struct place place);

/* The same in place of an option of that key, if there is one; and takes it away. */
void tree_put_option(config_setting_t *section, const char *key, const char *value,
                     struct place place);
void tree_remove_option(config_setting_t *section, const char *key);

/* Gives an option of a section the value that a command has set, or takes it away with NULL; what
 * the file says stays its base. */
void tree_set_option(config_setting_t *section, const char *key, const char *value);

/* The sections in their order. */
unsigned tree_section_count(const config_t *self);
config_setting_t *tree_section(const config_t *self, unsigned index);
const char *tree_section_title(const config_setting_t *section);
struct place tree_section_place(const config_setting_t *section);

/* Returns the section of that title, in any case of letters, or NULL. */
config_setting_t *tree_find_section(const config_t *self, const char *title);

/* The options of a section in their order. */
unsigned tree_option_count(const config_setting_t *section);
struct tree_option tree_option(const config_setting_t *section, unsigned index);

/* Returns the value of an option, or NULL if the section does not have it, or has it left out. */
const char *tree_option_text(const config_setting_t *section, const char *key);

/* Returns the place of an option, or of the section if it does not have it. The name of its file
 * belongs to the tree. */
struct place tree_option_place(const config_setting_t *section, const char *key);
