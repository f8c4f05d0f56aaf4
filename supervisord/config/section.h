/* section.h - one section of a configuration: its title, and its options into a struct. */
#pragma once

#include "problems.h"
#include "schema.h"
#include "tree.h"

struct section_name {
    const char *word;
    enum section_kind kind;
    bool has_name; /* [WORD:NAME] */
};

/* Returns what kind of section a title names, and its NAME, a part of the title, in `*name`; or
 * NULL with PH_NOT_FOUND or PH_INVALID. */
const struct section_name *section_parse_title(const char *title, const char **name,
                                               struct ph_error *err);

/* Returns the title of the section of a watcher, "watcher:NAME" or "plugin:NAME"; the caller frees
 * it. `name` is as struct watcher_options has it. */
char *section_title(enum watcher_kind kind, const char *name);

/* Says whether a plugin or socket may be called so; and a watcher, which may be a plugin for
 * another program and have its name behind "plugin:". Return 0, or -1 with PH_INVALID. */
int section_check_name(const char *name, struct ph_error *err);
int section_check_watcher_name(const char *name, struct ph_error *err);

/* Adds a problem, and returns true, if the option at `index` stands further up too. */
bool section_refuse_repeated(const config_setting_t *section, unsigned index,
                             struct problems *problems);

/* Notes the options of a section as they are written. */
void section_note_written(const config_setting_t *section, struct written_list *list);

/* Reads all options of a section into `target`; what is wrong or missing becomes a problem. */
void section_read_options(const config_setting_t *section, enum section_kind kind, void *target,
                          struct problems *problems);
