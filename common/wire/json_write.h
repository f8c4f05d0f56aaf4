/* json_write.h - encoded msgpack as a part of a text of JSON. It must be well formed. */
#pragma once

#include "json_text.h"

#include <plughost/value.h>

/* Adds a value. Returns what follows it. */
const uint8_t *json_write_value(struct json_text *text, const uint8_t *at);

/* Adds a value that is decoded. */
void json_write_tree(struct json_text *text, const ph_value_t *value);

/* Adds the entries of a map without what is around them: each key once, the first of equal ones. At
 * least one. Returns what follows them. */
const uint8_t *json_write_entries(struct json_text *text, const uint8_t *at, uint32_t count);
