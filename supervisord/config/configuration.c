#include "configuration.h"

#include "circus_dialect.h"
#include "dependencies.h"
#include "ini.h"
#include "ini_files.h"
#include "overlay.h"
#include "schema_parse.h"
#include "section.h"
#include "settings.h"
#include "sockets.h"
#include "watchers.h"

#include <alloc.h>
#include <endpoint.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* What goes on while a configuration is read. */
struct reading {
    struct configuration *configuration;
    const config_setting_t **sections; /* of each watcher */
    struct problems *problems;
};

/* ---- kinds of sections ---- */

static void read_watcher(struct reading *self, enum section_kind kind, const char *name,
                         const config_setting_t *section)
{
    struct configuration *all = self->configuration;
    size_t count = all->watcher_count + 1;
    all->watchers = ph_realloc_array(all->watchers, count, sizeof *all->watchers);
    self->sections = ph_realloc_array(self->sections, count, sizeof *self->sections);
    self->sections[all->watcher_count] = section;
    watcher_options_read(&all->watchers[all->watcher_count++], kind, name, section, self->problems);
}

static void read_socket(struct reading *self, const char *name, const config_setting_t *section)
{
    struct configuration *all = self->configuration;
    all->sockets = ph_realloc_array(all->sockets, all->socket_count + 1, sizeof *all->sockets);
    socket_options_read(&all->sockets[all->socket_count++], name, section, self->problems);
}

/* Most patterns are plain names, and each is compared with all watchers. */
static bool matches_one(const char *pattern, size_t length, const char *name)
{
    bool is_plain = strcspn(pattern, "*?[\\") >= length;
    if (is_plain)
        return strncasecmp(pattern, name, length) == 0 && name[length] == '\0';
    ph_cleanup(ph_freep) char *whole = ph_strndup(pattern, length);
    return fnmatch(whole, name, FNM_CASEFOLD) == 0;
}

/* Says whether a name matches one of several patterns, which are parted by commas. */
static bool matches(const char *patterns, const char *name)
{
    static const char blanks[] = " \t,";
    for (const char *at = patterns; *(at += strspn(at, blanks));) {
        size_t length = strcspn(at, blanks);
        if (matches_one(at, length, name))
            return true;
        at += length;
    }
    return false;
}

static void read_variables(struct reading *self, const char *patterns,
                           const config_setting_t *section)
{
    for (unsigned k = 0; k < tree_option_count(section); k++)
        section_refuse_repeated(section, k, self->problems);
    for (size_t i = 0; i < self->configuration->watcher_count; i++) {
        struct watcher_options *watcher = &self->configuration->watchers[i];
        if (watcher->is_added || !matches(patterns, watcher->name))
            continue;
        for (unsigned k = 0; k < tree_option_count(section); k++) {
            struct tree_option option = tree_option(section, k);
            pairs_set(&watcher->env, option.key, option.value);
            written_add(&watcher->variables, option.key, option.value, option.place);
        }
    }
}

static void read_section(struct reading *self, const config_setting_t *section, bool is_variables)
{
    struct ph_error err;
    const char *name;
    const struct section_name *kind = section_parse_title(tree_section_title(section), &name, &err);
    if (!kind && !is_variables)
        problems_add(self->problems, tree_section_place(section), &err);
    if (!kind || (kind->kind == SECTION_ENV) != is_variables)
        return;
    if (kind->kind == SECTION_ENV)
        read_variables(self, name, section);
    else if (kind->kind == SECTION_PLUGHOST)
        settings_read(&self->configuration->settings, section, self->problems);
    else if (kind->kind == SECTION_CIRCUS)
        settings_read_circus(&self->configuration->settings, section, self->problems);
    else if (kind->kind == SECTION_SOCKET)
        read_socket(self, name, section);
    else
        read_watcher(self, kind->kind, name, section);
}

/* ---- the whole ---- */

/* Nobody else may listen where the daemon itself does. */
static void check_own_paths(const struct settings *settings, const struct socket_options *options,
                            struct problems *problems)
{
    bool has_circus = settings->circus_compat;
    const char *const own[] = {
        ph_endpoint_ipc_path(settings->endpoint), ph_endpoint_ipc_path(settings->pubsub_endpoint),
        has_circus ? ph_endpoint_ipc_path(settings->circus_endpoint) : NULL,
        has_circus ? ph_endpoint_ipc_path(settings->circus_pubsub_endpoint) : NULL};
    struct ph_error err;
    for (size_t i = 0; options->path && i < sizeof own / sizeof own[0]; i++) {
        if (!own[i] || strcmp(own[i], options->path) != 0)
            continue;
        ph_error_set(&err, PH_INVALID, "socket '%s': the daemon itself listens on '%s'",
                     options->name, options->path);
        ph_error_hint(&err, "give it another path");
        problems_add(problems, NOWHERE, &err);
    }
}

