#include "import.h"

#include "../socket/options.h"
#include "circus_dialect.h"
#include "origins.h"
#include "schema.h"
#include "section.h"
#include "supervisor_dialect.h"
#include "text_file.h"
#include "tree_print.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

/* ---- whose file it is ---- */

int import_format_parse(const char *text, enum import_format *format, struct ph_error *err)
{
    static const char *const words[] = {
        [IMPORT_CIRCUS] = "circus", [IMPORT_SUPERVISOR] = "supervisord"};
    for (size_t i = IMPORT_CIRCUS; i <= IMPORT_SUPERVISOR; i++) {
        if (strcmp(words[i], text) != 0)
            continue;
        *format = (enum import_format)i;
        return 0;
    }
    ph_error_set(err, PH_INVALID, "unknown format '%.40s'", text);
    return ph_error_hint(err, "circus or supervisord");
}

/* The sections that tell; a prefix ends with a colon. */
static const struct mark {
    const char *title;
    enum import_format format;
} marks[] = {
    {"circus", IMPORT_CIRCUS},
    {"watcher:", IMPORT_CIRCUS},
    {"eventlistener:", IMPORT_SUPERVISOR},
    {"fcgi-program:", IMPORT_SUPERVISOR},
    {"program:", IMPORT_SUPERVISOR},
    {"supervisord", IMPORT_SUPERVISOR},
};

static bool is_marked(const struct mark *mark, const char *title)
{
    size_t length = strlen(mark->title);
    return mark->title[length - 1] == ':' ? strncmp(title, mark->title, length) == 0
                                          : strcmp(title, mark->title) == 0;
}

static void count_marks(const struct ph_circus_ini *ini, size_t counts[IMPORT_SUPERVISOR + 1])
{
    for (size_t i = 0; i < ini->section_count; i++)
        for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++)
            if (is_marked(&marks[k], ini->sections[i].name))
                counts[marks[k].format]++;
}

static int find_format(const struct ph_circus_ini *ini, enum import_format *format,
                       struct ph_error *err)
{
    size_t counts[IMPORT_SUPERVISOR + 1] = {0};
    count_marks(ini, counts);
    if (ph_circus_ini_section(ini, "plughost") && !ph_circus_ini_section(ini, "circus")) {
        ph_error_set(err, PH_INVALID, "this is a configuration of plughost's already");
        return ph_error_hint(err, "'plughostd --check FILE' checks it");
    }
    if (counts[IMPORT_CIRCUS] > 0 && counts[IMPORT_SUPERVISOR] > 0) {
        ph_error_set(err, PH_INVALID, "there are sections of Circus's and of supervisord's in it");
        return ph_error_hint(err, "say which counts: --format circus, or --format supervisord");
    }
    *format = counts[IMPORT_CIRCUS] > 0       ? IMPORT_CIRCUS
              : counts[IMPORT_SUPERVISOR] > 0 ? IMPORT_SUPERVISOR
                                              : IMPORT_BY_SECTIONS;
    if (*format != IMPORT_BY_SECTIONS)
        return 0;
    ph_error_set(err, PH_INVALID, "this is no configuration of Circus's or supervisord's");
    return ph_error_hint(err, "expected [circus] or [watcher:NAME], or [supervisord] or "
                              "[program:NAME]; --format circus|supervisord takes it all the same");
}

static int look_at_file(const char *path, enum import_format *format, struct ph_error *err)
{
    ph_cleanup(ph_circus_ini_release) struct ph_circus_ini ini = {0};
    size_t size = 0;
    ph_cleanup(ph_freep) char *text = text_file_read(path, &size, err);
    if (!text) {
        err->hint[0] = '\0'; /* it is about files of ours */
        return -1;
    }
    ph_circus_ini_read(&ini, NULL, text, size);
    return *format == IMPORT_BY_SECTIONS ? find_format(&ini, format, err) : 0;
}

/* ---- whether it can be used ---- */

/* What values are read into, to see whether they can be. */
struct trial {
    struct watcher_options watcher;
    struct settings settings;
    struct socket_options socket;
};

static void trial_release(struct trial *self)
{
    watcher_options_release(&self->watcher);
    settings_release(&self->settings);
    socket_options_release(&self->socket);
}

static int check_name(enum section_kind kind, const char *name, struct ph_error *err)
{
    if (kind == SECTION_ENV)
        return 0;
    return kind == SECTION_WATCHER ? section_check_watcher_name(name, err)
                                   : section_check_name(name, err);
}

