/* ini_files.h - ini files by their names, and those that they name. */
#pragma once

#include "problems.h"
#include "tree.h"

/* Reads a file into the tree, as ini_read does; `file` is what it is called there, NULL for the
 * main file. */
void ini_read_file(const char *path, const char *file, config_t *tree, struct problems *problems);

/* Reads the files that `include` and `include_dir` of [plughost] name, from the folder of
 * `main_file`, into the tree. They name no further files. */
void ini_include(const char *main_file, config_t *tree, struct problems *problems);
