/* overlay.h - options that commands have saved: a file beside the configuration, whose values win
 * over those of the configuration. */
#pragma once

#include "notices.h"
#include "problems.h"
#include "tree.h"

/* Returns the path of the overlay of a configuration, which the caller frees: what `overlay` in
 * [plughost] says, else MAIN_FILE.overlay. */
char *overlay_path(const config_t *tree, const char *main_file);

/* Reads the overlay, if there is one, over the tree. Sections that the configuration does not have
 * become notices. */
void overlay_read(const char *path, config_t *tree, struct problems *problems,
                  struct notices *notices);

/* Writes into the overlay what `options`, a section as tree.h has it, says of the section of that
 * title; an option without a value is taken out of it. Everything else in the file stays, but for
 * comments. Returns 0, or -1 with `err` filled and the file as it was. */
int overlay_save(const char *path, const char *title, const config_setting_t *options,
                 struct ph_error *err);
