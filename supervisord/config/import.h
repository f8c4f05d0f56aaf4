/* import.h - makes a configuration of ours of one of Circus's or supervisord's. */
#pragma once

#include "notices.h"
#include "problems.h"

#include <stdio.h>

enum import_format { IMPORT_BY_SECTIONS, IMPORT_CIRCUS, IMPORT_SUPERVISOR };

/* Reads "circus" or "supervisord". Returns 0, or -1 with PH_INVALID. */
int import_format_parse(const char *text, enum import_format *format, struct ph_error *err);

/* Reads a file, and those that it includes, and writes a file of ours, in which a comment says of
 * each option what it was, and comments at the end what has no equal; so do `notices`, which must
 * be empty before. Unless `format` says whose the file is, its sections do. Returns 0, or -1 with
 * at least one problem; then nothing was written. */
int import_file(const char *path, enum import_format format, FILE *out, struct notices *notices,
                struct problems *problems);
