#include "save.h"

#include "../config/overlay.h"
#include "../config/section.h"
#include "../config/text_file.h"
#include "option_text.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

static bool is_wanted(const ph_value_t *properties)
{
    return ph_value_bool(ph_value_get(properties, "save"), false);
}

int save_check(const struct command_call *call, const watcher_t *watcher, struct ph_error *err)
{
    if (!is_wanted(call->properties) || !watcher_options(watcher)->is_added)
        return 0;
    ph_error_set(err, PH_CONFLICT, "'%s' was added by a command: there is no file to keep it",
                 watcher_name(watcher));
    return ph_error_hint(err, "write it into the configuration");
}

/* ---- the overlay as it shall be ---- */

/* Returns its text, which the caller frees, or NULL with `err` filled. */
static char *make_text(const char *path, const struct watcher_options *options,
                       const ph_value_t *given, struct ph_error *err)
{
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    config_setting_t *section = tree_add_section(&tree, "", NOWHERE);
    for (size_t i = 0; i < ph_value_size(given); i++) {
        const ph_value_t *key = NULL;
        ph_cleanup(ph_freep) char *text = option_text_of(ph_value_entry(given, i, &key));
        tree_set_option(section, ph_value_string(key, ""), text);
    }
    ph_cleanup(ph_freep) char *title = section_title(options->kind, options->name);
    return overlay_text(path, title, section, err);
}

/* Other options may have been set without being saved, and the files may have changed: only as a
 * whole it shows whether the next start takes it. */
static int read_files(struct save *self, const struct configuration *running, struct ph_error *err)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    if (configuration_read_with(&self->files, running, self->text, &problems) < 0) {
        const struct problem *first = &problems.items[0];
        const char *file = first->file ? first->file : running->path;
        ph_cleanup(ph_freep) char *place =
            first->line > 0 ? ph_format("%s:%u", file, first->line) : ph_strdup(file);
        *err = first->error;
        return ph_error_prefix(err, "with that saved, the configuration cannot be read: %s", place);
    }
    if (strcmp(self->files.overlay, self->path) == 0)
        return 0;
    ph_error_set(err, PH_CONFLICT, "the configuration names another overlay now, '%s'",
                 self->files.overlay);
    return ph_error_hint(err, "'plughostctl reloadconfig' takes that");
}

static const struct watcher_options *find_options(const struct configuration *files,
                                                  const char *name)
{
    for (size_t i = 0; i < files->watcher_count; i++)
        if (strcasecmp(files->watchers[i].name, name) == 0)
            return &files->watchers[i];
    return NULL;
}

/* Only the overlay is written: what stands elsewhere cannot be taken out. */
static int refuse_left(const struct written *item, const struct configuration *files,
                       struct ph_error *err)
{
    const char *file = item->file ? item->file : files->path;
    ph_cleanup(ph_freep) char *line =
        item->place.line > 0 ? ph_format(" line %u", item->place.line) : ph_strdup("");
    ph_error_set(err, PH_CONFLICT, "option '%s' stands in %s%s", item->key, file, line);
    return ph_error_hint(err, "take it out there");
}

static int check_left_out(const struct save *self, const struct watcher_options *options,
                          const ph_value_t *given, struct ph_error *err)
{
    for (size_t i = 0; i < ph_value_size(given); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(given, i, &key);
        const struct written *item = written_find(&options->written, ph_value_string(key, ""));
        if (item && ph_value_type(value) == PH_NIL)
            return refuse_left(item, &self->files, err);
    }
    return 0;
}

static int check_found(const struct save *self, const watcher_t *watcher, const ph_value_t *given,
                       struct ph_error *err)
{
    const struct watcher_options *options = find_options(&self->files, watcher_name(watcher));
    if (options)
        return check_left_out(self, options, given, err);
    ph_error_set(err, PH_CONFLICT, "the configuration does not have '%s' any more",
                 watcher_name(watcher));
    return ph_error_hint(err, "'plughostctl plan' shows what else has changed");
}

int save_prepare(struct save *self, const supervisor_t *supervisor, const watcher_t *watcher,
                 const ph_value_t *properties, struct ph_error *err)
{
    const struct configuration *running = supervisor_configuration(supervisor);
    const ph_value_t *given = ph_value_get(properties, "options");
    if (!is_wanted(properties))
        return 0;
    self->path = ph_strdup(running->overlay);
    self->text = make_text(self->path, watcher_options(watcher), given, err);
    if (!self->text || read_files(self, running, err) < 0)
        return -1;
    return check_found(self, watcher, given, err);
}

int save_write(const struct save *self, struct ph_error *err)
{
    return self->path ? text_file_replace(self->path, self->text, err) : 0;
}

void save_note(const struct save *self, const supervisor_t *supervisor)
{
    const watchers_t *watchers = supervisor_watchers(supervisor);
    for (size_t i = 0; i < watchers_count(watchers); i++) {
        watcher_t *watcher = watchers_at(watchers, i);
        const struct watcher_options *files = find_options(&self->files, watcher_name(watcher));
        if (files)
            watcher_renew_written(watcher, &files->written);
    }
}

void save_release(struct save *self)
{
    free(self->path);
    free(self->text);
    configuration_release(&self->files);
    *self = (struct save){0};
}