static int by_name(const void *a, const void *b)
{
    const struct watcher_options *const *first = a, *const *second = b;
    int names = strcasecmp((*first)->name, (*second)->name);
    return names != 0 ? names : (*first > *second) - (*first < *second);
}

/* Titles are unlike each other, but [plugin:a] and [watcher:plugin:a] mean the same. */
static void refuse_equal_names(struct reading *self)
{
    struct ph_error err;
    const struct configuration *all = self->configuration;
    ph_cleanup(ph_freep) const struct watcher_options **sorted =
        ph_calloc(all->watcher_count + 1, sizeof *sorted);
    for (size_t i = 0; i < all->watcher_count; i++)
        sorted[i] = &all->watchers[i];
    qsort(sorted, all->watcher_count, sizeof *sorted, by_name);
    for (size_t i = 1; i < all->watcher_count; i++) {
        if (strcasecmp(sorted[i - 1]->name, sorted[i]->name) != 0)
            continue;
        ph_error_set(&err, PH_INVALID, "there are two watchers '%s'", sorted[i]->name);
        ph_error_hint(&err, "give one of them another name");
        problems_add(self->problems, tree_section_place(self->sections[sorted[i] - all->watchers]),
                     &err);
    }
}

/* Fills in, and checks, what shows only when all sections are read. */
static void complete(struct reading *self)
{
    struct configuration *all = self->configuration;
    ph_cleanup(ph_freep) const struct watcher_options **watchers =
        ph_calloc(all->watcher_count + 1, sizeof *watchers);
    for (size_t i = 0; i < all->watcher_count; i++)
        watchers[i] = &all->watchers[i];
    struct surroundings surroundings = {.watchers = watchers,
                                        .watcher_count = all->watcher_count,
                                        .sockets = all->sockets,
                                        .socket_count = all->socket_count};

    refuse_equal_names(self);
    settings_complete(&all->settings, self->problems);
    for (size_t i = 0; i < all->socket_count; i++)
        check_own_paths(&all->settings, &all->sockets[i], self->problems);
    for (size_t i = 0; i < all->watcher_count; i++) {
        watcher_options_complete(&all->watchers[i], self->sections[i], self->problems);
        sockets_check_use(&all->watchers[i], self->sections[i], &surroundings, self->problems);
    }
    dependencies_check(&surroundings, self->sections, self->problems);
}

/* Understands a tree. What is wrong with its text is in `problems` already. */
static int understand(struct configuration *self, const config_t *tree, struct problems *problems)
{
    struct reading reading = {.configuration = self, .problems = problems};
    reading.sections = ph_calloc(1, sizeof *reading.sections);
    options_set_defaults(SECTION_PLUGHOST, &self->settings);
    options_set_defaults(SECTION_CIRCUS, &self->settings);

    /* Variables come second, since they may stand before the watchers that they are for. */
    for (int is_variables = 0; is_variables < 2; is_variables++)
        for (unsigned i = 0; i < tree_section_count(tree); i++)
            read_section(&reading, tree_section(tree, i), is_variables);
    complete(&reading);
    free(reading.sections);
    if (problems->count == 0)
        return 0;
    configuration_release(self);
    return -1;
}

int configuration_parse(struct configuration *self, const char *text, size_t size,
                        struct problems *problems)
{
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    *self = (struct configuration){0};
    ini_read(NULL, text, size, &tree, problems);
    return understand(self, &tree, problems);
}

static struct circus_reading circus_reading(struct configuration *self, config_t *tree,
                                            struct problems *problems)
{
    return (struct circus_reading){
        .tree = tree, .said = &self->said, .problems = problems, .notices = &self->notices};
}

int configuration_parse_circus(struct configuration *self, const char *text, size_t size,
                               struct problems *problems)
{
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    *self = (struct configuration){0};
    struct circus_reading reading = circus_reading(self, &tree, problems);
    circus_dialect_parse(text, size, &reading);
    return understand(self, &tree, problems);
}

/* What a configuration is read from. */
struct sources {
    const char *path;
    enum configuration_dialect dialect;
    const char *overlay;                       /* its text; NULL: that of the file */
    const struct configuration_change *change; /* or NULL */
};

