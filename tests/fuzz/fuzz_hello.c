/* Feeds maps, in msgpack or JSON, to what reads a plugin's description of itself and what it
 * measures: a hello with methods and options; and what others then say of these: "method" with
 * "args", "values" for the options, "metrics". */
#include "mutate_msgpack.h"

#include <alloc.h>
#include <assert.h>
#include <option_check.h>
#include <plugin/described_options.h>
#include <plugin/description.h>
#include <plugin/metrics.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wire_limits limits = {.max_depth = 32, .max_values = 100000};

static const char *text_of(const ph_value_t *map, const char *key)
{
    return ph_value_string(ph_value_get(map, key), "");
}

static ph_message_t *write_methods(const methods_t *methods)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_array(writer, "methods");
    methods_write(methods, NULL, writer);
    ph_writer_end(writer);
    const void *data = ph_writer_data(writer, &size);
    return ph_message_new(data, size, NULL);
}

/* What is told of methods can be read, and is told the same then. */
static void check_told(const methods_t *methods)
{
    struct ph_error err;
    ph_cleanup(methods_destroy) methods_t *again = methods_new();
    ph_cleanup(ph_message_destroy) ph_message_t *told = write_methods(methods);
    int outcome = methods_add_all(again, ph_value_get(ph_message_body(told), "methods"), &err);
    assert(outcome == 0);
    ph_cleanup(ph_message_destroy) ph_message_t *retold = write_methods(again);
    ph_cleanup(ph_freep) char *first = ph_value_to_json(ph_message_body(told));
    ph_cleanup(ph_freep) char *second = ph_value_to_json(ph_message_body(retold));
    assert(strcmp(first, second) == 0);
}

static void invoke(const methods_t *methods, const ph_value_t *body)
{
    struct ph_error err = {0};
    const ph_value_t *args = ph_value_get(body, "args");
    const method_t *method = methods_find(methods, "fuzz", text_of(body, "method"), &err);
    assert(method || err.message[0]);
    if (!method)
        return;
    bool is_strictly_good = method_check(method, args, false, &err) == 0;
    bool is_good = method_check(method, args, true, &err) == 0;
    assert(is_good || !is_strictly_good);
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    method_write_known(method, args, writer);
}

static void describe(const ph_value_t *body)
{
    struct ph_error err = {0};
    ph_cleanup(methods_destroy) methods_t *methods = methods_new();
    if (methods_add_all(methods, ph_value_get(body, "methods"), &err) < 0)
        assert(err.message[0]);
    check_told(methods);
    invoke(methods, body);
    ph_cleanup(description_destroy) description_t *description =
        description_new(body, &methods, &err);
    assert(description ? !methods : methods && err.message[0]);
    if (description)
        assert(description_methods(description) && !description_get(description, "methods"));
}

/* A value in another type than a text is of the same words. */
static void set_options(const ph_value_t *body)
{
    const ph_value_t *key, *values = ph_value_get(body, "values");
    struct ph_option *table = described_options_new(ph_value_get(body, "options"));
    for (size_t i = 0; i < ph_value_size(values); i++) {
        struct ph_error err = {0};
        const ph_value_t *value = ph_value_entry(values, i, &key);
        if (ph_option_check(table, ph_value_string(key, ""), ph_value_string(value, NULL), &err) <
            0)
            assert(err.message[0] && table);
    }
    described_options_destroy(&table);
    assert(!table);
}

static void measure(const ph_value_t *body)
{
    struct ph_error err = {0};
    const ph_value_t *measured = ph_value_get(body, "metrics");
    metrics_t *metrics = metrics_new();
    if (metrics_take(metrics, "fuzz", measured, &err) < 0)
        assert(err.message[0]);
    (void)metrics_take(metrics, "FUZZ", measured, &err);
    (void)metrics_take(metrics, "other", ph_value_get(body, "more"), &err);
    (void)metrics_take(metrics, "fuzz", ph_value_get(body, "more"), &err);
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_array(writer, "metrics");
    metrics_write(metrics, "Fuzz", writer);
    metrics_write(metrics, NULL, writer);
    ph_writer_end(writer);
    (void)metrics_has(metrics, "other");
    metrics_destroy(&metrics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ph_error err;
    bool is_json = size > 0 && data[0] == '{';
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        is_json ? wire_decode_json((const char *)data, size, &limits, &err)
                : ph_message_new(data, size, &err);
    const ph_value_t *body = ph_message_body(message);
    if (ph_value_type(body) != PH_MAP)
        return 0;
    describe(body);
    set_options(body);
    measure(body);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return mutate_msgpack(data, size, max_size, seed);
}
