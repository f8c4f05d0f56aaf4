#include "log_fields.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c == '"' || *c == '\\' || *c == '=')
            return false;
    return *text != '\0';
}

static void write_field(FILE *file, const char *key, const ph_value_t *value)
{
    const char *text = ph_value_type(value) == PH_STRING ? ph_value_string(value, "") : NULL;
    ph_cleanup(ph_freep) char *json =
        text && is_plain(text) ? ph_strdup(text) : ph_value_to_json(value);
    fprintf(file, " %s=%s", key, json);
}

char *log_fields_text(const ph_writer_t *fields)
{
    size_t size;
    const void *data = ph_writer_data(fields, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    const ph_value_t *map = ph_message_body(message);
    char *text = NULL;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        abort();
    for (size_t i = 0; i < ph_value_size(map); i++) {
        const ph_value_t *key, *value = ph_value_entry(map, i, &key);
        write_field(file, ph_value_string(key, "?"), value);
    }
    fclose(file);
    return text;
}
