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

/* The same with `text` in place of what stands in the file. */
void overlay_parse(const char *path, const char *text, config_t *tree, struct problems *problems,
                   struct notices *notices);

/* Returns what the file shall hold, so that it says of the section of that title what `options`, a
 * section as tree.h has it, say; an option without a value is taken out of it. Everything else in
 * the file stays, but for comments. The caller frees it. Returns NULL with `err` filled if the file
 * cannot be read, or could not give back what is saved just as it is. */
char *overlay_text(const char *path, const char *title, const config_setting_t *options,
                   struct ph_error *err);
