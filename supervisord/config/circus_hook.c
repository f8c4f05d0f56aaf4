#include "circus_hook.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

/* What a hook may do. Of those that decide, a result that is false counts even where errors are
 * ignored, so the program that runs the function is told; of the others nothing counts. */
static const struct rule {
    const char *name;
    enum { DECIDES, DECIDES_IGNORING_ERRORS, OBSERVES, MISSING } role;
} rules[] = {
    {"after_reap", OBSERVES},
    {"after_signal", OBSERVES},
    {"after_spawn", DECIDES},
    {"after_start", DECIDES},
    {"after_stop", OBSERVES},
    {"before_reap", OBSERVES},
    {"before_signal", DECIDES_IGNORING_ERRORS},
    {"before_spawn", DECIDES},
    {"before_start", DECIDES},
    {"before_stop", OBSERVES},
    {"extended_stats", MISSING},
};

static const struct rule *find_rule(const char *name)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

static char *trimmed(const char *text, size_t length)
{
    static const char blanks[] = " \t\n";
    size_t skipped = strspn(text, blanks);
    if (skipped >= length)
        return ph_strdup("");
    while (strchr(blanks, text[length - 1]))
        length--;
    return ph_strndup(text + skipped, length - skipped);
}

/* Reads what follows the comma: a yes or no, or a word that says what it means. */
static bool parse_flag(const char *text, bool *is_ignored)
{
    ph_cleanup(ph_freep) char *word = trimmed(text, strlen(text));
    *is_ignored = strcasecmp(word, "ignore") == 0 || strcasecmp(word, "ignore_errors") == 0;
    return *is_ignored || circus_parse_bool(word, is_ignored);
}

/* MODULE.FUNCTION, with at least one dot. */
static bool is_function(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const char *dot = strrchr(text, '.');
    if (!dot || !dot[1])
        return false;
    for (const char *at = text; *at; at++) {
        size_t length = strspn(at, letters);
        at += length;
        if (length == 0 || (*at && *at != '.'))
            return false;
        if (!*at)
            return true;
    }
    return false;
}

/* The function is looked for where Circus's daemon would: it shares the PYTHONPATH of the daemon,
 * whatever the watcher itself gets. */
static char *make_command(const struct circus_draft *draft, const char *function, bool ignores,
                          bool is_observer)
{
    const char *path = getenv("PYTHONPATH");
    ph_cleanup(ph_freep) char *python = circus_quote(draft->python);
    ph_cleanup(ph_freep) char *file = ph_format("%s/hook.py", draft->scripts);
    ph_cleanup(ph_freep) char *script = circus_quote(file);
    ph_cleanup(ph_freep) char *quoted_path = path ? circus_quote(path) : NULL;
    return ph_format("%s %s%s%s%s %s%s", python, script, ignores ? " --ignore-errors" : "",
                     path ? " --path " : "", path ? quoted_path : "", function,
                     is_observer ? ", ignore" : "");
}

static void take_function(struct circus_part *self, const struct ph_circus_option *option,
                          const struct rule *rule)
{
    ph_cleanup(ph_freep) char *value = circus_env_expand(self->env, option->value);
    size_t length = strcspn(value, ",");
    bool ignores = false;
    if (value[length] && !parse_flag(value + length + 1, &ignores)) {
        circus_refuse(self->draft, option, "what follows the comma is no yes or no",
                      "MODULE.FUNCTION, or MODULE.FUNCTION, ignore_errors");
        return;
    }
    ph_cleanup(ph_freep) char *function = trimmed(value, length);
    if (!is_function(function)) {
        circus_refuse(self->draft, option, "not a function in Python",
                      "MODULE.FUNCTION; a command is written plughost.hooks.NAME = COMMAND");
        return;
    }
    ph_cleanup(ph_freep) char *command =
        make_command(self->draft, function, ignores || rule->role == DECIDES_IGNORING_ERRORS,
                     rule->role == OBSERVES);
    circus_part_set(self, option->key, command, circus_place(option));
}

void circus_hook_take(struct circus_part *part, const struct ph_circus_option *option)
{
    const struct rule *rule = find_rule(circus_behind(option->key, "hooks."));
    if (rule && rule->role == MISSING)
        circus_remarks_ignore(&part->draft->remarks, option->key, "no hook adds to statistics");
    else if (rule)
        take_function(part, option, rule);
    else
        circus_part_add(part, option->key, option); /* refused later, with the nearest name */
}
