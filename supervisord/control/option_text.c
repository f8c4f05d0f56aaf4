#include "option_text.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns NULL for what is no single value. */
static char *plain_text(const ph_value_t *value)
{
    switch (ph_value_type(value)) {
    case PH_STRING:
        return ph_strdup(ph_value_string(value, ""));
    case PH_INT:
        return ph_format("%lld", (long long)ph_value_int(value, 0));
    case PH_FLOAT:
        return ph_format("%.17g", ph_value_float(value, 0));
    case PH_BOOL:
        return ph_strdup(ph_value_bool(value, false) ? "yes" : "no");
    default:
        return NULL;
    }
}

static void write_escaped(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc(*text, file);
    }
}

/* Writes a word so that words_split takes it for one. Returns 0, or -1 for what is no word. */
static int write_word(FILE *file, const ph_value_t *key, const ph_value_t *value)
{
    ph_cleanup(ph_freep) char *text = plain_text(value);
    if (!text)
        return -1;
    fputc('"', file);
    if (key) {
        write_escaped(file, ph_value_string(key, ""));
        fputc('=', file);
    }
    write_escaped(file, text);
    fputc('"', file);
    return 0;
}

static int write_words(FILE *file, const ph_value_t *value)
{
    for (size_t i = 0; i < ph_value_size(value); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *item =
            ph_value_type(value) == PH_MAP ? ph_value_entry(value, i, &key) : ph_value_at(value, i);
        fputs(i > 0 ? " " : "", file);
        if (write_word(file, key, item) < 0)
            return -1;
    }
    return 0;
}

char *option_text_of(const ph_value_t *value)
{
    size_t size;
    ph_cleanup(ph_freep) char *text = NULL;
    if (ph_value_type(value) != PH_ARRAY && ph_value_type(value) != PH_MAP)
        return plain_text(value);
    FILE *file = open_memstream(&text, &size);
    if (!file)
        abort();
    int outcome = write_words(file, value);
    fclose(file);
    return outcome < 0 ? NULL : ph_steal(&text);
}
