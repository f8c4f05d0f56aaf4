#include "arguments.h"

#include "pairs.h"
#include "since.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- values ---- */

/* What stands for the value, such as "PID" of the option "--childpid PID". */
static const char *value_label(const struct property *property)
{
    const char *blank = strchr(property->argument, ' ');
    return blank ? blank + 1 : property->argument;
}

static bool is_whole_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 10 && text[digits] == '\0';
}

static int write_int(ph_writer_t *writer, const struct property *property, const char *text,
                     struct ph_error *err)
{
    const char *label = value_label(property);
    long least = strcmp(label, "PID") == 0; /* 0 would mean more than one process */
    if (!is_whole_number(text) || strtol(text, NULL, 10) < least)
        return ph_error_set(err, PH_INVALID, "'%s' is no %s: a whole number from %ld is accepted",
                            text, label, least);
    ph_writer_int(writer, property->name, strtol(text, NULL, 10));
    return 0;
}

static int write_number(ph_writer_t *writer, const struct property *property, const char *text,
                        struct ph_error *err)
{
    double number = 0;
    if (strcmp(value_label(property), "TIME") == 0) {
        if (since_parse(text, time(NULL), &number, err) < 0)
            return -1;
        ph_writer_float(writer, property->name, number);
        return 0;
    }
    char *end;
    number = strtod(text, &end);
    if (strspn(text, "0123456789.") != strlen(text) || end == text || *end || number > 1e9)
        return ph_error_set(err, PH_INVALID, "'%s' is no %s: a number of seconds is accepted", text,
                            value_label(property));
    ph_writer_float(writer, property->name, number);
    return 0;
}

/* The names of signals are the daemon's to know. */
static int write_signal(ph_writer_t *writer, const struct property *property, const char *text,
                        struct ph_error *err)
{
    enum { LAST_SIGNAL = 64 };
    bool is_name = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") > 0;
    long number = is_whole_number(text) ? strtol(text, NULL, 10) : 0;
    if (!is_name && (number < 1 || number > LAST_SIGNAL))
        return ph_error_set(err, PH_INVALID,
                            "'%s' is no %s: a number from 1 to %d, or a name such as TERM or "
                            "SIGTERM, is accepted",
                            text, value_label(property), LAST_SIGNAL);
    if (is_name)
        ph_writer_string(writer, property->name, text);
    else
        ph_writer_int(writer, property->name, number);
    return 0;
}

static int write_property(ph_writer_t *writer, const struct property *property, const char *text,
                          struct ph_error *err)
{
    switch (property->type) {
    case PROPERTY_INT:
        return write_int(writer, property, text, err);
    case PROPERTY_NUMBER:
        return write_number(writer, property, text, err);
    case PROPERTY_SIGNAL:
        return write_signal(writer, property, text, err);
    case PROPERTY_BOOL:
        ph_writer_bool(writer, property->name, !property->is_denied);
        return 0;
    default:
        ph_writer_string(writer, property->name, text);
        return 0;
    }
}

/* One watcher is named by a text: Circus knows no lists of them. */
static void write_list(ph_writer_t *writer, const char *name, char *const *texts, size_t count)
{
    if (count == 1 && strcmp(name, "name") == 0) {
        ph_writer_string(writer, name, texts[0]);
        return;
    }
    ph_writer_array(writer, name);
    for (size_t i = 0; i < count; i++)
        ph_writer_string(writer, NULL, texts[i]);
    ph_writer_end(writer);
}

/* ---- options ---- */

static int write_options(struct invocation *invocation, struct ph_error *err)
{
    const struct property *properties = invocation->info->properties;
    for (size_t i = 0; properties[i].name; i++) {
        const char *value = invocation->options->values[i];
        if (!value || write_property(invocation->properties, &properties[i], value, err) == 0)
            continue;
        return ph_error_prefix(err, "%.*s", (int)strcspn(properties[i].argument, " "),
                               properties[i].argument);
    }
    return 0;
}

/* ---- arguments ---- */

struct places {
    size_t needed; /* arguments that must be there */
    size_t most;   /* that may be */
};

static bool is_place(const struct property *property)
{
    return property->argument && !options_has(property);
}

/* These take all arguments that are left. */
static bool takes_rest(const struct property *property)
{
    return property->type == PROPERTY_NAMES || property->type == PROPERTY_MAP;
}

static struct places count_places(const struct command_info *info)
{
    struct places places = {0};
    for (const struct property *property = info->properties; property->name; property++) {
        places.needed += is_place(property) && property->is_required;
        if (is_place(property))
            places.most = takes_rest(property) ? SIZE_MAX : places.most + 1;
    }
    return places;
}

/* Names what is needed and missing when there are `count` arguments. */
static int refuse_missing(const struct command_info *info, size_t count, struct ph_error *err)
{
    for (const struct property *property = info->properties; property->name; property++)
        if (is_place(property) && property->is_required && count-- == 0)
            return ph_error_set(err, PH_INVALID, "'%s' needs %s: %s", info->name,
                                property->argument, property->summary);
    return -1;
}

static int check_count(const struct invocation *invocation, const struct places *places,
                       struct ph_error *err)
{
    const struct options *options = invocation->options;
    const struct command_info *info = invocation->info;
    if (options->arg_count < places->needed)
        return refuse_missing(info, options->arg_count, err);
    if (options->arg_count > places->most)
        return ph_error_set(err, PH_INVALID, "'%s' takes no argument '%s'", info->name,
                            options->args[places->most]);
    return 0;
}

