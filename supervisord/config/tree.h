/* tree.h - a configuration before it is understood: sections with options, all text, with their
 * lines.
 *
 * It is a libconfig tree, { sections = ( { title, line, options = ( { key, value, line } ) } ) }:
 * lists of groups, because keys of ours may be any text and libconfig's names may not. */
#pragma once

#include <libconfig.h>
#include <stdbool.h>

struct tree_option {
    const char *key;
    const char *value; /* NULL: a command has it left out */
    unsigned line;     /* 0: no file has it */
    bool is_set;       /* a command said so, over what the file says */
    const char *base;  /* what that is; NULL: nothing */
};

/* An empty tree; release it with config_destroy. */
void tree_init(config_t *self);

/* Adds a section, such as "watcher:web", and returns it. Texts are copied. */
config_setting_t *tree_add_section(config_t *self, const char *title, unsigned line);

/* Adds an option to a section. */
void tree_add_option(config_setting_t *section, const char *key, const char *value, unsigned line);

/* Gives an option of a section the value that a command has set, or takes it away with NULL; what
 * the file says stays its base. */
void tree_set_option(config_setting_t *section, const char *key, const char *value);

/* Returns the section of that title, in any case of letters, or NULL. */
config_setting_t *tree_find_section(const config_t *self, const char *title);

/* The sections in their order. */
unsigned tree_section_count(const config_t *self);
config_setting_t *tree_section(const config_t *self, unsigned index);
const char *tree_section_title(const config_setting_t *section);
unsigned tree_section_line(const config_setting_t *section);

/* The options of a section in their order. */
unsigned tree_option_count(const config_setting_t *section);
struct tree_option tree_option(const config_setting_t *section, unsigned index);

/* Returns the value of an option, or NULL if the section does not have it, or has it left out. */
const char *tree_option_text(const config_setting_t *section, const char *key);

/* Returns the line of an option, or of the section if it does not have it. */
unsigned tree_option_line(const config_setting_t *section, const char *key);
