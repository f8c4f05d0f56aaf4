/* include.h - the other files that `include` and `include_dir` name. */
#pragma once

#include "problems.h"
#include "tree.h"

struct include_search {
    const char *main_file;    /* relative names begin in its folder */
    bool wants_matches;       /* a pattern that matches nothing is missing, too */
    struct problems *missing; /* what is not there */
    char **paths;             /* what was found, in the order of reading, ended by NULL; or NULL */
};

/* Finds what the option `include`, file names and patterns (glob(7)) parted by blanks, or
 * `include_dir`, folders whose *.ini are read, names. Matches of one pattern are sorted. The main
 * file, and what was found before, is not found again. $(plughost.env.NAME) is replaced. */
void include_find(struct include_search *self, const struct tree_option *option);

/* Frees what was found. */
void include_release(struct include_search *self);
