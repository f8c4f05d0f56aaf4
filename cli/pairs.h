/* pairs.h - KEY=VALUE arguments of a command line become properties of any command. */
#pragma once

#include "word.h"

/* The arguments are NAME KEY=VALUE...; NAME is left alone. A value that is JSON is written as such,
 * any other as text; a key that comes more than once becomes a list. Returns 0, or -1 with
 * PH_INVALID and the usage as hint. */
int pairs_read(struct invocation *invocation, struct ph_error *err);

/* Writes `count` pairs as the map of a property, whose row says whether values are texts or as for
 * pairs_read, and whether a key may come more than once. Where they are texts, KEY VALUE may stand
 * for each KEY=VALUE. Returns 0, or -1 with PH_INVALID. */
int pairs_write_map(ph_writer_t *writer, const struct property *property, char *const *pairs,
                    size_t count, struct ph_error *err);
