/* written.h - the options of a section as they were written, and by whom. */
#pragma once

#include "../config/place.h"

#include <stdbool.h>
#include <stddef.h>

struct written {
    char *key;
    char *value;        /* NULL: a command has it left out */
    struct place place; /* in the configuration; without a line: it is not from there */
    char *file;         /* the place's, or NULL */
    bool is_set;        /* by a command, over what the configuration says */
    char *base;         /* what that is; NULL: nothing */
};

/* Zero it before use. Keys are unlike each other. */
struct written_list {
    struct written *items;
    size_t count;
};

/* Appends what a configuration has, in place of the one of that key. */
void written_add(struct written_list *self, const char *key, const char *value, struct place place);

/* Notes what a command has set; NULL leaves the option out. The value that the configuration has
 * anyway ends that. */
void written_set(struct written_list *self, const char *key, const char *value);

/* Notes where each stands now that the files are as `files` says, and that what a command has set
 * to what they say is theirs. Where they say something else, nothing changes. */
void written_renew(struct written_list *self, const struct written_list *files);

/* Returns the one of that key, or NULL; and its value, NULL if there is none. */
const struct written *written_find(const struct written_list *self, const char *key);
const char *written_value(const struct written_list *self, const char *key);

/* Appends copies of all of `other`. */
void written_append(struct written_list *self, const struct written_list *other);

void written_release(struct written_list *self);
