/* value.h - what the public value API is made of; for the wire code only.
 *
 * A ph_value_t is msgpack-c's object under our name, so arrays and maps are read in place. */
#pragma once

#include <msgpack.h>
#include <plughost/value.h>

struct ph_value {
    msgpack_object object;
};

/* As msgpack_sbuffer_write, for its packer, but out of memory aborts as in ph_calloc: a message
 * that is cut could not be read in place. */
int wire_buffer_write(void *buffer, const char *data, size_t size);

/* What a decoder accepts. */
struct wire_limits {
    unsigned max_depth; /* maps and arrays inside each other, the body included; at most 32 */
    size_t max_values;  /* values and keys altogether */
};

/* As ph_message_new, with limits of the caller's. */
ph_message_t *wire_decode(const void *data, size_t size, const struct wire_limits *limits,
                          struct ph_error *err);

/* Returns about how many bytes of memory a decoded message takes: its bytes, and what each of its
 * values takes beside them. */
size_t wire_message_held_bytes(const ph_message_t *self);

/* Checks that `size` bytes are exactly one msgpack map within the limits. Touches nothing behind
 * them. Returns 0, or -1 with PH_MALFORMED. */
int wire_check(const void *data, size_t size, const struct wire_limits *limits,
               struct ph_error *err);
