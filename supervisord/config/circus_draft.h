/* circus_draft.h - a file of Circus's on its way to a tree of ours. */
#pragma once

#include "circus_remarks.h"
#include "circus_variables.h"
#include "problems.h"
#include "tree.h"

/* Everything is borrowed but the remarks. */
struct circus_draft {
    const struct ph_circus_ini *ini;
    config_t *tree;
    struct problems *problems;
    struct notices *notices;
    struct circus_remarks remarks;
    const char *python;                       /* what runs hooks and plugins written for Circus */
    const char *scripts;                      /* the folder of our programs for that */
    char *endpoint, *pubsub_endpoint;         /* where Circus's clients are served; owned */
    const struct ph_circus_section *flapping; /* the section of the flapping plugin, or NULL */
};

/* One section on its way. */
struct circus_part {
    struct circus_draft *draft;
    const struct ph_circus_section *source;
    const struct circus_env *env; /* what $(circus.env.NAME) stands for in it */
    config_setting_t *section;    /* what becomes of it */
    bool is_plugin;               /* a plugin of Circus's, which gets unknown options itself */
};

/* Returns where something stands. */
struct place circus_place(const struct ph_circus_option *option);
struct place circus_section_place(const struct ph_circus_section *section);

/* Adds a problem with an option: "KEY = VALUE: text". `hint` may be NULL. */
void circus_refuse(struct circus_draft *self, const struct ph_circus_option *option,
                   const char *text, const char *hint);

/* Returns the name of a watcher, plugin or socket with '_' for each character that no name has
 * here, which the caller frees. If that changes anything, a notice says so. */
char *circus_name(struct circus_draft *self, const char *name, struct place place);

/* Adds an option under a name of ours, its variables replaced; lines become one. */
void circus_part_add(struct circus_part *self, const char *key,
                     const struct ph_circus_option *option);

/* The same with another value, in which nothing is replaced. */
void circus_part_set(struct circus_part *self, const char *key, const char *value,
                     struct place place);

/* Returns what follows a prefix, or NULL if the text does not begin with it. */
const char *circus_behind(const char *text, const char *prefix);

/* Returns whether a text is one of Circus's words for yes or no, and which in `*value`. */
bool circus_parse_bool(const char *text, bool *value);

/* Returns the text as one word for a command, in quotes; the caller frees it. */
char *circus_quote(const char *text);
