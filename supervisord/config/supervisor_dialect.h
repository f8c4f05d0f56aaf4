/* supervisor_dialect.h - reads a configuration of supervisord's, to make one of ours of it.
 *
 * What it has becomes options of ours, also its defaults where they differ. What has no equal is
 * told by a notice that says what to use instead. */
#pragma once

#include "circus_dialect.h"

/* Reads a file, and those that it includes. */
void supervisor_dialect_read(const char *path, const struct circus_reading *reading);

/* The same for text that is there already; no other file is read. */
void supervisor_dialect_parse(const char *text, size_t size, const struct circus_reading *reading);
