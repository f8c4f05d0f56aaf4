#include "tree_print.h"

#include <alloc.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* ---- what a line can hold ---- */

static bool is_blank(char c)
{
    return isspace((unsigned char)c);
}

/* Says whether a key is read back as the same: see is_good_name of ini_lines.c. */
static bool is_good_key(const char *key)
{
    size_t length = strlen(key);
    if (length == 0 || strchr("#;[", key[0]) || is_blank(key[0]) || is_blank(key[length - 1]))
        return false;
    for (const char *at = key; *at; at++)
        if (*at < ' ' || *at > '~' || *at == '!' || *at == '=')
            return false;
    return true;
}

static bool has_line_end(const char *text)
{
    return text[strcspn(text, "\n\r\v\f")] != '\0';
}

/* Returns the value as one line; the caller frees it. */
static char *joined(const char *value)
{
    char *line = ph_strdup(value);
    for (char *at = line; *(at += strcspn(at, "\n\r\v\f"));)
        *at = ' ';
    return line;
}

static void tell_changed(const config_setting_t *section, const struct tree_option *option,
                         struct notices *notices)
{
    const char *title = tree_section_title(section), *value = option->value;
    size_t length = strlen(value);
    if (has_line_end(value))
        notices_add(notices, option->place,
                    "[%s] %s: a value is one line here; its lines are joined by blanks", title,
                    option->key);
    else if (length > 0 && (is_blank(value[0]) || is_blank(value[length - 1])))
        notices_add(notices, option->place,
                    "[%s] %s: the blanks around its value are lost; quotes would be part of it",
                    title, option->key);
}

/* ---- the text ---- */

/* A comment is one line, whatever is in it. */
static void print_comment(const char *text, FILE *out)
{
    ph_cleanup(ph_freep) char *line = joined(text);
    fprintf(out, "# %s\n", line);
}

static void print_option(const config_setting_t *section, const struct tree_option *option,
                         const struct tree_comments *comments, struct notices *notices, FILE *out)
{
    if (!is_good_key(option->key)) {
        notices_add(notices, option->place,
                    "[%s] '%s' is left out: a key has ASCII letters, digits and punctuation, but "
                    "no '!'",
                    tree_section_title(section), option->key);
        return;
    }
    ph_cleanup(ph_freep) char *comment = comments->option(comments->arg, section, option);
    ph_cleanup(ph_freep) char *value = joined(option->value);
    tell_changed(section, option, notices);
    if (comment)
        print_comment(comment, out);
    fprintf(out, "%s =%s%s\n", option->key, *value ? " " : "", value);
}

/* A watcher without options is a mistake; the others mean nothing then. */
static bool is_needed(const config_setting_t *section)
{
    const char *title = tree_section_title(section);
    return tree_option_count(section) > 0 || strncmp(title, "watcher:", 8) == 0 ||
           strncmp(title, "plugin:", 7) == 0 || strncmp(title, "socket:", 7) == 0;
}

static void print_section(const config_setting_t *section, const struct tree_comments *comments,
                          struct notices *notices, FILE *out)
{
    ph_cleanup(ph_freep) char *comment = comments->section(comments->arg, section);
    fputc('\n', out);
    if (comment)
        print_comment(comment, out);
    fprintf(out, "[%s]\n", tree_section_title(section));
    for (unsigned i = 0; i < tree_option_count(section); i++) {
        struct tree_option option = tree_option(section, i);
        if (option.value)
            print_option(section, &option, comments, notices, out);
    }
}

void tree_print(const config_t *self, const struct tree_comments *comments, struct notices *notices,
                FILE *out)
{
    for (unsigned i = 0; i < tree_section_count(self); i++)
        if (is_needed(tree_section(self, i)))
            print_section(tree_section(self, i), comments, notices, out);
}
