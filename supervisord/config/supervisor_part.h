/* supervisor_part.h - one section of supervisord's on its way to one of ours. */
#pragma once

#include "circus_draft.h"
#include "supervisor_names.h"

struct supervisor_part {
    struct circus_part to; /* where it goes, and the section that it comes from */
    struct supervisor_names names;
    const char *socket; /* that becomes the input of the program; NULL: none */
};

enum supervisor_time { NOW, AT_START }; /* when a variable of the environment is looked up */

/* Returns an option of the section that it comes from, or NULL. */
const struct ph_circus_option *supervisor_part_option(const struct supervisor_part *self,
                                                      const char *key);

/* Returns the value of an option with its names replaced, which the caller frees; NULL: it cannot
 * be, which is a problem now. */
char *supervisor_part_value(struct supervisor_part *self, const struct ph_circus_option *option,
                            enum supervisor_time time);

/* Adds an option under a name of ours, its names replaced. */
void supervisor_part_add(struct supervisor_part *self, const char *key,
                         const struct ph_circus_option *option, enum supervisor_time time);

/* Adds an option that stands for nothing in the file, because plughost does otherwise. */
void supervisor_part_set(struct supervisor_part *self, const char *key, const char *value);

/* Notes what is worth saying of a place; what has been said of it is not said again. */
void supervisor_part_say(struct supervisor_part *self, struct place place, const char *text);

/* Notes that an option has no equal: "KEY = VALUE: text". `text` says what to use instead. */
void supervisor_part_tell(struct supervisor_part *self, const struct ph_circus_option *option,
                          const char *text);

/* The same for the whole section. */
void supervisor_part_tell_section(struct supervisor_part *self, const char *text);

/* Returns the NAME of a section [KIND:NAME]. */
const char *supervisor_part_name(const struct ph_circus_section *section);

/* Returns whether an option says yes; without it, or where it is wrong, which is a problem then,
 * the answer is no. */
bool supervisor_part_is_yes(struct supervisor_part *self, const char *key);

/* Reads an option as a whole number. Returns false where it is none, which is a problem then. */
bool supervisor_part_number(struct supervisor_part *self, const struct ph_circus_option *option,
                            long *number);
