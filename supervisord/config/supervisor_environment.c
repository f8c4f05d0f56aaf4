#include "supervisor_environment.h"

#include "../text.h"
#include "capitals.h"

#include <alloc.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* One KEY=VALUE of a text. */
struct variable {
    char *key, *value;
};

static const char blanks[] = " \t\r\n";

static void variable_release(struct variable *self)
{
    free(self->key);
    free(self->value);
}

static size_t trimmed(const char *text, size_t length)
{
    while (length > 0 && strchr(blanks, text[length - 1]))
        length--;
    return length;
}

/* Reads a value in quotes, or up to the next comma. Returns what stands behind, or NULL. */
static const char *read_value(const char *at, char **value_p)
{
    if (*at != '"' && *at != '\'') {
        size_t length = strcspn(at, ",");
        *value_p = ph_strndup(at, trimmed(at, length));
        return at + length;
    }
    const char *end = strchr(at + 1, *at);
    if (!end)
        return NULL;
    *value_p = ph_strndup(at + 1, (size_t)(end - at) - 1);
    return end + 1;
}

/* Reads the variable that begins at `at`. Returns what stands behind it, or NULL: it is wrong. */
static const char *read_variable(const char *at, struct variable *self)
{
    size_t length = strcspn(at, "=,");
    if (at[length] != '=' || trimmed(at, length) == 0)
        return NULL;
    self->key = ph_strndup(at, trimmed(at, length));
    at += length + 1;
    at = read_value(at + strspn(at, blanks), &self->value);
    at = at ? at + strspn(at, blanks) : NULL;
    return at && (*at == ',' || *at == '\0') ? at : NULL;
}

/* A line of an ini file loses the blanks around a value. */
static bool fits_line(const char *value)
{
    size_t length = strlen(value);
    return length == 0 ||
           !(isspace((unsigned char)value[0]) || isspace((unsigned char)value[length - 1]));
}

static void tell_replaced(struct supervisor_part *part, const struct ph_circus_option *option,
                          const struct variable *variable)
{
    ph_cleanup(ph_freep) char *replaced = capitals_expand(variable->value);
    if (strcmp(replaced, variable->value) == 0)
        return;
    ph_cleanup(ph_freep) char *text =
        ph_format("the value of '%s': plughost replaces $NAME in capitals by a variable of the "
                  "daemon; have a script set it instead",
                  variable->key);
    supervisor_part_say(part, circus_place(option), text);
}

/* Adds a variable to the words of an option `env`. */
static void add_word(char **words_p, const struct variable *variable)
{
    ph_cleanup(ph_freep) char *word = ph_format("%s=%s", variable->key, variable->value);
    ph_cleanup(ph_freep) char *quoted = circus_quote(word);
    text_append(words_p, " ", quoted);
}

/* Where a variable goes. */
struct target {
    struct circus_part lines;
    char *words; /* what no line can hold; NULL: nothing */
    bool has_words;
};

static void take_variable(struct supervisor_part *part, const struct ph_circus_option *option,
                          const struct variable *variable, struct target *target)
{
    struct place place = circus_place(option);
    tell_replaced(part, option, variable);
    if (tree_option_text(target->lines.section, variable->key))
        tree_remove_option(target->lines.section, variable->key); /* the last one counts */
    if (target->has_words && !fits_line(variable->value))
        add_word(&target->words, variable);
    else
        circus_part_set(&target->lines, variable->key, variable->value, place);
}

static void take_all(struct supervisor_part *part, const struct ph_circus_option *option,
                     const char *text, struct target *target)
{
    for (const char *at = text; *(at += strspn(at, blanks)); at += *at == ',') {
        ph_cleanup(variable_release) struct variable variable = {0};
        at = read_variable(at, &variable);
        if (!at) {
            circus_refuse(part->to.draft, option, "not understood",
                          "KEY=\"VALUE\",KEY=\"VALUE\", and so on");
            return;
        }
        take_variable(part, option, &variable, target);
    }
}

void supervisor_environment_take(struct supervisor_part *part,
                                 const struct ph_circus_option *option, const char *pattern,
                                 config_setting_t *watcher)
{
    ph_cleanup(ph_freep) char *text = supervisor_part_value(part, option, AT_START);
    if (!text || !text[strspn(text, blanks)])
        return;
    ph_cleanup(ph_freep) char *title = ph_format("env:%s", pattern);
    struct target target = {
        .lines = {.section = tree_add_section(part->to.draft->tree, title, circus_place(option))},
        .has_words = watcher != NULL};
    take_all(part, option, text, &target);
    if (target.words)
        tree_add_option(watcher, "env", target.words, circus_place(option));
    free(target.words);
}
