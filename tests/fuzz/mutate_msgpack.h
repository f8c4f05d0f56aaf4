/* mutate_msgpack.h - changes a map of msgpack so that it stays one: for fuzzers of what lies behind
 * wire_check, where nearly all of what bytes changed at random make is refused. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own, and what it calls in place of that. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* Changes one value of the map in `data`, of `size` bytes and with room for `max_size`: another
 * takes its place, it is put into a container, or an entry of it is doubled or left out. What is no
 * map, and half of all, is changed by libFuzzer. Returns the new size. */
size_t mutate_msgpack(uint8_t *data, size_t size, size_t max_size, unsigned seed);
