#include "circus_dialect.h"

#include "circus_plugin.h"
#include "circus_python.h"
#include "circus_socket.h"
#include "circus_watcher.h"
#include "include.h"
#include "text_file.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

/* ---- the files ---- */

static bool read_file(struct ph_circus_ini *ini, const char *path, struct place place,
                      struct problems *problems)
{
    struct ph_error err;
    size_t size = 0;
    ph_cleanup(ph_freep) char *text = text_file_read(path, &size, &err);
    if (text)
        ph_circus_ini_read(ini, place.file, text, size);
    else
        problems_add(problems, place, &err);
    return text != NULL;
}

static void find_files(struct include_search *search, const struct ph_circus_ini *ini)
{
    static const char *const keys[] = {"include", "include_dir"};
    const struct ph_circus_section *circus = ph_circus_ini_section(ini, "circus");
    for (size_t i = 0; circus && i < sizeof keys / sizeof keys[0]; i++) {
        const struct ph_circus_option *option = ph_circus_section_option(circus, keys[i]);
        if (!option)
            continue;
        include_find(search, &(struct tree_option){.key = option->key,
                                                   .value = option->value,
                                                   .place = circus_place(option)});
    }
}

/* In Circus, what is not there is only told. */
static void tell_missing(const struct problems *missing, struct notices *notices)
{
    for (size_t i = 0; i < missing->count; i++) {
        const struct problem *item = &missing->items[i];
        notices_add(notices, (struct place){item->file, item->line}, "%s (%s)", item->error.message,
                    item->error.hint);
    }
}

/* `search` keeps the names of the files, which the options refer to. */
static void read_included(struct ph_circus_ini *ini, struct include_search *search,
                          const struct circus_reading *reading)
{
    find_files(search, ini);
    tell_missing(search->missing, reading->notices);
    for (char **path = search->paths; path && *path; path++)
        read_file(ini, *path, (struct place){.file = *path}, reading->problems);
}

/* ---- the sections ---- */

static void skip(struct circus_draft *draft, const struct ph_circus_section *section)
{
    ph_cleanup(ph_freep) char *title = ph_format("[%s]", section->name);
    circus_remarks_skip(&draft->remarks, title);
}

static void take_nothing(struct circus_draft *draft, const struct ph_circus_section *section)
{
    (void)draft, (void)section; /* has been taken, or is when it is needed */
}

static const struct kind {
    const char *title;
    bool is_prefix;
    void (*take)(struct circus_draft *draft, const struct ph_circus_section *section);
} kinds[] = {
    {"circus", false, take_nothing},
    {"env", false, take_nothing},
    {"env:", true, take_nothing},
    {"plughost", false, take_nothing},
    {"plugin:", true, circus_plugin_take},
    {"socket:", true, circus_socket_take},
    {"watcher:", true, circus_watcher_take},
};

static void take_section(struct circus_draft *draft, const struct ph_circus_section *section)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *rest = circus_behind(section->name, kinds[i].title);
        if (!rest || (*rest != '\0') != kinds[i].is_prefix)
            continue;
        kinds[i].take(draft, section);
        return;
    }
    skip(draft, section);
}

static void take_mistakes(const struct ph_circus_ini *ini, struct problems *problems)
{
    for (size_t i = 0; i < ini->mistake_count; i++) {
        const struct ph_circus_mistake *mistake = &ini->mistakes[i];
        problems_add(problems, (struct place){mistake->file, mistake->line}, &mistake->error);
    }
}

static void take_all(struct ph_circus_ini *ini, const struct circus_reading *reading)
{
    ph_cleanup(ph_freep) char *python = circus_python_find();
    ph_cleanup(ph_freep) char *scripts = circus_python_scripts();
    ph_circus_ini_apply_defaults(ini);
    take_mistakes(ini, reading->problems);
    struct circus_draft draft = {.ini = ini,
                                 .tree = reading->tree,
                                 .problems = reading->problems,
                                 .notices = reading->notices,
                                 .python = python,
                                 .scripts = scripts};
    circus_daemon_take(&draft, reading->said);
    circus_plugin_find_flapping(&draft);
    for (size_t i = 0; i < ini->section_count; i++)
        take_section(&draft, &ini->sections[i]);
    circus_remarks_tell(&draft.remarks, reading->notices);
    circus_remarks_release(&draft.remarks);
    free(draft.endpoint);
    free(draft.pubsub_endpoint);
}

void circus_dialect_read(const char *path, const struct circus_reading *reading)
{
    ph_cleanup(ph_circus_ini_release) struct ph_circus_ini ini = {0};
    ph_cleanup(problems_release) struct problems missing = {0};
    ph_cleanup(include_release) struct include_search search = {
        .main_file = path, .wants_matches = true, .missing = &missing};
    if (!read_file(&ini, path, NOWHERE, reading->problems))
        return;
    read_included(&ini, &search, reading);
    take_all(&ini, reading);
}

void circus_dialect_parse(const char *text, size_t size, const struct circus_reading *reading)
{
    ph_cleanup(ph_circus_ini_release) struct ph_circus_ini ini = {0};
    ph_circus_ini_read(&ini, NULL, text, size);
    take_all(&ini, reading);
}
