/* Reads msgpack that wire_check takes in place, and compares it with the decoded message. */
#include "mutate_msgpack.h"

#include <alloc.h>
#include <assert.h>
#include <string.h>
#include <wire/writer.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wire_limits limits = {.max_depth = 16, .max_values = 10000};

static void compare(struct wire_slice slice, const ph_value_t *value);

static void compare_text(struct wire_slice slice, const ph_value_t *value)
{
    size_t size = 0;
    const char *text = wire_slice_text(slice, &size);
    assert((text != NULL) == (ph_value_type(value) == PH_STRING));
    if (!text)
        return;
    assert(size == ph_value_size(value));
    assert(memcmp(text, ph_value_string(value, ""), size) == 0);
}

static void compare_map(struct wire_slice slice, const ph_value_t *map)
{
    const ph_value_t *key;
    struct wire_slice name, item;
    struct wire_walk walk = wire_walk(slice);
    for (size_t i = 0; i < ph_value_size(map); i++) {
        const ph_value_t *value = ph_value_entry(map, i, &key);
        assert(wire_walk_next(&walk, &name) && wire_walk_next(&walk, &item));
        compare(name, key);
        compare(item, value);
    }
    assert(!wire_walk_next(&walk, &name) && walk.at == walk.end);
    assert(wire_slice_type(wire_slice_get(slice, "a")) == ph_value_type(ph_value_get(map, "a")));
    assert(wire_slice_int(wire_slice_get(slice, "a"), 7) ==
           ph_value_int(ph_value_get(map, "a"), 7));
}

static void compare_array(struct wire_slice slice, const ph_value_t *array)
{
    struct wire_slice item;
    struct wire_walk walk = wire_walk(slice);
    for (size_t i = 0; i < ph_value_size(array); i++) {
        assert(wire_walk_next(&walk, &item));
        compare(item, ph_value_at(array, i));
    }
    assert(!wire_walk_next(&walk, &item) && walk.at == walk.end);
}

static void compare(struct wire_slice slice, const ph_value_t *value)
{
    struct wire_slice item;
    enum ph_type type = ph_value_type(value);
    assert(wire_slice_type(slice) == type);
    assert(wire_slice_int(slice, 7) == ph_value_int(value, 7));
    compare_text(slice, value);
    struct wire_walk walk = wire_walk(slice);
    if (type == PH_MAP)
        compare_map(slice, value);
    else if (type == PH_ARRAY)
        compare_array(slice, value);
    else
        assert(!wire_walk_next(&walk, &item));
}

/* Written into another map it must be the same again. */
static void copy(struct wire_slice map, const ph_value_t *decoded)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    wire_write_entries(writer, map);
    const void *data = ph_writer_data(writer, &size);
    struct wire_slice copied = wire_slice_of(data, size);
    assert(copied.size == size);
    compare(copied, decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ph_error err;
    if (wire_check(data, size, &limits, &err) < 0)
        return 0;
    ph_cleanup(ph_message_destroy) ph_message_t *message = wire_decode(data, size, &limits, &err);
    assert(message);
    struct wire_slice slice = wire_slice_of(data, size);
    assert(slice.at == data && slice.size == size);
    compare(slice, ph_message_body(message));
    copy(slice, ph_message_body(message));
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return mutate_msgpack(data, size, max_size, seed);
}
