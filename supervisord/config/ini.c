/* libini_config reads the syntax. Three of its ways need help: it gives up on the whole file at the
 * first bad line, so bad lines are blanked and the file is read again; it does not know on which
 * line a section begins; and it looks keys up without regard to case, so equal ones are told apart
 * by their order. */
#include "ini.h"

#include "include.h"
#include "text_file.h"

#include <alloc.h>
#include <ctype.h>
#include <errno.h>
#include <ini_configobj.h>
#include <ini_valueobj.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wire/utf8.h>

/* Looks for section headers. They are asked for in their order, so a search goes on where the last
 * one ended, and starts anew only if that finds nothing. */
struct scan {
    const char *text;
    const char *at; /* NULL: at the end */
    unsigned line;
};

struct reader {
    char *text; /* our copy, in which bad lines are blanked */
    size_t size;
    struct scan scan;     /* over our copy */
    struct scan original; /* over the text as it was */
    const char *file;     /* NULL: the main one */
    config_t *tree;
    struct problems *problems;
};

static struct place place_of(const struct reader *self, unsigned line)
{
    return (struct place){self->file, line};
}

/* Stands in the place of a section header that cannot be read. */
static const char bad_header[] = "[?]";

/* ---- lines of the text ---- */

/* Returns where line `number` (from 1) begins and its length, or NULL. */
static char *find_line(const struct reader *self, unsigned number, size_t *length)
{
    char *line = self->text, *end = self->text + self->size;
    for (; line && --number > 0; line = line ? line + 1 : NULL)
        line = memchr(line, '\n', (size_t)(end - line));
    if (!line || line >= end)
        return NULL;
    char *newline = memchr(line, '\n', (size_t)(end - line));
    *length = (size_t)((newline ? newline : end) - line);
    return line;
}

/* Returns the number of the first line that is no UTF-8 text, or 0. */
static unsigned find_bad_line(const char *text, size_t size)
{
    const char *end = text + size;
    for (unsigned number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline ? newline : end) - text);
        if (memchr(text, '\0', length) || !wire_is_utf8(text, length))
            return number;
        text += length + 1;
    }
    return 0;
}

/* Turns a bad line into a comment; a section with a bad header becomes one that is skipped, so that
 * its options do not fall to the section before. */
static void blank_line(struct reader *self, unsigned number)
{
    size_t length;
    char *line = find_line(self, number, &length);
    if (!line || length == 0)
        return;
    bool is_header = line[strspn(line, " \t")] == '[' && length >= 3;
    memset(line, ';', length);
    if (is_header)
        memcpy(line, bad_header, 3);
    if (is_header && length > 3)
        memset(line + 3, ' ', length - 3);
}

/* libini_config drops the whole file, without a word, for a name that has other characters. */
static bool is_good_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((name[i] < ' ' && name[i] != '\t') || name[i] > '~' || name[i] == '!')
            return false;
    return true;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

static bool is_header_of(const char *line, const char *title)
{
    size_t length = strlen(title);
    line = skip_blanks(line);
    if (*line != '[')
        return false;
    line = skip_blanks(line + 1);
    return strncasecmp(line, title, length) == 0 && *skip_blanks(line + length) == ']';
}

/* Returns the line of a section's header, or 0. */
static unsigned find_header(struct scan *scan, const char *title)
{
    for (int round = 0; round < 2; round++) {
        while (scan->at) {
            unsigned number = scan->line++;
            const char *line = scan->at;
            const char *newline = strchr(line, '\n');
            scan->at = newline ? newline + 1 : NULL;
            if (is_header_of(line, title))
                return number;
        }
        scan->at = scan->text;
        scan->line = 1;
    }
    return 0;
}

static void refuse_line(struct reader *self, unsigned number, const char *name, size_t size,
                        const char *why, const char *hint)
{
    struct ph_error err;
    while (size > 0 && strchr(" \t\r", name[size - 1]))
        size--;
    ph_error_set(&err, PH_INVALID, "'%.*s' %s", (int)(size < 100 ? size : 100), name, why);
    ph_error_hint(&err, "%s", hint);
    problems_add(self->problems, place_of(self, number), &err);
}

/* Refuses what the library would pass over in silence: names that it cannot hold, and options
 * before the first section, which it puts into one of its own. Returns whether the line begins a
 * section. */
static bool check_line(struct reader *self, unsigned number, const char *line, bool has_section)
{
    const char *name = skip_blanks(line);
    bool is_header = *name == '[';
    name += is_header;
    size_t size = strcspn(name, is_header ? "]\n" : "=\n");
    if (!is_header && strchr("#;\r\n", *name)) /* which also finds the NUL at the end */
        return false;
    if (!is_good_name(name, size)) {
        refuse_line(self, number, name, size, "has a character that no name may have",
                    "names have ASCII letters, digits and punctuation, but no '!'");
        blank_line(self, number);
    } else if (!is_header && !has_section && name[size] == '=') {
        refuse_line(self, number, name, size, "stands before the first section",
                    "begin with a line [plughost] or [watcher:NAME]");
    }
    return is_header;
}

