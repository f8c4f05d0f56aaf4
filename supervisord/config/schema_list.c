#include "schema_parse.h"
#include "words.h"

#include <alloc.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void replace_words(void *member, char **words)
{
    words_destroy(member);
    *(char ***)member = words;
}

int parse_words(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err)
{
    struct ph_error why;
    char **words = words_split(text, &why);
    if (!words) {
        option_refuse(self, text, why.message, err);
        return -1;
    }
    replace_words(member, words);
    return 0;
}

static bool has_word(char *const *words, const char *word)
{
    for (; *words; words++)
        if (strcasecmp(*words, word) == 0)
            return true;
    return false;
}

int parse_names(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err)
{
    static const char blanks[] = " \t,";
    ph_cleanup(words_destroy) char **names = ph_calloc(1, sizeof *names);
    size_t count = 0;
    for (const char *at = text; *(at += strspn(at, blanks));) {
        size_t length = strcspn(at, blanks);
        ph_cleanup(ph_freep) char *name = ph_strndup(at, length);
        at += length;
        if (has_word(names, name))
            return option_refuse(self, text, "a name stands there twice", err);
        names = ph_realloc_array(names, count + 2, sizeof *names);
        names[count++] = ph_steal(&name);
        names[count] = NULL;
    }
    replace_words(member, ph_steal(&names));
    return 0;
}

char *absolute_path(const char *path)
{
    if (path[0] == '/' || strncmp(path, "$(", 2) == 0 || strncmp(path, "((", 2) == 0)
        return ph_strdup(path);
    ph_cleanup(ph_freep) char *here = getcwd(NULL, 0);
    return ph_format("%s/%s", here ? here : ".", path);
}

int parse_paths(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err)
{
    (void)self, (void)err; /* every text is a list of paths */
    char **paths = ph_calloc(1, sizeof *paths);
    size_t count = 0;
    while (*text) {
        size_t length = strcspn(text, ":");
        ph_cleanup(ph_freep) char *path = ph_strndup(text, length);
        text += length + (text[length] == ':');
        if (length == 0)
            continue;
        paths = ph_realloc_array(paths, count + 2, sizeof *paths);
        paths[count++] = absolute_path(path);
        paths[count] = NULL;
    }
    replace_words(member, paths);
    return 0;
}

int parse_variables(const struct option_spec *self, const char *text, void *member,
                    struct ph_error *err)
{
    ph_cleanup(words_destroy) char **words = NULL;
    if (parse_words(self, text, &words, err) < 0)
        return -1;
    for (char **word = words; *word; word++)
        if (**word == '=' || !strchr(*word, '='))
            return option_refuse(self, text, "not NAME=VALUE", err);
    for (char **word = words; *word; word++) {
        char *equal = strchr(*word, '=');
        *equal = '\0';
        pairs_set(member, *word, equal + 1);
    }
    return 0;
}

/* ---- hooks ---- */

static size_t trimmed(const char *text, size_t length)
{
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    return length;
}

/* Returns the length of the command in a hook, before a comma and a word that says whether its
 * failure is ignored; any other comma belongs to the command. */
static size_t command_length(const char *text, bool *is_ignored)
{
    static const char *const words[] = {"ignore", "ignore_errors", "true", "false", NULL};
    const char *comma = strrchr(text, ',');
    if (!comma)
        return strlen(text);
    const char *word = comma + 1 + strspn(comma + 1, " \t");
    for (size_t i = 0; words[i]; i++) {
        if (strcasecmp(word, words[i]) != 0)
            continue;
        *is_ignored = strcmp(words[i], "false") != 0;
        return (size_t)(comma - text);
    }
    return strlen(text);
}

int parse_hook(const struct option_spec *self, const char *text, void *member, struct ph_error *err)
{
    bool is_ignored = false;
    size_t length = trimmed(text, command_length(text, &is_ignored));
    ph_cleanup(ph_freep) char *command = ph_strndup(text, length);
    ph_cleanup(words_destroy) char **words = NULL;
    if (parse_words(self, command, &words, err) < 0)
        return -1;
    if (!words[0] || !*words[0])
        return option_refuse(self, text, "a command is missing", err);
    struct hook_options *hook = member;
    if (hook_is_method(&(struct hook_options){.cmd = words}) && (!words[1] || words[2]))
        return option_refuse(self, text, "a method is written 'plugin:NAME METHOD'", err);
    replace_words(&hook->cmd, ph_steal(&words));
    hook->ignore = is_ignored;
    return 0;
}
