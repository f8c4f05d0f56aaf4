/* writer.h - what writers can do beside <plughost/value.h>. */
#pragma once

#include "slice.h"

/* Returns a writer whose data is JSON; it is used as any other. No key may be written twice. */
ph_writer_t *wire_writer_new_json(void);

/* Returns an empty writer that writes as the other does. */
ph_writer_t *wire_writer_new_as(const ph_writer_t *other);

/* Returns how many bytes of memory a writer takes. */
size_t wire_writer_held_bytes(const ph_writer_t *self);

/* Adds one encoded value as an entry; nil for none. */
void wire_write_slice(ph_writer_t *self, const char *key, struct wire_slice value);

/* Adds all entries of an encoded map to the open map. */
void wire_write_entries(ph_writer_t *self, struct wire_slice map);