static void check_lines(struct reader *self)
{
    bool has_section = false;
    unsigned number = 1;
    for (const char *line = self->text; line; number++) {
        const char *newline = strchr(line, '\n');
        has_section |= check_line(self, number, line, has_section);
        line = newline ? newline + 1 : NULL;
    }
}

/* ---- libini_config ---- */

static void destroy_parsed(struct ini_cfgobj **parsed_p)
{
    ini_config_destroy(*parsed_p);
    *parsed_p = NULL;
}

static void destroy_file(struct ini_cfgfile **file_p)
{
    ini_config_file_destroy(*file_p);
    *file_p = NULL;
}

/* Parses the text. Returns NULL when the library refuses it altogether, otherwise what it made of
 * it, which is nothing but a list if there were errors. */
static struct ini_cfgobj *parse(const struct reader *self)
{
    ph_cleanup(destroy_file) struct ini_cfgfile *file = NULL;
    ph_cleanup(destroy_parsed) struct ini_cfgobj *parsed = NULL;
    if (ini_config_create(&parsed) != EOK ||
        ini_config_file_from_mem(self->text, (uint32_t)self->size, &file) != EOK)
        return NULL;
    int outcome =
        ini_config_parse(file, INI_STOP_ON_NONE, INI_MV1S_ALLOW | INI_MV2S_ALLOW | INI_MS_MERGE,
                         INI_PARSE_NOWRAP | INI_PARSE_NO_C_COMMENTS, parsed);
    return outcome == EOK || ini_config_error_count(parsed) > 0 ? ph_steal(&parsed) : NULL;
}

/* Takes "Error (5) on line 7: Equal sign is missing." apart. */
static const char *split_error(const char *text, unsigned *line)
{
    static const char before[] = " on line ";
    const char *at = strstr(text, before);
    if (!at)
        return text;
    char *end;
    *line = (unsigned)strtoul(at + sizeof before - 1, &end, 10);
    return end + strspn(end, ": ");
}

/* Reports the errors of a parse, which come as texts, and blanks their lines. */
static void take_errors(struct reader *self, struct ini_cfgobj *parsed)
{
    char **texts = NULL;
    if (ini_config_get_errors(parsed, &texts) != EOK)
        return;
    for (char **text = texts; *text; text++) {
        unsigned line = 0;
        const char *why = split_error(*text, &line);
        struct ph_error err;
        ph_error_set(&err, PH_INVALID, "%s", why);
        err.message[0] = (char)tolower((unsigned char)err.message[0]);
        err.message[strcspn(err.message, ".")] = '\0';
        ph_error_hint(
            &err,
            "a line is KEY = VALUE, [SECTION] from its very beginning, or begins with # or ;");
        problems_add(self->problems, place_of(self, line), &err);
        blank_line(self, line);
    }
    ini_config_free_errors(texts);
}

/* Returns the value that belongs to `keys[index]`: equal keys, in any case, come in their order. */
static struct value_obj *find_value(struct ini_cfgobj *parsed, const char *title, char **keys,
                                    int index)
{
    struct value_obj *value = NULL;
    if (ini_get_config_valueobj(title, keys[index], parsed, INI_GET_FIRST_VALUE, &value) != EOK)
        return NULL;
    for (int i = 0; i < index && value; i++)
        if (strcasecmp(keys[i], keys[index]) == 0 &&
            ini_get_config_valueobj(title, keys[index], parsed, INI_GET_NEXT_VALUE, &value) != EOK)
            return NULL;
    return value;
}

/* The library merges the sections of one file. */
static config_setting_t *find_section(struct reader *self, const char *title)
{
    config_setting_t *section = self->file ? tree_find_section(self->tree, title) : NULL;
    struct place place = place_of(self, find_header(&self->scan, title));
    return section ? section : tree_add_section(self->tree, title, place);
}

static void read_section(struct reader *self, struct ini_cfgobj *parsed, const char *title)
{
    int count = 0;
    char **keys = ini_get_attribute_list(parsed, title, &count, NULL);
    config_setting_t *section = find_section(self, title);
    for (int i = 0; i < count; i++) {
        struct value_obj *value = find_value(parsed, title, keys, i);
        const char *text = "";
        uint32_t line = 0;
        if (value && value_get_concatenated(value, &text) == EOK &&
            value_get_line(value, &line) == EOK)
            tree_add_option(section, keys[i], text, place_of(self, line));
    }
    ini_free_attribute_list(keys);
}

/* Says whether a section of the library's stands in the file: not the one it makes for options
 * without a section, and not the ones that we blanked. */
