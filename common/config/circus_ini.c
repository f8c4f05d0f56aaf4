#include "circus_ini.h"

#include <alloc.h>
#include <lower.h>
#include <stdlib.h>
#include <string.h>
#include <wire/utf8.h>

/* One file while it is read. Sections are known by their number: their array may move. */
struct reader {
    struct ph_circus_ini *ini;
    const char *file;
    unsigned line;
    size_t section; /* NONE: before the first */
    size_t option;  /* of that section, the one that a line may continue; NONE: there is none */
};

enum { MAX_SHOWN = 60 };
#define NONE ((size_t)-1)

static const char default_section[] = "DEFAULT";
static const char blanks[] = " \t\r\v\f";

/* A part of the text, which is not ended by NUL. */
struct span {
    const char *at;
    size_t size;
};

static bool is_blank(char c)
{
    return c != '\0' && strchr(blanks, c);
}

static struct span strip(struct span span)
{
    while (span.size > 0 && is_blank(span.at[span.size - 1]))
        span.size--;
    while (span.size > 0 && is_blank(*span.at)) {
        span.at++;
        span.size--;
    }
    return span;
}

/* ---- what is found ---- */

static void refuse(struct reader *self, const char *message, const char *hint)
{
    struct ph_circus_ini *ini = self->ini;
    ini->mistakes = ph_realloc_array(ini->mistakes, ini->mistake_count + 1, sizeof *ini->mistakes);
    struct ph_circus_mistake *mistake = &ini->mistakes[ini->mistake_count++];
    *mistake = (struct ph_circus_mistake){.file = self->file, .line = self->line};
    ph_error_set(&mistake->error, PH_INVALID, "%s", message);
    ph_error_hint(&mistake->error, "%s", hint);
}

static void refuse_line(struct reader *self, struct span line, const char *why, const char *hint)
{
    bool is_long = line.size > MAX_SHOWN;
    size_t size = is_long ? MAX_SHOWN : line.size;
    while (is_long && size > 0 && ((unsigned char)line.at[size] & 0xc0) == 0x80)
        size--; /* not within a letter */
    ph_cleanup(ph_freep) char *message =
        ph_format("'%.*s%s' %s", (int)size, line.at, is_long ? "..." : "", why);
    refuse(self, message, hint);
}

static size_t find_section(const struct ph_circus_ini *self, const char *name)
{
    for (size_t i = 0; i < self->section_count; i++)
        if (strcmp(self->sections[i].name, name) == 0)
            return i;
    return NONE;
}

static void begin_section(struct reader *self, struct span title)
{
    struct ph_circus_ini *ini = self->ini;
    ph_cleanup(ph_freep) char *name = ph_strndup(title.at, title.size);
    self->option = NONE;
    self->section = find_section(ini, name);
    if (self->section != NONE)
        return;
    ini->sections = ph_realloc_array(ini->sections, ini->section_count + 1, sizeof *ini->sections);
    self->section = ini->section_count++;
    ini->sections[self->section] =
        (struct ph_circus_section){.name = ph_steal(&name), .file = self->file, .line = self->line};
}

static void add_option(struct ph_circus_section *section, struct ph_circus_option option)
{
    section->options =
        ph_realloc_array(section->options, section->option_count + 1, sizeof *section->options);
    section->options[section->option_count++] = option;
}

/* ---- lines ---- */

/* Returns what stands before a mark that follows white space. */
static struct span cut_comment(struct span value, bool is_supervisor)
{
    for (size_t i = 1; i < value.size; i++)
        if ((value.at[i] == ';' || (is_supervisor && value.at[i] == '#')) &&
            is_blank(value.at[i - 1]))
            return (struct span){value.at, i};
    return value;
}

/* Gives an option that is there the value of a later line. */
static void replace_option(struct reader *self, struct ph_circus_option *option, struct span value)
{
    free(option->value);
    option->value = ph_strndup(value.at, value.size);
    option->file = self->file;
    option->line = self->line;
}

/* Returns the number of the option of that name, or NONE. */
static size_t find_option(const struct ph_circus_section *section, const char *key)
{
    const struct ph_circus_option *found = ph_circus_section_option(section, key);
    return found ? (size_t)(found - section->options) : NONE;
}

/* Says what becomes of one more value of a key. */
static void repeat_option(struct reader *self, size_t index, struct span value)
{
    self->option = NONE - 1; /* the lines that continue it go with it */
    if (!self->ini->is_supervisor)
        return;
    self->option = index;
    replace_option(self, &self->ini->sections[self->section].options[index], value);
}

static void read_option(struct reader *self, struct span line, size_t delimiter)
{
    struct span key = strip((struct span){line.at, delimiter});
    struct span rest = {line.at + delimiter + 1, line.size - delimiter - 1};
    bool is_supervisor = self->ini->is_supervisor;
    struct span value = strip(cut_comment(rest, is_supervisor));
    if (!is_supervisor && value.size == 2 && memcmp(value.at, "\"\"", 2) == 0)
        value.size = 0;
    if (key.size == 0) {
        refuse_line(self, line, "has no key", "a line is KEY = VALUE");
        return;
    }

    struct ph_circus_section *section = &self->ini->sections[self->section];
    ph_cleanup(ph_freep) char *name = ph_strndup(key.at, key.size);
    if (is_supervisor)
        ph_lower(name);
    size_t known = find_option(section, name);
    if (known != NONE) {
        repeat_option(self, known, value);
        return;
    }
    self->option = section->option_count;
    add_option(section, (struct ph_circus_option){.key = ph_steal(&name),
                                                  .value = ph_strndup(value.at, value.size),
                                                  .file = self->file,
                                                  .line = self->line});
}

