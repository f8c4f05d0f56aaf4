/* tree_print.h - a tree as a file that the ini front end reads back the same. */
#pragma once

#include "notices.h"
#include "tree.h"

#include <stdio.h>

/* What is to stand as a comment above sections and options. Each returns a line, which the caller
 * frees, or NULL for none. */
struct tree_comments {
    void *arg;
    char *(*section)(void *arg, const config_setting_t *section);
    char *(*option)(void *arg, const config_setting_t *section, const struct tree_option *option);
};

/* Writes the sections in their order, but for those without options that need none. What the file
 * cannot hold is changed or left out, which a notice says: a value is one line, and a key has ASCII
 * letters, digits and punctuation. */
void tree_print(const config_t *self, const struct tree_comments *comments, struct notices *notices,
                FILE *out);