static bool is_in_file(struct reader *self, const char *title)
{
    if (strcmp(title, INI_DEFAULT_SECTION) == 0)
        return find_header(&self->scan, title) > 0;
    return strcmp(title, "?") != 0 || find_header(&self->original, title) > 0;
}

static void read_sections(struct reader *self, struct ini_cfgobj *parsed)
{
    int count = 0;
    char **titles = ini_get_section_list(parsed, &count, NULL);
    for (int i = 0; i < count; i++)
        if (is_in_file(self, titles[i]))
            read_section(self, parsed, titles[i]);
    ini_free_section_list(titles);
}

static char *copy_text(const char *text, size_t size)
{
    char *copy = ph_calloc(1, size + 1);
    memcpy(copy, text, size);
    return copy;
}

static void refuse_text(struct reader *self, unsigned line, const char *why)
{
    struct ph_error err;
    ph_error_set(&err, PH_MALFORMED, "%s", why);
    ph_error_hint(&err, "save it as plain text in UTF-8");
    problems_add(self->problems, place_of(self, line), &err);
}

static void read_text(struct reader *self)
{
    check_lines(self);
    ph_cleanup(destroy_parsed) struct ini_cfgobj *parsed = parse(self);
    if (parsed && ini_config_error_count(parsed) > 0) {
        take_errors(self, parsed);
        destroy_parsed(&parsed);
        parsed = parse(self);
    }
    if (parsed)
        read_sections(self, parsed);
    else
        refuse_text(self, 0, "the file cannot be read as an ini file");
}

void ini_read(const char *file, const char *text, size_t size, config_t *tree,
              struct problems *problems)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    if (size >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (size == 0) /* which the library does not take for a file */
        return;

    ph_cleanup(ph_freep) char *copy = copy_text(text, size);
    ph_cleanup(ph_freep) char *original = copy_text(text, size);
    struct reader self = {.text = copy,
                          .size = size,
                          .scan = {.text = copy},
                          .original = {.text = original},
                          .file = file,
                          .tree = tree,
                          .problems = problems};
    unsigned bad_line = find_bad_line(text, size);
    if (bad_line > 0)
        refuse_text(&self, bad_line, "the file is not UTF-8 text");
    else
        read_text(&self);
}

/* ---- names from elsewhere ---- */

/* The surest way to know what a file makes of a name is to read one. */
static bool is_key(const char *key)
{
    ph_cleanup(config_destroy) config_t tree;
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(ph_freep) char *text = ph_format("[x]\n%s = x\n", key);
    tree_init(&tree);
    ini_read(NULL, text, strlen(text), &tree, &problems);
    if (problems.count > 0 || tree_section_count(&tree) != 1)
        return false;
    const config_setting_t *section = tree_section(&tree, 0);
    return tree_option_count(section) == 1 && strcmp(tree_option(section, 0).key, key) == 0;
}

int ini_check_key(const char *key, struct ph_error *err)
{
    if (is_key(key))
        return 0;
    ph_error_set(err, PH_INVALID, "no configuration can have an option '%.100s'", key);
    return ph_error_hint(err,
                         "names have ASCII letters, digits and punctuation, but no '!' or '='");
}

/* ---- other files ---- */

static void read_included(const char *path, config_t *tree, struct problems *problems)
{
    struct ph_error err;
    size_t size = 0;
    ph_cleanup(ph_freep) char *text = text_file_read(path, &size, &err);
    if (text)
        ini_read(path, text, size, tree, problems);
    else
        problems_add(problems, (struct place){.file = path}, &err);
}

static bool names_files(const struct tree_option *option)
{
    return strcmp(option->key, "include") == 0 || strcmp(option->key, "include_dir") == 0;
}

static void refuse_nested(const config_setting_t *plughost, struct problems *problems)
{
    struct ph_error err;
    for (unsigned i = 0; i < tree_option_count(plughost); i++) {
        struct tree_option option = tree_option(plughost, i);
        if (!names_files(&option) || !option.place.file)
            continue;
        ph_error_set(&err, PH_INVALID, "%s = %.80s: only the main file names others", option.key,
                     option.value);
        ph_error_hint(&err, "move it there");
        problems_add(problems, option.place, &err);
    }
}

void ini_include(const char *main_file, config_t *tree, struct problems *problems)
{
    ph_cleanup(include_release) struct include_search search = {.main_file = main_file,
                                                                .missing = problems};
    const config_setting_t *plughost = tree_find_section(tree, "plughost");
    for (unsigned i = 0; plughost && i < tree_option_count(plughost); i++) {
        struct tree_option option = tree_option(plughost, i);
        if (names_files(&option))
            include_find(&search, &option);
    }
    for (char **path = search.paths; path && *path; path++)
        read_included(*path, tree, problems);
    if (search.paths && plughost)
        refuse_nested(plughost, problems);
}