static size_t find_delimiter(struct span line)
{
    for (size_t i = 0; i < line.size; i++)
        if (line.at[i] == '=' || line.at[i] == ':')
            return i;
    return NONE;
}

static void read_header(struct reader *self, struct span line)
{
    const char *end = memchr(line.at, ']', line.size);
    if (end && end > line.at + 1) {
        begin_section(self, (struct span){line.at + 1, (size_t)(end - line.at) - 1});
        return;
    }
    refuse_line(self, line, "is no section", "write [NAME], as in [watcher:web]");
    begin_section(self, (struct span){"", 0}); /* its options belong to none that is known */
}

static void continue_option(struct reader *self, struct span line)
{
    if (self->option == NONE - 1)
        return;
    struct ph_circus_option *option = &self->ini->sections[self->section].options[self->option];
    ph_cleanup(ph_freep) char *before = option->value;
    option->value = ph_format("%s%s%.*s", before, *before ? "\n" : "", (int)line.size, line.at);
}

/* `text` is the line without the white space around it. */
static bool is_comment(const struct reader *self, struct span line, struct span text)
{
    if (self->ini->is_supervisor)
        return *text.at == '#' || *text.at == ';';
    bool is_rem = line.size >= 3 && strncasecmp(line.at, "rem", 3) == 0 &&
                  (line.size == 3 || is_blank(line.at[3]));
    return is_rem || *line.at == '#' || *line.at == ';';
}

static void read_line(struct reader *self, struct span line)
{
    bool is_supervisor = self->ini->is_supervisor;
    struct span text = strip(line);
    if (text.size == 0 || is_comment(self, line, text))
        return;
    if (is_supervisor)
        text = strip(cut_comment(text, true));
    size_t delimiter = find_delimiter(text);
    if (is_blank(*line.at) && self->option != NONE)
        continue_option(self, text);
    else if (*text.at == '[')
        read_header(self, text);
    else if (self->section == NONE)
        refuse_line(self, text, "stands before the first section",
                    is_supervisor ? "begin with a line [supervisord] or [program:NAME]"
                                  : "begin with a line [circus] or [watcher:NAME]");
    else if (delimiter == NONE)
        refuse_line(self, text, "is no option",
                    "a line is KEY = VALUE, [SECTION], indented, or a comment with # or ;");
    else
        read_option(self, text, delimiter);
}

/* Bytes that are no text are refused as a whole: what they stand for is anybody's guess. */
static bool is_text(struct reader *self, struct span line)
{
    if (!memchr(line.at, '\0', line.size) && wire_is_utf8(line.at, line.size))
        return true;
    refuse(self, "the line is not UTF-8 text", "save the file as plain text in UTF-8");
    return false;
}

void ph_circus_ini_read(struct ph_circus_ini *self, const char *file, const char *text, size_t size)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct reader reader = {.ini = self, .file = file, .section = NONE, .option = NONE};
    if (size >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    while (size > 0) {
        const char *newline = memchr(text, '\n', size);
        struct span line = {text, newline ? (size_t)(newline - text) : size};
        reader.line++;
        if (is_text(&reader, line))
            read_line(&reader, line);
        size -= line.size + (newline != NULL);
        text += line.size + (newline != NULL);
    }
}

/* ---- the whole ---- */

static void section_release(struct ph_circus_section *self)
{
    for (size_t i = 0; i < self->option_count; i++) {
        free(self->options[i].key);
        free(self->options[i].value);
    }
    free(self->options);
    free(self->name);
}

static void add_missing(struct ph_circus_section *section, const struct ph_circus_section *defaults)
{
    for (size_t i = 0; i < defaults->option_count; i++) {
        struct ph_circus_option option = defaults->options[i];
        if (ph_circus_section_option(section, option.key))
            continue;
        option.key = ph_strdup(option.key);
        option.value = ph_strdup(option.value);
        add_option(section, option);
    }
}

void ph_circus_ini_apply_defaults(struct ph_circus_ini *self)
{
    size_t place = find_section(self, default_section);
    if (place == NONE)
        return;
    struct ph_circus_section defaults = self->sections[place];
    memmove(self->sections + place, self->sections + place + 1,
            (self->section_count - place - 1) * sizeof *self->sections);
    self->section_count--;
    for (size_t i = 0; i < self->section_count; i++)
        add_missing(&self->sections[i], &defaults);
    section_release(&defaults);
}

const struct ph_circus_section *ph_circus_ini_section(const struct ph_circus_ini *self,
                                                      const char *name)
{
    size_t place = find_section(self, name);
    return place == NONE ? NULL : &self->sections[place];
}

const struct ph_circus_option *ph_circus_section_option(const struct ph_circus_section *self,
                                                        const char *key)
{
    for (size_t i = 0; i < self->option_count; i++)
        if (strcmp(self->options[i].key, key) == 0)
            return &self->options[i];
    return NULL;
}

void ph_circus_ini_release(struct ph_circus_ini *self)
{
    for (size_t i = 0; i < self->section_count; i++)
        section_release(&self->sections[i]);
    free(self->sections);
    free(self->mistakes);
    *self = (struct ph_circus_ini){0};
}
