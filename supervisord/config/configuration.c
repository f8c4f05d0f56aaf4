#include "configuration.h"

#include "ini.h"

#include <alloc.h>
#include <endpoint.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_FILE_BYTES = 64 << 20 };

struct section_name {
    const char *word;
    enum section_kind kind;
    bool has_name; /* [WORD:NAME] */
};

static const struct section_name section_names[] = {
    {"plughost", SECTION_PLUGHOST, false},
    {"watcher", SECTION_WATCHER, true},
    {"plugin", SECTION_PLUGIN, true},
    {"env", SECTION_ENV, true},
};
enum { SECTION_NAMES = sizeof section_names / sizeof section_names[0] };

/* ---- sections ---- */

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
        ph_error_hint(err, "sections are plughost, watcher:NAME, plugin:NAME and env:PATTERN");
    return NULL;
}

/* Returns what kind of section a title names, and its NAME in `*name`; or NULL and `err`. */
static const struct section_name *parse_title(const char *title, const char **name,
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

static int check_name(const char *name, struct ph_error *err)
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

/* ---- options ---- */

static const char *seen_before(const config_setting_t *section, unsigned index, unsigned *line)
{
    struct tree_option option = tree_option(section, index);
    for (unsigned i = 0; i < index; i++) {
        struct tree_option earlier = tree_option(section, i);
        if (strcmp(earlier.key, option.key) == 0) {
            *line = earlier.line;
            return earlier.key;
        }
    }
    return NULL;
}

static bool refuse_repeated(const config_setting_t *section, unsigned index,
                            struct problems *problems)
{
    struct ph_error err;
    unsigned line = 0;
    const char *key = seen_before(section, index, &line);
    if (!key)
        return false;
    ph_error_set(&err, PH_INVALID, "'%s' is given twice in [%s], first on line %u", key,
                 tree_section_title(section), line);
    ph_error_hint(&err, "leave one of them out");
    problems_add(problems, tree_option(section, index).line, &err);
    return true;
}

static int take_option(enum section_kind kind, const struct tree_option *option, void *target,
                       struct ph_error *err)
{
    const struct option_spec *spec = option_find(kind, option->key, err);
    if (spec)
        return option_parse(spec, option->value, target, err);
    if (kind != SECTION_PLUGIN)
        return -1;
    struct watcher_options *plugin = target;
    pairs_add(&plugin->option, option->key, option->value);
    return 0;
}

static bool is_given(const config_setting_t *section, const char *key)
{
    for (unsigned i = 0; i < tree_option_count(section); i++)
        if (strcmp(tree_option(section, i).key, key) == 0)
            return true;
    return false;
}

static void read_options(const config_setting_t *section, enum section_kind kind, void *target,
                         struct problems *problems)
{
    struct ph_error err;
    for (unsigned i = 0; i < tree_option_count(section); i++) {
        struct tree_option option = tree_option(section, i);
        if (!refuse_repeated(section, i, problems) && take_option(kind, &option, target, &err) < 0)
            problems_add(problems, option.line, &err);
    }
    for (const struct option_spec *spec = option_specs; spec->name; spec++) {
        if (!spec->is_required || !(spec->sections & kind) || is_given(section, spec->name))
            continue;
        ph_error_set(&err, PH_INVALID, "[%s] has no '%s'", tree_section_title(section), spec->name);
        ph_error_hint(&err, "add a line '%s = ...'", spec->name);
        problems_add(problems, tree_section_line(section), &err);
    }
}

/* ---- kinds of sections ---- */

static bool is_loopback(const char *endpoint)
{
    /* The schema has made sure of tcp://ADDRESS:PORT, without names that could mean anything. */
    return strncmp(endpoint, "tcp://127.", 10) == 0 || strncmp(endpoint, "tcp://[::1]:", 12) == 0;
}

static int check_endpoint(const struct settings *settings, const char *endpoint,
                          struct ph_error *err)
{
    if (!endpoint || ph_endpoint_ipc_path(endpoint))
        return 0;
    if (!is_loopback(endpoint)) {
        ph_error_set(err, PH_DENIED,
                     "%s is not a loopback address: whoever reaches it could run programs here",
                     endpoint);
        return ph_error_hint(err, "use ipc://, or tcp://127.0.0.1:PORT with insecure_tcp = yes");
    }
    if (settings->insecure_tcp)
        return 0;
    ph_error_set(err, PH_DENIED, "%s would let every local user run programs as this user",
                 endpoint);
    return ph_error_hint(err, "use ipc://, or say insecure_tcp = yes");
}

static unsigned option_line(const config_setting_t *section, const char *key)
{
    for (unsigned i = 0; i < tree_option_count(section); i++)
        if (strcmp(tree_option(section, i).key, key) == 0)
            return tree_option(section, i).line;
    return tree_section_line(section);
}

static void read_settings(struct configuration *self, const config_setting_t *section,
                          struct problems *problems)
{
    struct settings *settings = &self->settings;
    struct ph_error err;
    read_options(section, SECTION_PLUGHOST, settings, problems);
    if (check_endpoint(settings, settings->endpoint, &err) < 0)
        problems_add(problems, option_line(section, "endpoint"), &err);
    if (check_endpoint(settings, settings->pubsub_endpoint, &err) < 0)
        problems_add(problems, option_line(section, "pubsub_endpoint"), &err);
}

static void check_length(const char *endpoint, struct problems *problems)
{
    struct ph_error err;
    const char *path = ph_endpoint_ipc_path(endpoint);
    if (!path || strlen(path) < sizeof((struct sockaddr_un *)NULL)->sun_path)
        return;
    ph_error_set(&err, PH_INVALID, "the socket path '%s' is longer than the %zu letters allowed",
                 path, sizeof((struct sockaddr_un *)NULL)->sun_path - 1);
    ph_error_hint(&err, "set run_dir in [plughost] to a shorter path");
    problems_add(problems, 0, &err);
}

/* Fills in what was left out, and checks what only shows then. */
static void complete_settings(struct settings *self, struct problems *problems)
{
    struct ph_error err;
    if (!self->run_dir)
        self->run_dir = ph_default_run_dir();
    if (!self->endpoint)
        self->endpoint = ph_default_endpoint(self->run_dir);
    if (!self->pubsub_endpoint)
        self->pubsub_endpoint = ph_default_pubsub(self->run_dir);
    check_length(self->endpoint, problems);
    check_length(self->pubsub_endpoint, problems);
    if (strcmp(self->endpoint, self->pubsub_endpoint) != 0)
        return;
    ph_error_set(&err, PH_INVALID, "endpoint and pubsub_endpoint are the same: %s", self->endpoint);
    ph_error_hint(&err, "each needs an address of its own");
    problems_add(problems, 0, &err);
}

static void check_command(const struct watcher_options *options, const config_setting_t *section,
                          struct problems *problems)
{
    struct ph_error err;
    if (!options->cmd || (options->cmd[0] && *options->cmd[0]))
        return;
    ph_error_set(&err, PH_INVALID, "cmd is empty");
    ph_error_hint(&err, "cmd = PROGRAM ARGUMENT...");
    problems_add(problems, option_line(section, "cmd"), &err);
}

static void read_watcher(struct configuration *self, enum section_kind kind, const char *name,
                         const config_setting_t *section, struct problems *problems)
{
    struct ph_error err;
    bool is_plugin = kind == SECTION_PLUGIN;
    struct watcher_options options = {.kind = is_plugin ? WATCHER_PLUGIN : WATCHER_PROGRAM,
                                      .numprocesses = 1};
    options.name = is_plugin ? ph_format("plugin:%s", name) : ph_strdup(name);
    if (check_name(name, &err) < 0)
        problems_add(problems, tree_section_line(section), &err);
    options_set_defaults(kind, &options);
    read_options(section, kind, &options, problems);
    check_command(&options, section, problems);
    if (is_plugin && (!options.use || !*options.use)) {
        free(options.use);
        options.use = ph_strdup(name);
    }

    self->watchers =
        ph_realloc_array(self->watchers, self->watcher_count + 1, sizeof *self->watchers);
    self->watchers[self->watcher_count++] = options;
}

static void read_variables(struct configuration *self, const char *pattern,
                           const config_setting_t *section, struct problems *problems)
{
    for (unsigned k = 0; k < tree_option_count(section); k++)
        refuse_repeated(section, k, problems);
    for (size_t i = 0; i < self->watcher_count; i++) {
        struct watcher_options *watcher = &self->watchers[i];
        if (fnmatch(pattern, watcher->name, FNM_CASEFOLD) != 0)
            continue;
        for (unsigned k = 0; k < tree_option_count(section); k++) {
            struct tree_option option = tree_option(section, k);
            pairs_set(&watcher->env, option.key, option.value);
        }
    }
}

static void read_section(struct configuration *self, const config_setting_t *section,
                         bool is_variables, struct problems *problems)
{
    struct ph_error err;
    const char *name;
    const struct section_name *kind = parse_title(tree_section_title(section), &name, &err);
    if (!kind && !is_variables)
        problems_add(problems, tree_section_line(section), &err);
    if (!kind || (kind->kind == SECTION_ENV) != is_variables)
        return;
    if (kind->kind == SECTION_ENV)
        read_variables(self, name, section, problems);
    else if (kind->kind == SECTION_PLUGHOST)
        read_settings(self, section, problems);
    else
        read_watcher(self, kind->kind, name, section, problems);
}

/* ---- the whole ---- */

int configuration_parse(struct configuration *self, const char *text, size_t size,
                        struct problems *problems)
{
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    *self = (struct configuration){0};
    options_set_defaults(SECTION_PLUGHOST, &self->settings);
    ini_read(text, size, &tree, problems);

    /* Variables come second, since they may stand before the watchers that they are for. */
    for (int is_variables = 0; is_variables < 2; is_variables++)
        for (unsigned i = 0; i < tree_section_count(&tree); i++)
            read_section(self, tree_section(&tree, i), is_variables, problems);
    complete_settings(&self->settings, problems);
    if (problems->count == 0)
        return 0;
    configuration_release(self);
    return -1;
}

/* Reads a whole file into memory that the caller frees. */
static char *read_file(const char *path, size_t *size, struct ph_error *err)
{
    struct stat status;
    ph_cleanup(ph_closep) int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us */
    if (fd < 0 || fstat(fd, &status) < 0) {
        ph_error_sys(err, "cannot open the configuration");
        ph_error_hint(err, "'plughostd --help-config' prints one to begin with");
        return NULL;
    }
    if (!S_ISREG(status.st_mode) || status.st_size > MAX_FILE_BYTES) {
        ph_error_set(err, PH_INVALID, "the configuration is not a file of at most %d MiB",
                     MAX_FILE_BYTES >> 20);
        return NULL;
    }
    ph_cleanup(ph_freep) char *text = ph_calloc(1, (size_t)status.st_size + 1);
    ssize_t count = read(fd, text, (size_t)status.st_size);
    if (count < 0) {
        ph_error_sys(err, "cannot read the configuration");
        return NULL;
    }
    *size = (size_t)count;
    return ph_steal(&text);
}

int configuration_read(struct configuration *self, const char *path, struct problems *problems)
{
    struct ph_error err;
    size_t size = 0;
    *self = (struct configuration){0};
    ph_cleanup(ph_freep) char *text = read_file(path, &size, &err);
    if (text)
        return configuration_parse(self, text, size, problems);
    problems_add(problems, 0, &err);
    return -1;
}

void configuration_release(struct configuration *self)
{
    settings_release(&self->settings);
    for (size_t i = 0; i < self->watcher_count; i++)
        watcher_options_release(&self->watchers[i]);
    free(self->watchers);
    *self = (struct configuration){0};
}
