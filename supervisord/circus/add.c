/* Circus's add: options are values of JSON there, and lines of text here. */
#include "command.h"
#include "properties.h"

#include "../config/schema.h"

#include <alloc.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Objects whose members are options of their own here: "stdout_stream.class". */
static const char *const groups[] = {"hooks", "stdout_stream", "stderr_stream"};

static bool is_group(const char *name)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (strcmp(groups[i], name) == 0)
            return true;
    return false;
}

/* Quotes a word so that words_split takes it for one. */
static void write_word(FILE *file, const char *word)
{
    fputc('"', file);
    for (const char *c = word; *c; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', file);
        fputc(*c, file);
    }
    fputc('"', file);
}

/* Returns NAME=VALUE... of an object of variables, which the caller frees. */
static char *env_text(const ph_value_t *env)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        abort();
    for (size_t i = 0; i < ph_value_size(env); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(env, i, &key);
        ph_cleanup(ph_freep) char *line = command_option_text(value);
        ph_cleanup(ph_freep) char *pair =
            ph_format("%s=%s", ph_value_string(key, ""), line ? line : "");
        fputs(i > 0 ? " " : "", file);
        write_word(file, pair);
    }
    fclose(file);
    return text;
}

static int write_option(struct circus_call *call, const char *name, const ph_value_t *value,
                        struct ph_error *err);

static int write_group(struct circus_call *call, const char *name, const ph_value_t *members,
                       struct ph_error *err)
{
    for (size_t i = 0; i < ph_value_size(members); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(members, i, &key);
        ph_cleanup(ph_freep) char *full = ph_format("%s.%s", name, ph_value_string(key, ""));
        if (write_option(call, full, value, err) < 0)
            return -1;
    }
    return 0;
}

static int write_option(struct circus_call *call, const char *name, const ph_value_t *value,
                        struct ph_error *err)
{
    bool is_env = strcmp(name, "env") == 0 && ph_value_type(value) == PH_MAP;
    if (ph_value_type(value) == PH_NIL)
        return 0;
    if (is_group(name) && ph_value_type(value) == PH_MAP)
        return write_group(call, name, value, err);
    if (!option_find(SECTION_WATCHER, name, NULL))
        return ph_error_set(err, PH_INVALID, "unknown key '%.100s'", name);
    ph_cleanup(ph_freep) char *text = is_env ? env_text(value) : command_option_text(value);
    if (!text)
        return ph_error_set(err, PH_INVALID, "'%.100s' isn't a string, number or boolean", name);
    ph_writer_string(call->translated, name, text);
    return 0;
}

static int write_options(struct circus_call *call, const ph_value_t *options, struct ph_error *err)
{
    ph_writer_map(call->translated, "options");
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(options, i, &key);
        if (write_option(call, ph_value_string(key, ""), value, err) < 0)
            return -1;
    }
    ph_writer_end(call->translated);
    return 0;
}

static int write_text(struct circus_call *call, const char *name, struct ph_error *err)
{
    const ph_value_t *value = ph_value_get(call->properties, name);
    if (ph_value_type(value) != PH_STRING)
        return ph_error_set(err, PH_INVALID, "'%s' isn't a string", name);
    ph_writer_value(call->translated, name, value);
    return 0;
}

/* Numbers among the arguments are words as well. */
static int write_args(struct circus_call *call, struct ph_error *err)
{
    const ph_value_t *args = ph_value_get(call->properties, "args");
    if (ph_value_type(args) != PH_ARRAY) {
        if (ph_value_type(args) != PH_NIL)
            ph_writer_value(call->translated, "args", args);
        return 0;
    }
    ph_writer_array(call->translated, "args");
    for (size_t i = 0; i < ph_value_size(args); i++) {
        ph_cleanup(ph_freep) char *text = command_option_text(ph_value_at(args, i));
        if (!text)
            return ph_error_set(err, PH_INVALID, "'args' isn't a list of strings");
        ph_writer_string(call->translated, NULL, text);
    }
    ph_writer_end(call->translated);
    return 0;
}

int circus_prepare_add(struct circus_call *call, struct ph_error *err)
{
    const ph_value_t *options = ph_value_get(call->properties, "options");
    const char *name = ph_value_string(ph_value_get(call->properties, "name"), NULL);
    if (write_text(call, "name", err) < 0 || write_text(call, "cmd", err) < 0)
        return -1;
    if (!*name)
        return CIRCUS_ANSWERED; /* Circus says ok, and adds nothing */
    if (ph_value_type(options) != PH_NIL && ph_value_type(options) != PH_MAP)
        return ph_error_set(err, PH_INVALID, "'options' property should be an object");
    if (write_args(call, err) < 0 || write_options(call, options, err) < 0)
        return -1;
    /* Only one of that very name: `add logger` may stand beside plugin:logger. */
    const watcher_t *other = watchers_find(supervisor_watchers(call->supervisor), name, NULL);
    if (other && strcasecmp(watcher_name(other), name) == 0)
        return ph_error_set(err, PH_CONFLICT, "'%.100s' already exist", name);
    return CIRCUS_GO_ON;
}
