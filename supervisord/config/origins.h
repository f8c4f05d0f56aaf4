/* origins.h - what sections and options of a tree were in the files that it was made of. */
#pragma once

#include "tree.h"

#include <config/circus_ini.h>

/* One file that was read. */
struct origin_file {
    char *name; /* NULL: the main file */
    struct ph_circus_ini ini;
};

struct origins {
    const char *main_file;     /* borrowed */
    bool is_supervisor;        /* whose files they are */
    struct origin_file *files; /* the first is the main one, if it has been read */
    size_t file_count;
};

/* Return a line that says what stood at the place of a section, or of an option where that is not
 * the same; the caller frees it. NULL: there is nothing to say. `self_p` is a struct origins: these
 * are for struct tree_comments. */
char *origins_section(void *self_p, const config_setting_t *section);
char *origins_option(void *self_p, const config_setting_t *section,
                     const struct tree_option *option);

/* Frees what was read. */
void origins_release(struct origins *self);
