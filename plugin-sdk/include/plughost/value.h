/* plughost/value.h - reading and writing message bodies.
 *
 * A body is one map. `ph_message_t` owns a decoded body; `const ph_value_t *` is a view of one
 * value in it and lives as long as its message. `ph_writer_t` builds a body. Readers take NULL for
 * "no such value" and then return the fallback, so look-ups can be chained without checks:
 *
 *     int64_t pid_of(const ph_message_t *reply)
 *     {
 *         return ph_value_int(ph_value_get(ph_message_body(reply), "pid"), -1);
 *     }
 *
 * Messages and writers are not shared between threads without a lock of the caller's. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ph_value ph_value_t;
typedef struct ph_message ph_message_t;
typedef struct ph_writer ph_writer_t;

enum ph_type { PH_NIL, PH_BOOL, PH_INT, PH_FLOAT, PH_STRING, PH_BINARY, PH_ARRAY, PH_MAP };

/* ---- reading ---- */

/* Returns the type; PH_NIL for NULL. */
PH_API enum ph_type ph_value_type(const ph_value_t *self);

/* Returns the value of `key` in a map, or NULL: no map, no such key. The first of equal keys
 * counts. */
PH_API const ph_value_t *ph_value_get(const ph_value_t *map, const char *key);

/* Returns the number of entries of a map or array, of bytes of a string or binary, else 0. */
PH_API size_t ph_value_size(const ph_value_t *self);

/* Returns entry `index` of an array, or NULL. */
PH_API const ph_value_t *ph_value_at(const ph_value_t *array, size_t index);

/* Returns the value of entry `index` of a map and its key in `*key`, or NULL. */
PH_API const ph_value_t *ph_value_entry(const ph_value_t *map, size_t index,
                                        const ph_value_t **key);

/* Returns the bytes of a string or binary, else the fallback. There is always a NUL behind them; a
 * string may hold further ones, see ph_value_size. */
PH_API const char *ph_value_string(const ph_value_t *self, const char *fallback);

/* Returns an integer, else the fallback. Above INT64_MAX is INT64_MAX. */
PH_API int64_t ph_value_int(const ph_value_t *self, int64_t fallback);

/* Returns a float or an integer as double, else the fallback. */
PH_API double ph_value_float(const ph_value_t *self, double fallback);

/* Returns a boolean, else the fallback. */
PH_API bool ph_value_bool(const ph_value_t *self, bool fallback);

/* Returns the value as one line of JSON, which the caller frees. Binary and text that is not UTF-8
 * is shown with U+FFFD for each byte that does not fit; integers above INT64_MAX become floats. */
PH_API char *ph_value_to_json(const ph_value_t *self);

/* ---- messages ---- */

/* Decodes a msgpack body: one map, nested at most 32 deep, nothing behind it. `data` is copied.
 * The caller owns the result. Returns NULL and PH_MALFORMED. */
PH_API ph_message_t *ph_message_new(const void *data, size_t size, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
PH_API void ph_message_destroy(ph_message_t **self_p);

/* Returns the body, which is a map. NULL for NULL. */
PH_API const ph_value_t *ph_message_body(const ph_message_t *self);

/* ---- writing ---- */

/* Returns an empty map to fill. The caller owns it. */
PH_API ph_writer_t *ph_writer_new(void);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
PH_API void ph_writer_destroy(ph_writer_t **self_p);

/* Empties a writer, which can be filled again: in a flood that costs less than a new one. It keeps
 * its memory, unless that is large. */
PH_API void ph_writer_clear(ph_writer_t *self);

/* Each of these adds one entry. `key` is the name in a map and must be NULL in an array. Text must
 * be UTF-8; ph_writer_string with NULL writes nil. A key is not checked for being there already. */
PH_API void ph_writer_nil(ph_writer_t *self, const char *key);
PH_API void ph_writer_bool(ph_writer_t *self, const char *key, bool value);
PH_API void ph_writer_int(ph_writer_t *self, const char *key, int64_t value);
PH_API void ph_writer_float(ph_writer_t *self, const char *key, double value);
PH_API void ph_writer_string(ph_writer_t *self, const char *key, const char *value);
PH_API void ph_writer_text(ph_writer_t *self, const char *key, const char *data, size_t size);
PH_API void ph_writer_binary(ph_writer_t *self, const char *key, const void *data, size_t size);
PH_API void ph_writer_value(ph_writer_t *self, const char *key, const ph_value_t *value);

/* Adds a text made by printf's rules. */
PH_API void ph_writer_format(ph_writer_t *self, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Opens a map or an array inside; what follows goes into it until ph_writer_end. */
PH_API void ph_writer_map(ph_writer_t *self, const char *key);
PH_API void ph_writer_array(ph_writer_t *self, const char *key);

/* Closes the innermost open map or array. The outermost map is never closed by hand. */
PH_API void ph_writer_end(ph_writer_t *self);

/* Adds all entries of the writer `entries` (or nothing for NULL) to the open map. */
PH_API void ph_writer_merge(ph_writer_t *self, const ph_writer_t *entries);

/* Returns the encoded map and its size. The bytes belong to the writer and hold until it is
 * changed. Every inner map and array must be closed. */
PH_API const void *ph_writer_data(const ph_writer_t *self, size_t *size);

#ifdef __cplusplus
}
#endif
