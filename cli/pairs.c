#include "pairs.h"

#include <alloc.h>
#include <jansson.h>
#include <lower.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json.h>

static bool is_json(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    json_decref(json);
    return json != NULL;
}

/* Bodies are maps, so the value is decoded inside of one. is_json has made sure that it cannot
 * close that map and go on behind it. */
static int write_json(ph_writer_t *writer, const char *key, const char *text, struct ph_error *err)
{
    static const struct wire_limits limits = {.max_depth = 31, .max_values = 100000};
    ph_cleanup(ph_freep) char *body = ph_format("{\"value\":%s}", text);
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        wire_decode_json(body, strlen(body), &limits, err);
    if (!message)
        return -1;
    ph_writer_value(writer, key, ph_value_get(ph_message_body(message), "value"));
    return 0;
}

static int write_value(ph_writer_t *writer, const char *key, const char *text, struct ph_error *err)
{
    if (is_json(text))
        return write_json(writer, key, text, err);
    if (text[0] == '[' || text[0] == '{')
        return ph_error_set(err, PH_INVALID, "'%s' begins like JSON but is not valid", text);

    ph_writer_string(writer, key, text);
    return 0;
}

/* Both texts hold a '='. */
static bool has_same_key(const char *a, const char *b)
{
    size_t length = strcspn(a, "=") + 1;
    return strncmp(a, b, length) == 0;
}

static size_t count_key(char *const *pairs, size_t count, const char *pair)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += has_same_key(pair, pairs[i]);
    return found;
}

/* Writes all values of the key of `pairs[0]`. */
static int write_key(ph_writer_t *writer, char *const *pairs, size_t count, struct ph_error *err)
{
    size_t length = strcspn(pairs[0], "=");
    ph_cleanup(ph_freep) char *key = ph_strndup(pairs[0], length);
    if (count_key(pairs, count, pairs[0]) == 1)
        return write_value(writer, key, pairs[0] + length + 1, err);

    ph_writer_array(writer, key);
    for (size_t i = 0; i < count; i++)
        if (has_same_key(pairs[0], pairs[i]) &&
            write_value(writer, NULL, pairs[i] + length + 1, err) < 0)
            return -1;
    ph_writer_end(writer);
    return 0;
}

static bool is_pair(const char *text)
{
    return text[0] != '=' && strchr(text, '=');
}

static int check_pairs(char *const *pairs, size_t count, const char *label, struct ph_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!is_pair(pairs[i]))
            return ph_error_set(err, PH_INVALID, "'%s' is not %s", pairs[i], label);
    return 0;
}

static int write_pairs(ph_writer_t *writer, char *const *pairs, size_t count, struct ph_error *err)
{
    for (size_t i = 0; i < count; i++) {
        bool is_written = count_key(pairs, i, pairs[i]) > 0;
        if (!is_written && write_key(writer, pairs + i, count - i, err) < 0)
            return -1;
    }
    return 0;
}

int pairs_read(struct invocation *invocation, struct ph_error *err)
{
    char *const *pairs = invocation->options->args + 1;
    size_t count = invocation->options->arg_count - 1;
    if (invocation->options->arg_count == 0) {
        ph_error_set(err, PH_INVALID, "'%s' needs the NAME of a command", invocation->info->name);
        return options_refuse(invocation->info, err);
    }
    if (check_pairs(pairs, count, "KEY=VALUE", err) < 0)
        return options_refuse(invocation->info, err);
    return write_pairs(invocation->properties, pairs, count, err);
}

/* ---- the map of a property ---- */

/* Options that are set are texts; only `call` can send the null that takes one back. */
static int hint_at_null(char *const *pairs, struct ph_error *err)
{
    while (is_pair(*pairs))
        pairs++;
    if (strchr(*pairs, '='))
        return -1;
    return ph_error_hint(err,
                         "'%s=' sets an empty text; to take what is set back: plughostctl call set "
                         "name=NAME 'options={\"%s\":null}'",
                         *pairs, *pairs);
}

/* A label such as "OPTION=VALUE" says what the keys are. */
static int check_keys(char *const *pairs, size_t count, const char *label, struct ph_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (count_key(pairs, i, pairs[i]) == 0)
            continue;
        ph_cleanup(ph_freep) char *noun = ph_lower(ph_strndup(label, strcspn(label, "=")));
        return ph_error_set(err, PH_INVALID, "%s '%.*s' is given twice", noun,
                            (int)strcspn(pairs[i], "="), pairs[i]);
    }
    return 0;
}

static void write_texts(ph_writer_t *writer, char *const *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(pairs[i], "=");
        ph_cleanup(ph_freep) char *key = ph_strndup(pairs[i], length);
        ph_writer_string(writer, key, pairs[i] + length + 1);
    }
}

/* Circus's spelling is KEY VALUE KEY VALUE. Returns them as KEY=VALUE, which pairs_release frees.
 */
static char **join_pairs(char *const *words, size_t count)
{
    char **pairs = ph_calloc(count / 2 + 1, sizeof *pairs);
    for (size_t i = 0; i < count / 2; i++)
        pairs[i] = ph_format("%s=%s", words[2 * i], words[2 * i + 1]);
    return pairs;
}

static void pairs_release(char ***pairs_p)
{
    for (char **pair = *pairs_p; pair && *pair; pair++)
        free(*pair);
    free(*pairs_p);
}

static bool is_alternating(char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i += 2)
        if (words[i][0] == '\0' || strchr(words[i], '='))
            return false;
    return count > 0 && count % 2 == 0;
}

int pairs_write_map(ph_writer_t *writer, const struct property *property, char *const *pairs,
                    size_t count, struct ph_error *err)
{
    if (property->takes_texts && is_alternating(pairs, count)) {
        ph_cleanup(pairs_release) char **joined = join_pairs(pairs, count);
        return pairs_write_map(writer, property, joined, count / 2, err);
    }
    if (check_pairs(pairs, count, property->argument, err) < 0)
        return property->takes_texts ? hint_at_null(pairs, err) : -1;
    if (!property->takes_lists && check_keys(pairs, count, property->argument, err) < 0)
        return -1;
    ph_writer_map(writer, property->name);
    if (property->takes_texts)
        write_texts(writer, pairs, count);
    else if (write_pairs(writer, pairs, count, err) < 0)
        return -1;
    ph_writer_end(writer);
    return 0;
}
