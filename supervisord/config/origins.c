#include "origins.h"

#include "text_file.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

/* ---- the files ---- */

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A file that cannot be read any more has nothing in it. */
static const struct ph_circus_ini *find_file(struct origins *self, const char *name)
{
    for (size_t i = 0; i < self->file_count; i++)
        if (is_same(self->files[i].name, name))
            return &self->files[i].ini;
    self->files = ph_realloc_array(self->files, self->file_count + 1, sizeof *self->files);
    struct origin_file *file = &self->files[self->file_count++];
    *file = (struct origin_file){.name = ph_strdup(name),
                                 .ini = {.is_supervisor = self->is_supervisor}};
    size_t size = 0;
    const char *path = name ? name : self->main_file;
    ph_cleanup(ph_freep) char *text = text_file_read(path, &size, NULL);
    if (text)
        ph_circus_ini_read(&file->ini, NULL, text, size);
    return &file->ini;
}

static const struct ph_circus_section *section_at(const struct ph_circus_ini *ini, unsigned line)
{
    for (size_t i = 0; i < ini->section_count; i++)
        if (ini->sections[i].line == line)
            return &ini->sections[i];
    return NULL;
}

static const struct ph_circus_option *option_at(const struct ph_circus_ini *ini, unsigned line)
{
    for (size_t i = 0; i < ini->section_count; i++)
        for (size_t k = 0; k < ini->sections[i].option_count; k++)
            if (ini->sections[i].options[k].line == line)
                return &ini->sections[i].options[k];
    return NULL;
}

/* ---- what is said ---- */

static char *clients_of_circus(void)
{
    return ph_strdup(
        "Circus's clients are served; leave this section out when there are none left");
}

char *origins_section(void *self_p, const config_setting_t *section)
{
    struct origins *self = self_p;
    struct place place = tree_section_place(section);
    if (strcmp(tree_section_title(section), "circus") == 0)
        return clients_of_circus();
    if (place.line == 0)
        return NULL;
    const struct ph_circus_ini *ini = find_file(self, place.file);
    const struct ph_circus_section *source = section_at(ini, place.line);
    const struct ph_circus_option *option = source ? NULL : option_at(ini, place.line);
    const char *file = place.file ? place.file : self->main_file;
    if (source)
        return ph_format("[%s] on line %u of %s", source->name, place.line, file);
    return option ? ph_format("%s on line %u of %s", option->key, place.line, file) : NULL;
}

/* Values are compared as one line, in which they are written. */
static char *one_line(const char *text)
{
    char *line = ph_strdup(text);
    for (char *at = line; *(at += strcspn(at, "\n"));)
        *at = ' ';
    return line;
}

static char *compare(const struct ph_circus_option *source, const struct tree_option *option)
{
    enum { MAX_SHOWN = 80 };
    ph_cleanup(ph_freep) char *value = one_line(source->value);
    bool has_key = strcmp(source->key, option->key) == 0;
    bool has_value = strcmp(value, option->value) == 0;
    if (has_value)
        return has_key ? NULL : ph_format("was %s", source->key);
    if (strlen(value) > MAX_SHOWN)
        return ph_format("was %s", source->key);
    return ph_format("was %s = %s", source->key, value);
}

/* Variables are made of one option together. */
static bool is_variable(const config_setting_t *section, const struct ph_circus_option *source)
{
    return strncmp(tree_section_title(section), "env:", 4) == 0 &&
           strcmp(source->key, "environment") == 0;
}

char *origins_option(void *self_p, const config_setting_t *section,
                     const struct tree_option *option)
{
    struct origins *self = self_p;
    if (option->place.line == 0)
        return NULL;
    const struct ph_circus_ini *ini = find_file(self, option->place.file);
    const struct ph_circus_option *source = option_at(ini, option->place.line);
    if (source)
        return is_variable(section, source) ? NULL : compare(source, option);
    const struct ph_circus_section *whole = section_at(ini, option->place.line);
    struct place here = tree_section_place(section);
    if (!whole)
        return NULL;
    if (here.line != option->place.line || !is_same(here.file, option->place.file))
        return ph_format("of [%s]", whole->name);
    return ph_format("as in %s", self->is_supervisor ? "supervisord" : "Circus");
}

void origins_release(struct origins *self)
{
    for (size_t i = 0; i < self->file_count; i++) {
        free(self->files[i].name);
        ph_circus_ini_release(&self->files[i].ini);
    }
    free(self->files);
    self->files = NULL;
    self->file_count = 0;
}