static int write_rest(struct invocation *invocation, const struct property *property, size_t used,
                      struct ph_error *err)
{
    ph_writer_t *writer = invocation->properties;
    char *const *rest = invocation->options->args + used;
    size_t count = invocation->options->arg_count - used;
    if (property->type == PROPERTY_MAP)
        return pairs_write_map(writer, property, rest, count, err);
    write_list(writer, property->name, rest, count);
    return 0;
}

static int write_arguments(struct invocation *invocation, struct ph_error *err)
{
    const struct options *options = invocation->options;
    struct places places = count_places(invocation->info);
    if (check_count(invocation, &places, err) < 0)
        return -1;

    size_t used = 0, spare = options->arg_count - places.needed;
    const struct property *property = invocation->info->properties;
    for (; property->name && used < options->arg_count; property++) {
        if (!is_place(property) || (!property->is_required && spare == 0))
            continue;
        if (takes_rest(property))
            return write_rest(invocation, property, used, err);
        spare -= !property->is_required;
        if (write_property(invocation->properties, property, options->args[used++], err) < 0)
            return -1;
    }
    return 0;
}

/* Some work has a time of its own, which is then the same as for waiting. */
static void write_timeout(struct invocation *invocation)
{
    int timeout_ms = invocation->options->timeout_ms;
    if (timeout_ms > 0 && command_info_property(invocation->info, "timeout"))
        ph_writer_float(invocation->properties, "timeout", (double)timeout_ms / 1000);
}

int arguments_read(struct invocation *invocation, struct ph_error *err)
{
    if (write_options(invocation, err) < 0 || write_arguments(invocation, err) < 0)
        return err->hint[0] ? -1 : options_refuse(invocation->info, err);
    write_timeout(invocation);
    return 0;
}

/* ---- add: NAME [OPTION=VALUE...] CMD... ---- */

/* Quotes a word so that the daemon, which splits `cmd` as a shell does, takes it for one. The
 * caller frees it. */
static char *quote(const char *word)
{
    if (word[0] && !strpbrk(word, " \t\r\n\v\f'\"\\"))
        return ph_strdup(word);
    char *quoted = ph_calloc(2 * strlen(word) + 3, 1);
    char *to = quoted;
    *to++ = '"';
    for (const char *c = word; *c; c++) {
        if (*c == '"' || *c == '\\')
            *to++ = '\\';
        *to++ = *c;
    }
    *to = '"';
    return quoted;
}

static char *join(char *const *words, size_t count)
{
    char *text = ph_strdup("");
    for (size_t i = 0; i < count; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s%s%s", before, i > 0 ? " " : "", words[i]);
    }
    return text;
}

static bool is_true(const char *text)
{
    static const char *const words[] = {"yes", "true", "on", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

/* A program's words arrive one by one; those for a shell are its text, as with sh -c and ssh, and
 * for circusctl all are. */
static void write_program(ph_writer_t *writer, char *const *words, size_t count, bool is_text)
{
    ph_cleanup(ph_freep) char *cmd = is_text ? join(words, count) : quote(words[0]);
    ph_writer_string(writer, "cmd", cmd);
    if (!is_text && count > 1)
        write_list(writer, "args", words + 1, count - 1);
}

static int check_pair(char *const *pairs, size_t index, struct ph_error *err)
{
    size_t length = strcspn(pairs[index], "=") + 1;
    if (length == 1)
        return ph_error_set(err, PH_INVALID, "'%s' is not OPTION=VALUE", pairs[index]);
    for (size_t i = 0; i < index; i++)
        if (strncmp(pairs[i], pairs[index], length) == 0)
            return ph_error_set(err, PH_INVALID, "option '%.*s' is given twice", (int)length - 1,
                                pairs[index]);
    return 0;
}

/* Sets `*is_for_shell` when one of them says so. */
static int write_pairs(ph_writer_t *writer, char *const *pairs, size_t count, bool *is_for_shell,
                       struct ph_error *err)
{
    if (count == 0)
        return 0;
    ph_writer_map(writer, "options");
    for (size_t i = 0; i < count; i++) {
        if (check_pair(pairs, i, err) < 0)
            return -1;
        size_t length = strcspn(pairs[i], "=");
        ph_cleanup(ph_freep) char *key = ph_strndup(pairs[i], length);
        const char *value = pairs[i] + length + 1;
        ph_writer_string(writer, key, value);
        *is_for_shell |= strcmp(key, "shell") == 0 && is_true(value);
    }
    ph_writer_end(writer);
    return 0;
}

static int write_watcher(struct invocation *invocation, struct ph_error *err)
{
    const struct options *options = invocation->options;
    char *const *args = options->args;
    size_t count = options->arg_count;
    size_t program = options->plain_from > 1 ? options->plain_from : 1;
    bool is_text = options->is_circus;
    if (count == 0)
        return refuse_missing(invocation->info, 0, err);
    if (program >= count)
        return ph_error_set(err, PH_INVALID, "'add' needs CMD: the program to run");

    ph_writer_string(invocation->properties, "name", args[0]);
    if (write_pairs(invocation->properties, args + 1, program - 1, &is_text, err) < 0)
        return -1;
    write_program(invocation->properties, args + program, count - program, is_text);
    return 0;
}

int arguments_read_program(struct invocation *invocation, struct ph_error *err)
{
    if (write_options(invocation, err) < 0 || write_watcher(invocation, err) < 0)
        return options_refuse(invocation->info, err);
    return 0;
}
