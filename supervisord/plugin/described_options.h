/* described_options.h - the options that a plugin describes in its hello, as a table to check
 * values against. */
#pragma once

#include <plughost/option.h>
#include <plughost/value.h>

/* Makes a table of what `list` describes; rows without a name are left out, and what nobody
 * understands counts as any text. Its texts are borrowed from `list`. The caller owns the result.
 * Returns NULL when there is nothing in the list: every option is accepted then. */
struct ph_option *described_options_new(const ph_value_t *list);

/* Frees `*table_p` and sets it to NULL. `*table_p` may be NULL. */
void described_options_destroy(struct ph_option **table_p);
