/* json.h - JSON at the edge: inside plughost everything is msgpack, but for answers that are JSON
 * from the beginning (wire_writer_new_json). */
#pragma once

#include "slice.h"

/* Says whether a body is JSON: it begins with '{' or white space, as no msgpack map does. */
bool wire_is_json(const void *data, size_t size);

/* Turns JSON text, one object, into a map; the caller owns the result. Returns NULL and
 * PH_MALFORMED. */
ph_writer_t *wire_pack_json(const char *text, size_t size, const struct wire_limits *limits,
                            struct ph_error *err);

/* As wire_decode, for JSON text: one object. */
ph_message_t *wire_decode_json(const char *text, size_t size, const struct wire_limits *limits,
                               struct ph_error *err);

enum wire_json_style {
    WIRE_JSON_COMPACT,
    WIRE_JSON_PYTHON, /* as Python's json writes it: in ASCII, blanks behind ',' and ':' */
};

/* Returns an encoded value as JSON, as ph_value_to_json does, and its size; "null" for none. The
 * caller frees it. */
char *wire_json_of(struct wire_slice value, enum wire_json_style style, size_t *size);
