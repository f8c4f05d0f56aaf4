/* diff.h - what two configurations of the same thing have unlike, and what that needs. */
#pragma once

#include "schema.h"

/* One option that changes. */
struct change {
    char *option;
    char *from, *to;                /* as written, or the default; NULL: not there */
    const struct option_spec *spec; /* NULL: an option of a plugin's own */
};

/* Zero it before use. */
struct changes {
    struct change *items;
    size_t count;
};

/* Adds each option of a kind of section that `before` and `after`, structs of that kind, have
 * unlike. `old_text` and `new_text` are what is written of them. */
void changes_find(struct changes *self, enum section_kind kind, const void *before,
                  const struct written_list *old_text, const void *after,
                  const struct written_list *new_text);

/* The same for a watcher, with a plugin's own options. */
void changes_of_watcher(struct changes *self, const struct watcher_options *before,
                        const struct watcher_options *after);

/* The same for the own options of a plugin. */
void changes_of_own(struct changes *self, const struct pairs *before, const struct pairs *after);

/* The same for a section that is new: all that is written of it. */
void changes_of_section(struct changes *self, enum section_kind kind,
                        const struct written_list *written);

/* The same for a watcher that is new, with its variables. */
void changes_of_new(struct changes *self, const struct watcher_options *options);

/* Returns the one of that option, or NULL. */
const struct change *changes_get(const struct changes *self, const char *option);

/* Return the names of all, or of those that need what `need` says, parted by commas; the caller
 * frees them. NULL: there are none. */
char *changes_names(const struct changes *self);
char *changes_names_needing(const struct changes *self, enum option_change need);

/* Says whether one of them needs what `need` says; and whether one is a plugin's own. */
bool changes_need(const struct changes *self, enum option_change need);
bool changes_are_own(const struct changes *self);

/* Writes them as an array of maps { option, from, to, needs }. */
void changes_write(const struct changes *self, const char *key, ph_writer_t *out);

void changes_release(struct changes *self);
