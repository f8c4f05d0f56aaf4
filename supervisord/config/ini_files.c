#include "ini_files.h"

#include "include.h"
#include "ini.h"
#include "text_file.h"

#include <alloc.h>
#include <string.h>

void ini_read_file(const char *path, const char *file, config_t *tree, struct problems *problems)
{
    struct ph_error err;
    size_t size = 0;
    ph_cleanup(ph_freep) char *text = text_file_read(path, &size, &err);
    if (text)
        ini_read(file, text, size, tree, problems);
    else
        problems_add(problems, (struct place){.file = file}, &err);
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
        ini_read_file(*path, *path, tree, problems);
    if (search.paths && plughost)
        refuse_nested(plughost, problems);
}
