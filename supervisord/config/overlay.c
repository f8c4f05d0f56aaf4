#include "overlay.h"

#include "ini.h"
#include "schema_parse.h"
#include "text_file.h"

#include <alloc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char heading[] =
    "# Written by 'plughostctl set --save'. What stands here wins over the configuration.\n";

char *overlay_path(const config_t *tree, const char *main_file)
{
    const config_setting_t *plughost = tree_find_section(tree, "plughost");
    const char *path = plughost ? tree_option_text(plughost, "overlay") : NULL;
    return path ? absolute_path(path) : ph_format("%s.overlay", main_file);
}

/* ---- reading ---- */

/* Reads the file into an empty tree; there need not be one. */
static void read_tree(const char *path, config_t *tree, struct problems *problems)
{
    struct ph_error err = {0};
    size_t size = 0;
    ph_cleanup(ph_freep) char *text = text_file_read(path, &size, &err);
    if (text)
        ini_read(path, text, size, tree, problems);
    else if (err.sys_errno != ENOENT)
        problems_add(problems, (struct place){.file = path}, &err);
}

static void put_over(const config_setting_t *section, config_setting_t *target)
{
    for (unsigned i = 0; i < tree_option_count(section); i++) {
        struct tree_option option = tree_option(section, i);
        tree_put_option(target, option.key, option.value, option.place);
    }
}

static void put_all_over(const config_t *overlay, config_t *tree, struct notices *notices)
{
    for (unsigned i = 0; i < tree_section_count(overlay); i++) {
        const config_setting_t *section = tree_section(overlay, i);
        const char *title = tree_section_title(section);
        config_setting_t *target = tree_find_section(tree, title);
        if (target)
            put_over(section, target);
        else
            notices_add(notices, tree_section_place(section),
                        "[%s] is saved here, but the configuration does not have it", title);
    }
}

void overlay_read(const char *path, config_t *tree, struct problems *problems,
                  struct notices *notices)
{
    ph_cleanup(config_destroy) config_t overlay;
    tree_init(&overlay);
    read_tree(path, &overlay, problems);
    put_all_over(&overlay, tree, notices);
}

void overlay_parse(const char *path, const char *text, config_t *tree, struct problems *problems,
                   struct notices *notices)
{
    ph_cleanup(config_destroy) config_t overlay;
    tree_init(&overlay);
    ini_read(path, text, strlen(text), &overlay, problems);
    put_all_over(&overlay, tree, notices);
}

/* ---- saving ---- */

static void take_changes(const config_setting_t *options, config_setting_t *target)
{
    for (unsigned i = 0; i < tree_option_count(options); i++) {
        struct tree_option option = tree_option(options, i);
        if (option.value)
            tree_put_option(target, option.key, option.value, NOWHERE);
        else
            tree_remove_option(target, option.key);
    }
}

static void print_section(const config_setting_t *section, FILE *file)
{
    if (tree_option_count(section) == 0)
        return;
    fprintf(file, "\n[%s]\n", tree_section_title(section));
    for (unsigned i = 0; i < tree_option_count(section); i++) {
        struct tree_option option = tree_option(section, i);
        fprintf(file, "%s = %s\n", option.key, option.value);
    }
}

/* Returns the text of a file, which the caller frees. */
static char *print_tree(const config_t *tree)
{
    size_t size;
    char *text = NULL;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        abort();
    fputs(heading, file);
    for (unsigned i = 0; i < tree_section_count(tree); i++)
        print_section(tree_section(tree, i), file);
    fclose(file);
    return text;
}

static bool is_same_option(struct tree_option a, struct tree_option b)
{
    return strcmp(a.key, b.key) == 0 && strcmp(a.value, b.value) == 0;
}

/* `found` may be NULL. */
static int compare_section(const config_setting_t *wanted, const config_setting_t *found,
                           struct ph_error *err)
{
    for (unsigned i = 0; i < tree_option_count(wanted); i++) {
        struct tree_option option = tree_option(wanted, i);
        if (found && i < tree_option_count(found) && is_same_option(option, tree_option(found, i)))
            continue;
        ph_error_set(err, PH_INVALID,
                     "'%.100s = %.100s' cannot be saved: a file gives back another", option.key,
                     option.value);
        return ph_error_hint(err, "it keeps one line of text without blanks at its ends");
    }
    return 0;
}

/* A value may have what a file cannot hold, and a name may be more than one. */
static int check_text(const char *text, const config_t *wanted, struct ph_error *err)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(config_destroy) config_t found;
    tree_init(&found);
    ini_read(NULL, text, strlen(text), &found, &problems);
    for (unsigned i = 0; i < tree_section_count(wanted); i++) {
        const config_setting_t *section = tree_section(wanted, i);
        if (compare_section(section, tree_find_section(&found, tree_section_title(section)), err) <
            0)
            return -1;
    }
    return 0;
}

char *overlay_text(const char *path, const char *title, const config_setting_t *options,
                   struct ph_error *err)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(config_destroy) config_t overlay;
    tree_init(&overlay);
    read_tree(path, &overlay, &problems);
    if (problems.count > 0) {
        ph_error_set(err, PH_CONFLICT, "%s:%u: %s", path, problems.items[0].line,
                     problems.items[0].error.message);
        ph_error_hint(err, "mend that first: it is written anew");
        return NULL;
    }
    config_setting_t *section = tree_find_section(&overlay, title);
    take_changes(options, section ? section : tree_add_section(&overlay, title, NOWHERE));
    ph_cleanup(ph_freep) char *text = print_tree(&overlay);
    return check_text(text, &overlay, err) < 0 ? NULL : ph_steal(&text);
}
