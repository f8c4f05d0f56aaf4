#include "section.h"

#include <alloc.h>
#include <nearest.h>
#include <string.h>

static const struct section_name section_names[] = {
    {"plughost", SECTION_PLUGHOST, false}, {"circus", SECTION_CIRCUS, false},
    {"watcher", SECTION_WATCHER, true},    {"plugin", SECTION_PLUGIN, true},
    {"socket", SECTION_SOCKET, true},      {"env", SECTION_ENV, true},
};
enum { SECTION_NAMES = sizeof section_names / sizeof section_names[0] };

static const struct section_name *unknown_section(const char *title, const char *word,
                                                  struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < SECTION_NAMES; i++)
        ph_nearest_consider(&nearest, word, section_names[i].word);
    ph_error_set(err, PH_NOT_FOUND, "unknown section [%s]", title);
    if (nearest.name)
        ph_error_hint(err, "did you mean '%s'?", nearest.name);
    else
        ph_error_hint(err, "sections are plughost, circus, watcher:NAME, plugin:NAME, socket:NAME "
                           "and env:PATTERN");
    return NULL;
}

const struct section_name *section_parse_title(const char *title, const char **name,
                                               struct ph_error *err)
{
    size_t length = strcspn(title, ":");
    ph_cleanup(ph_freep) char *word = ph_strndup(title, length);
    *name = title[length] == ':' ? title + length + 1 : "";
    for (size_t i = 0; i < SECTION_NAMES; i++) {
        if (strcmp(section_names[i].word, word) != 0)
            continue;
        if (section_names[i].has_name == (**name != '\0'))
            return &section_names[i];
        ph_error_set(err, PH_INVALID, "section [%s] %s", title,
                     section_names[i].has_name ? "needs a name" : "takes no name");
        ph_error_hint(err, "write [%s%s]", word, section_names[i].has_name ? ":NAME" : "");
        return NULL;
    }
    return unknown_section(title, word, err);
}

char *section_title(enum watcher_kind kind, const char *name)
{
    return ph_format("%s%s", kind == WATCHER_PLUGIN ? "" : "watcher:", name);
}

int section_check_watcher_name(const char *name, struct ph_error *err)
{
    static const char plugin[] = "plugin:";
    bool is_foreign = strncmp(name, plugin, sizeof plugin - 1) == 0; /* circus_plugin */
    return section_check_name(name + (is_foreign ? sizeof plugin - 1 : 0), err);
}

int section_check_name(const char *name, struct ph_error *err)
{
    if (strlen(name) > 100)
        ph_error_set(err, PH_INVALID, "the name '%.40s...' has more than 100 letters", name);
    else if (name[strspn(name,
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")])
        ph_error_set(err, PH_INVALID, "the name '%s' has other characters than allowed", name);
    else
        return 0;
    return ph_error_hint(err, "up to 100 letters, digits, '_', '-' and '.'");
}

/* Returns whether the key of an option stands further up too, and where. */
static bool is_seen_before(const config_setting_t *section, unsigned index, struct place *place)
{
    const char *key = tree_option(section, index).key;
    for (unsigned i = 0; i < index; i++) {
        struct tree_option earlier = tree_option(section, i);
        if (strcmp(earlier.key, key) == 0) {
            *place = earlier.place;
            return true;
        }
    }
    return false;
}

static bool is_same_file(struct place a, struct place b)
{
    return a.file && b.file ? strcmp(a.file, b.file) == 0 : a.file == b.file;
}

bool section_refuse_repeated(const config_setting_t *section, unsigned index,
                             struct problems *problems)
{
    struct ph_error err;
    struct place first;
    struct tree_option option = tree_option(section, index);
    if (!is_seen_before(section, index, &first))
        return false;
    ph_error_set(&err, PH_INVALID, "'%s' is given twice in [%s], first on line %u%s%s", option.key,
                 tree_section_title(section), first.line,
                 is_same_file(first, option.place) ? "" : " of ",
                 is_same_file(first, option.place) ? ""
                 : first.file                      ? first.file
                                                   : "the main file");
    ph_error_hint(&err, "leave one of them out");
    problems_add(problems, option.place, &err);
    return true;
}

/* The text of a shell is not split: its quotes are the shell's. */
static bool is_shell_text(enum section_kind kind, const char *key, const config_setting_t *section)
{
    struct watcher_options options = {0};
    const char *shell = tree_option_text(section, "shell");
    if (kind != SECTION_WATCHER || !shell || (strcmp(key, "cmd") != 0 && strcmp(key, "args") != 0))
        return false;
    return option_parse(option_find(kind, "shell", NULL), shell, &options, NULL) == 0 &&
           options.shell;
}

static void take_whole(char ***words_p, const char *text)
{
    words_destroy(words_p);
    *words_p = ph_calloc(2, sizeof **words_p);
    if (*text)
        **words_p = ph_strdup(text);
}

static int take_option(enum section_kind kind, const config_setting_t *section,
                       const struct tree_option *option, void *target, struct ph_error *err)
{
    const struct option_spec *spec = option_find(kind, option->key, err);
    if (spec && is_shell_text(kind, option->key, section)) {
        void *words = (char *)target + spec->offset;
        take_whole(words, option->value);
        return 0;
    }
    if (spec)
        return option_parse(spec, option->value, target, err);
    bool is_label = kind == SECTION_WATCHER && option_is_label(option->key);
    if (kind != SECTION_PLUGIN && !is_label)
        return -1;
    struct watcher_options *watcher = target;
    pairs_add(&watcher->option, option->key, option->value);
    return 0;
}

static void refuse_missing(const config_setting_t *section, enum section_kind kind,
                           struct problems *problems)
{
    struct ph_error err;
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        if (!spec->is_required || !(spec->sections & kind) || tree_option_text(section, spec->name))
            continue;
        ph_error_set(&err, PH_INVALID, "[%s] has no '%s'", tree_section_title(section), spec->name);
        ph_error_hint(&err, "add a line '%s = ...'", spec->name);
        problems_add(problems, tree_section_place(section), &err);
    }
}

void section_note_written(const config_setting_t *section, struct written_list *list)
{
    for (unsigned i = 0; i < tree_option_count(section); i++) {
        struct tree_option option = tree_option(section, i);
        written_add(list, option.key, option.is_set ? option.base : option.value, option.place);
        if (option.is_set)
            written_set(list, option.key, option.value);
    }
}

void section_read_options(const config_setting_t *section, enum section_kind kind, void *target,
                          struct problems *problems)
{
    struct ph_error err;
    for (unsigned i = 0; i < tree_option_count(section); i++) {
        struct tree_option option = tree_option(section, i);
        if (option.value && !section_refuse_repeated(section, i, problems) &&
            take_option(kind, section, &option, target, &err) < 0)
            problems_add(problems, option.place, &err);
    }
    refuse_missing(section, kind, problems);
}