static void try_section(const config_setting_t *section, struct problems *problems)
{
    struct ph_error err;
    const char *name;
    ph_cleanup(trial_release) struct trial trial = {0};
    const struct section_name *kind = section_parse_title(tree_section_title(section), &name, &err);
    if (!kind)
        problems_add(problems, tree_section_place(section), &err);
    else if (kind->kind == SECTION_PLUGHOST || kind->kind == SECTION_CIRCUS)
        section_read_options(section, kind->kind, &trial.settings, problems);
    else if (kind->kind == SECTION_SOCKET)
        section_read_options(section, kind->kind, &trial.socket, problems);
    else if (kind->kind != SECTION_ENV)
        section_read_options(section, kind->kind, &trial.watcher, problems);
    if (kind && *name && check_name(kind->kind, name, &err) < 0)
        problems_add(problems, tree_section_place(section), &err);
}

/* The reader would make one section of two. */
static void refuse_equal_titles(const config_t *tree, unsigned index, struct problems *problems)
{
    struct ph_error err;
    const config_setting_t *section = tree_section(tree, index);
    const char *title = tree_section_title(section);
    const config_setting_t *first = tree_find_section(tree, title);
    if (first == section || strncasecmp(title, "env:", 4) == 0)
        return;
    ph_error_set(&err, PH_INVALID, "there are two sections that become [%s]", title);
    ph_error_hint(&err, "give one of them another name; capitals do not count");
    problems_add(problems, tree_section_place(section), &err);
}

/* Whether users are there, and files, is found by --check, which can be run elsewhere. */
static void try_tree(const config_t *tree, struct problems *problems)
{
    for (unsigned i = 0; i < tree_section_count(tree); i++) {
        try_section(tree_section(tree, i), problems);
        refuse_equal_titles(tree, i, problems);
    }
}

/* ---- what is said ---- */

/* What a file says that plughostd is told on its command line. */
static void tell_said(const struct circus_said *said, struct notices *notices)
{
    if (said->pidfile)
        notices_add(notices, NOWHERE, "the pidfile '%s': plughostd --pidfile", said->pidfile);
    if (said->log_output)
        notices_add(notices, NOWHERE, "the log '%s': plughostd --log-output", said->log_output);
    if (said->has_log_level)
        notices_add(notices, NOWHERE, "the level of the log: plughostd --log-level %s",
                    ph_log_level_name(said->log_level));
}

/* Writes a text as comment lines, the first of which has a dash. */
static void print_remark(const char *text, FILE *out)
{
    enum { WIDTH = 96 };
    const char *mark = "# - ";
    while (*text) {
        size_t length = strlen(text);
        if (length > WIDTH) {
            for (length = WIDTH; length > 0 && text[length] != ' ';)
                length--;
            length = length > 0 ? length : strcspn(text, " ");
        }
        fprintf(out, "%s%.*s\n", mark, (int)length, text);
        text += length;
        text += strspn(text, " ");
        mark = "#   ";
    }
}

static void print_remarks(const struct notices *notices, const char *path, FILE *out)
{
    fputs("\n# ---- what has no equal, or is not the same ----\n", out);
    if (notices->count == 0)
        fputs("# - nothing\n", out);
    for (size_t i = 0; i < notices->count; i++) {
        ph_cleanup(ph_freep) char *text = notice_text(&notices->items[i], path);
        for (char *at = text; *(at += strcspn(at, "\n\r"));)
            *at = ' ';
        print_remark(text, out);
    }
}

static void print_all(const config_t *tree, struct origins *origins, struct notices *notices,
                      FILE *out)
{
    const struct tree_comments comments = {
        .arg = origins, .section = origins_section, .option = origins_option};
    fprintf(out,
            "# Made of %s by 'plughostctl import', from a configuration of %s.\n"
            "# Its comments are not kept. 'plughostd --check FILE' checks this file, and\n"
            "# plughost.ini(5) explains it.\n",
            origins->main_file, origins->is_supervisor ? "supervisord's" : "Circus's");
    tree_print(tree, &comments, notices, out);
    print_remarks(notices, origins->main_file, out);
}

/* ---- the whole ---- */

int import_file(const char *path, enum import_format format, FILE *out, struct notices *notices,
                struct problems *problems)
{
    struct ph_error err;
    ph_cleanup(config_destroy) config_t tree;
    ph_cleanup(circus_said_release) struct circus_said said = {0};
    ph_cleanup(origins_release) struct origins origins = {.main_file = path};
    tree_init(&tree);
    if (look_at_file(path, &format, &err) < 0) {
        problems_add(problems, NOWHERE, &err);
        return -1;
    }
    struct circus_reading reading = {
        .tree = &tree, .said = &said, .problems = problems, .notices = notices};
    origins.is_supervisor = format == IMPORT_SUPERVISOR;
    if (origins.is_supervisor)
        supervisor_dialect_read(path, &reading);
    else
        circus_dialect_read(path, &reading);
    try_tree(&tree, problems);
    if (problems->count > 0)
        return -1;
    tell_said(&said, notices);
    print_all(&tree, &origins, notices, out);
    return 0;
}
