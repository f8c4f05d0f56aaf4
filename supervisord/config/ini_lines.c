#include "ini_lines.h"

#include <string.h>
#include <wire/utf8.h>

/* Stands in the place of a section header that cannot be read. */
static const char bad_header[] = "[?]";

unsigned ini_lines_find_bad(const char *text, size_t size)
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

/* Returns where line `number` (from 1) begins and its length, or NULL. */
static char *find_line(const struct ini_lines *self, unsigned number, size_t *length)
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

void ini_lines_blank(struct ini_lines *self, unsigned number)
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

/* ---- section headers ---- */

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

unsigned ini_scan_find_header(struct ini_scan *self, const char *title)
{
    for (int round = 0; round < 2; round++) {
        while (self->at) {
            unsigned number = self->line++;
            const char *line = self->at;
            const char *newline = strchr(line, '\n');
            self->at = newline ? newline + 1 : NULL;
            if (is_header_of(line, title))
                return number;
        }
        self->at = self->text;
        self->line = 1;
    }
    return 0;
}

/* ---- what the library would pass over ---- */

/* libini_config drops the whole file, without a word, for a name that has other characters. */
static bool is_good_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((name[i] < ' ' && name[i] != '\t') || name[i] > '~' || name[i] == '!')
            return false;
    return true;
}

static void refuse_line(struct ini_lines *self, unsigned number, const char *name, size_t size,
                        const char *why, const char *hint)
{
    struct ph_error err;
    while (size > 0 && strchr(" \t\r", name[size - 1]))
        size--;
    ph_error_set(&err, PH_INVALID, "'%.*s' %s", (int)(size < 100 ? size : 100), name, why);
    ph_error_hint(&err, "%s", hint);
    problems_add(self->problems, (struct place){self->file, number}, &err);
}

/* Returns whether the line begins a section. */
static bool check_line(struct ini_lines *self, unsigned number, const char *line, bool has_section)
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
        ini_lines_blank(self, number);
    } else if (!is_header && !has_section && name[size] == '=') {
        refuse_line(self, number, name, size, "stands before the first section",
                    "begin with a line [plughost] or [watcher:NAME]");
    }
    return is_header;
}

void ini_lines_check(struct ini_lines *self)
{
    bool has_section = false;
    unsigned number = 1;
    for (const char *line = self->text; line; number++) {
        const char *newline = strchr(line, '\n');
        has_section |= check_line(self, number, line, has_section);
        line = newline ? newline + 1 : NULL;
    }
}