/* The daemon may move to another folder later. Links stay: they may be moved, too. */
static void read_overlay(struct configuration *self, const struct sources *sources, config_t *tree,
                         struct problems *problems)
{
    self->path = absolute_path(sources->path);
    self->overlay = overlay_path(tree, self->path);
    if (sources->overlay)
        overlay_parse(self->overlay, sources->overlay, tree, problems, &self->notices);
    else
        overlay_read(self->overlay, tree, problems, &self->notices);
}

static int read_all(struct configuration *self, const struct sources *sources,
                    struct problems *problems)
{
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    *self = (struct configuration){.dialect = sources->dialect};
    struct circus_reading reading = circus_reading(self, &tree, problems);
    if (sources->dialect == DIALECT_CIRCUS)
        circus_dialect_read(sources->path, &reading);
    else
        ini_read_file(sources->path, NULL, &tree, problems);
    if (problems->count > 0 && tree_section_count(&tree) == 0) {
        configuration_release(self);
        return -1;
    }
    ini_include(sources->path, &tree, problems);
    read_overlay(self, sources, &tree, problems);
    if (sources->change)
        sources->change->change(sources->change->arg, &tree);
    return understand(self, &tree, problems);
}

int configuration_read(struct configuration *self, const char *path,
                       enum configuration_dialect dialect,
                       const struct configuration_change *change, struct problems *problems)
{
    struct sources sources = {.path = path, .dialect = dialect, .change = change};
    return read_all(self, &sources, problems);
}

int configuration_read_with(struct configuration *self, const struct configuration *running,
                            const char *overlay, struct problems *problems)
{
    struct sources sources = {
        .path = running->path, .dialect = running->dialect, .overlay = overlay};
    return read_all(self, &sources, problems);
}

static const char plugin_prefix[] = "plugin:";

static bool is_plugin(const struct watcher_source *source)
{
    return !source->is_program &&
           strncasecmp(source->name, plugin_prefix, sizeof plugin_prefix - 1) == 0;
}

config_setting_t *configuration_add_watcher(config_t *tree, const struct watcher_source *source)
{
    ph_cleanup(ph_freep) char *title =
        section_title(is_plugin(source) ? WATCHER_PLUGIN : WATCHER_PROGRAM, source->name);
    config_setting_t *section =
        tree_add_section(tree, title, source->is_added ? NOWHERE : SOMEWHERE);
    for (size_t i = 0; i < source->written->count; i++) {
        const struct written *item = &source->written->items[i];
        const char *base = item->is_set ? item->base : item->value;
        if (base)
            tree_add_option(section, item->key, base, item->place);
        if (item->is_set)
            tree_set_option(section, item->key, item->value);
    }
    return section;
}

static void add_variables(struct watcher_options *self, const struct written_list *variables)
{
    written_append(&self->variables, variables);
    for (size_t i = 0; i < variables->count; i++)
        pairs_set(&self->env, variables->items[i].key, variables->items[i].value);
}

int configuration_make_watcher(struct watcher_options *self, const struct watcher_source *source,
                               const struct surroundings *surroundings, struct problems *problems)
{
    bool has_plugin = is_plugin(source);
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    config_setting_t *section = configuration_add_watcher(&tree, source);
    watcher_options_read(self, has_plugin ? SECTION_PLUGIN : SECTION_WATCHER,
                         source->name + (has_plugin ? sizeof plugin_prefix - 1 : 0), section,
                         problems);
    if (source->variables)
        add_variables(self, source->variables);
    watcher_options_complete(self, section, problems);
    sockets_check_use(self, section, surroundings, problems);
    dependencies_check_one(self, section, surroundings, problems);
    if (problems->count == 0)
        return 0;
    watcher_options_release(self);
    *self = (struct watcher_options){0};
    return -1;
}

void configuration_drop_watchers(struct configuration *self)
{
    for (size_t i = 0; i < self->watcher_count; i++)
        watcher_options_release(&self->watchers[i]);
    free(self->watchers);
    self->watchers = NULL;
    self->watcher_count = 0;
}

void configuration_release(struct configuration *self)
{
    free(self->path);
    free(self->overlay);
    settings_release(&self->settings);
    configuration_drop_watchers(self);
    for (size_t i = 0; i < self->socket_count; i++)
        socket_options_release(&self->sockets[i]);
    free(self->sockets);
    notices_release(&self->notices);
    circus_said_release(&self->said);
    *self = (struct configuration){0};
}
