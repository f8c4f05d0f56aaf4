/* programs.h - where plughostd and plughost-plugin are. */
#pragma once

#include <plughost/error.h>

/* Returns the path of a program of plughost, which the caller frees: in `bin_dir`, or if that is
 * NULL in $PLUGHOST_BIN, or if that is not set in the folder beside the library, or in $PATH.
 * Returns NULL with PH_NOT_FOUND and where was looked. */
char *programs_find(const char *name, const char *bin_dir, struct ph_error *err);
