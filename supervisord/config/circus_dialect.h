/* circus_dialect.h - reads a configuration of Circus's, so that everything behind is the same.
 *
 * What Circus knows is turned into options of ours. What has no meaning here is accepted, and one
 * notice says so. Options that Circus does not know either are kept as labels. A section
 * [plughost], and options that begin with "plughost.", which Circus passes over, are ours. */
#pragma once

#include "circus_daemon.h"
#include "notices.h"
#include "problems.h"
#include "tree.h"

struct circus_reading {
    config_t *tree; /* where it goes */
    struct circus_said *said;
    struct problems *problems;
    struct notices *notices;
};

/* Reads a file, and those that it includes. */
void circus_dialect_read(const char *path, const struct circus_reading *reading);

/* The same for text that is there already; no other file is read. */
void circus_dialect_parse(const char *text, size_t size, const struct circus_reading *reading);
