#include "supervisor_dialect.h"

#include "include.h"
#include "supervisor_daemon.h"
#include "supervisor_group.h"
#include "supervisor_program.h"
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
    if (text) {
        ph_circus_ini_read(ini, place.file, text, size);
        return true;
    }
    err.hint[0] = '\0'; /* it is about files of ours */
    problems_add(problems, place, &err);
    return false;
}

static void refuse(const struct ph_circus_option *option, const struct ph_error *why,
                   struct problems *problems)
{
    struct ph_error err = *why;
    ph_error_prefix(&err, "%s = %.80s", option->key, option->value);
    problems_add(problems, circus_place(option), &err);
}

static void find_files(struct include_search *search, const struct ph_circus_ini *ini,
                       struct problems *problems)
{
    struct ph_error err;
    struct supervisor_names names = {.main_file = search->main_file};
    const struct ph_circus_section *include = ph_circus_ini_section(ini, "include");
    const struct ph_circus_option *files =
        include ? ph_circus_section_option(include, "files") : NULL;
    if (!files)
        return;
    ph_cleanup(ph_freep) char *value =
        supervisor_names_expand(&names, files->value, circus_place(files), false, &err);
    if (value)
        include_find(search, &(struct tree_option){
                                 .key = "files", .value = value, .place = circus_place(files)});
    else
        refuse(files, &err, problems);
}

/* To supervisord, what is not there is only worth a warning. */
static void tell_missing(const struct problems *missing, struct notices *notices)
{
    for (size_t i = 0; i < missing->count; i++) {
        const struct problem *item = &missing->items[i];
        notices_add(notices, (struct place){item->file, item->line}, "%s (%s)", item->error.message,
                    item->error.hint);
    }
}

/* ---- the sections ---- */

static void tell(struct supervisor_part *part, const char *why)
{
    supervisor_part_tell_section(part, why);
}

static void take_nothing(struct supervisor_part *part)
{
    (void)part; /* has been taken */
}

/* In their alphabetical order; a prefix ends with a colon. */
static const struct kind {
    const char *title;
    void (*take)(struct supervisor_part *part);
    const char *why; /* it has no equal */
} kinds[] = {
    {"ctlplugin:", NULL, "nothing is plugged into plughostctl"},
    {"eventlistener:", NULL,
     "left out: write a plugin, or any program that subscribes to the events "
     "(plughost-protocol(7))"},
    {"fcgi-program:", supervisor_program_take_fcgi, NULL},
    {"group:", supervisor_group_take, NULL},
    {"include", take_nothing, NULL},
    {"inet_http_server", NULL,
     "nobody is served over a network; plughostctl uses the socket in run_dir, also through ssh"},
    {"program:", supervisor_program_take, NULL},
    {"rpcinterface:", NULL, "there is no XML-RPC; see plughost-protocol(7)"},
    {"supervisorctl", NULL, "plughostctl finds the daemon by itself, or by --endpoint"},
    {"supervisord", take_nothing, NULL},
    {"unix_http_server", NULL, "the sockets are in run_dir, with mode 0600 and without a password"},
};

static bool is_kind(const struct kind *kind, const char *title)
{
    size_t length = strlen(kind->title);
    bool is_prefix = kind->title[length - 1] == ':';
    return is_prefix ? strncmp(kind->title, title, length) == 0 && title[length]
                     : strcmp(kind->title, title) == 0;
}

static void take_section(struct supervisor_part *part)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!is_kind(&kinds[i], part->to.source->name))
            continue;
        if (kinds[i].take)
            kinds[i].take(part);
        else
            tell(part, kinds[i].why);
        return;
    }
    tell(part, "supervisord does not know it either");
}

static void take_sections(struct circus_draft *draft, const char *path, struct circus_said *said)
{
    static char name[] = "supervisord";
    static const struct ph_circus_section nothing = {.name = name};
    const struct ph_circus_section *daemon = ph_circus_ini_section(draft->ini, "supervisord");
    struct supervisor_part part = {.to = {.draft = draft}, .names = {.main_file = path}};
    part.to.source = daemon ? daemon : &nothing;
    supervisor_daemon_take(&part, said);
    for (size_t i = 0; i < draft->ini->section_count; i++) {
        struct supervisor_part one = {.to = {.draft = draft, .source = &draft->ini->sections[i]},
                                      .names = {.main_file = path}};
        take_section(&one);
    }
}

static void take_all(struct ph_circus_ini *ini, const char *path,
                     const struct circus_reading *reading)
{
    ph_circus_ini_apply_defaults(ini);
    for (size_t i = 0; i < ini->mistake_count; i++) {
        const struct ph_circus_mistake *mistake = &ini->mistakes[i];
        problems_add(reading->problems, (struct place){mistake->file, mistake->line},
                     &mistake->error);
    }
    struct circus_draft draft = {.ini = ini,
                                 .tree = reading->tree,
                                 .problems = reading->problems,
                                 .notices = reading->notices};
    take_sections(&draft, path, reading->said);
    circus_remarks_tell(&draft.remarks, reading->notices);
    circus_remarks_release(&draft.remarks);
}

void supervisor_dialect_read(const char *path, const struct circus_reading *reading)
{
    ph_cleanup(ph_circus_ini_release) struct ph_circus_ini ini = {.is_supervisor = true};
    ph_cleanup(problems_release) struct problems missing = {0};
    ph_cleanup(include_release) struct include_search search = {
        .main_file = path, .wants_matches = true, .missing = &missing};
    if (!read_file(&ini, path, NOWHERE, reading->problems))
        return;
    find_files(&search, &ini, reading->problems);
    tell_missing(search.missing, reading->notices);
    for (char **file = search.paths; file && *file; file++)
        read_file(&ini, *file, (struct place){.file = *file}, reading->problems);
    take_all(&ini, path, reading);
}

void supervisor_dialect_parse(const char *text, size_t size, const struct circus_reading *reading)
{
    ph_cleanup(ph_circus_ini_release) struct ph_circus_ini ini = {.is_supervisor = true};
    ph_circus_ini_read(&ini, NULL, text, size);
    take_all(&ini, NULL, reading);
}
