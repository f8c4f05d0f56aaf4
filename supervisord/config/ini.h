/* ini.h - the *.ini front end: text into a tree. */
#pragma once

#include "problems.h"
#include "tree.h"

/* Reads `size` bytes of an ini file into `tree`, which the caller has made with tree_init. `file`
 * is its name, NULL for the main file. Options of a section that the tree has from another file are
 * added to it. Lines that cannot be read become problems; everything else is in the tree all the
 * same. */
void ini_read(const char *file, const char *text, size_t size, config_t *tree,
              struct problems *problems);

/* Says whether a file can have an option of that name. Returns 0, or -1 with PH_INVALID. */
int ini_check_key(const char *key, struct ph_error *err);
