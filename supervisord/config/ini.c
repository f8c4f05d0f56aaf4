/* libini_config reads the syntax. Three of its ways need help: it gives up on the whole file at the
 * first bad line, so bad lines are blanked and the file is read again; it does not know on which
 * line a section begins; and it looks keys up without regard to case, so equal ones are told apart
 * by their order. */
#include "ini.h"

#include "ini_lines.h"

#include <alloc.h>
#include <ctype.h>
#include <errno.h>
#include <ini_configobj.h>
#include <ini_valueobj.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct ini_lines lines;   /* our copy, in which bad lines are blanked */
    struct ini_scan scan;     /* over our copy */
    struct ini_scan original; /* over the text as it was */
    config_t *tree;
};

static struct place place_of(const struct reader *self, unsigned line)
{
    return (struct place){self->lines.file, line};
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
        ini_config_file_from_mem(self->lines.text, (uint32_t)self->lines.size, &file) != EOK)
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
        problems_add(self->lines.problems, place_of(self, line), &err);
        ini_lines_blank(&self->lines, line);
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
    config_setting_t *section = self->lines.file ? tree_find_section(self->tree, title) : NULL;
    struct place place = place_of(self, ini_scan_find_header(&self->scan, title));
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
        return ini_scan_find_header(&self->scan, title) > 0;
    return strcmp(title, "?") != 0 || ini_scan_find_header(&self->original, title) > 0;
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
    problems_add(self->lines.problems, place_of(self, line), &err);
}

static void read_text(struct reader *self)
{
    ini_lines_check(&self->lines);
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
    struct reader self = {.lines = {.text = copy, .size = size, .file = file, .problems = problems},
                          .scan = {.text = copy},
                          .original = {.text = original},
                          .tree = tree};
    unsigned bad_line = ini_lines_find_bad(text, size);
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
