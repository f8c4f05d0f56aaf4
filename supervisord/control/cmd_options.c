/* Commands that show options as they are in use, and where each comes from. */
#include "../config/section.h"
#include "command.h"

#include <alloc.h>
#include <string.h>

static enum section_kind kind_of(const struct watcher_options *options)
{
    return options->kind == WATCHER_PLUGIN ? SECTION_PLUGIN : SECTION_WATCHER;
}

static void write_option(const struct option_spec *spec, const struct watcher_options *options,
                         ph_writer_t *out)
{
    option_write(spec, options, written_value(&options->written, spec->name), out);
}

/* ---- of a watcher ---- */

int command_options(struct command_call *call, struct ph_error *err)
{
    const watcher_t *watcher = command_watcher(call, err);
    if (!watcher)
        return -1;
    const struct watcher_options *options = watcher_options(watcher);
    ph_writer_map(call->reply, "options");
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));)
        if (spec->sections & kind_of(options))
            write_option(spec, options, call->reply);
    for (size_t i = 0; i < options->option.count; i++)
        ph_writer_string(call->reply, options->option.items[i].key, options->option.items[i].value);
    ph_writer_end(call->reply);
    return 0;
}

static int write_key(const struct watcher_options *options, const char *key, ph_writer_t *out,
                     struct ph_error *err)
{
    struct ph_error unknown;
    const struct option_spec *spec = option_find(kind_of(options), key, &unknown);
    const char *own = pairs_get(&options->option, key);
    if (spec)
        write_option(spec, options, out);
    else if (own)
        ph_writer_string(out, key, own);
    else if (err)
        *err = unknown;
    return spec || own ? 0 : -1;
}

/* Each once, however often it is asked for. */
static int write_keys(const struct watcher_options *options, const ph_value_t *keys,
                      ph_writer_t *out, struct ph_error *err)
{
    size_t count = ph_value_type(keys) == PH_ARRAY ? ph_value_size(keys) : 0;
    ph_cleanup(zhashx_destroy) zhashx_t *seen = zhashx_new();
    for (size_t i = 0; i < count; i++) {
        const char *key = ph_value_string(ph_value_at(keys, i), "");
        bool is_new = zhashx_insert(seen, key, seen) == 0;
        if (is_new && write_key(options, key, out, err) < 0)
            return -1;
    }
    return 0;
}

int command_get(struct command_call *call, struct ph_error *err)
{
    const watcher_t *watcher = command_watcher(call, err);
    const ph_value_t *keys = ph_value_get(call->properties, "keys");
    if (!watcher)
        return -1;
    const struct watcher_options *options = watcher_options(watcher);
    ph_writer_map(call->reply, "options");
    int outcome = ph_value_type(keys) == PH_STRING
                      ? write_key(options, ph_value_string(keys, ""), call->reply, err)
                      : write_keys(options, keys, call->reply, err);
    ph_writer_end(call->reply);
    return outcome;
}

/* ---- of the daemon ---- */

int command_globaloptions(struct command_call *call, struct ph_error *err)
{
    const char *only = command_text(call, "option");
    const struct settings *settings = supervisor_settings(call->supervisor);
    if (only && !option_find(SECTION_PLUGHOST, only, err))
        return -1;
    ph_writer_map(call->reply, "options");
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));)
        if ((spec->sections & SECTION_PLUGHOST) && (!only || strcmp(only, spec->name) == 0))
            option_write(spec, settings, written_value(&settings->written, spec->name),
                         call->reply);
    ph_writer_end(call->reply);
    return 0;
}

/* ---- where they come from ---- */

static void write_origin(const struct written *item, const char *file, ph_writer_t *out)
{
    ph_writer_map(out, NULL);
    ph_writer_string(out, "option", item->key);
    ph_writer_string(out, "value", item->value);
    if (item->place.line > 0) {
        ph_writer_string(out, "file", item->file ? item->file : file);
        ph_writer_int(out, "line", item->place.line);
    }
    if (item->is_set) {
        ph_writer_bool(out, "is_set", true);
        ph_writer_string(out, "base", item->base);
    }
    ph_writer_end(out);
}

static void write_origins(const struct written_list *list, const char *key, const char *file,
                          ph_writer_t *out)
{
    ph_writer_array(out, key);
    for (size_t i = 0; i < list->count; i++)
        write_origin(&list->items[i], file, out);
    ph_writer_end(out);
}

static void write_section(const struct watcher_options *options, const char *file, ph_writer_t *out)
{
    ph_cleanup(ph_freep) char *title = section_title(options->kind, options->name);
    ph_writer_map(out, NULL);
    ph_writer_string(out, "name", options->name);
    ph_writer_string(out, "section", title);
    write_origins(&options->written, "options", file, out);
    write_origins(&options->variables, "variables", file, out);
    ph_writer_end(out);
}

int command_config(struct command_call *call, struct ph_error *err)
{
    ph_cleanup(selection_release) struct selection selection = {0};
    const struct configuration *running = supervisor_configuration(call->supervisor);
    const char *action = command_text(call, "action");
    if (strcmp(action, "show") != 0) {
        ph_error_set(err, PH_INVALID, "'config' cannot '%.40s'", action);
        return ph_error_hint(err, "'config show' shows what is in use");
    }
    if (selection_read(&selection, call, err) < 0)
        return -1;
    ph_writer_string(call->reply, "file", running->path);
    write_origins(&running->settings.written, "settings", running->path, call->reply);
    ph_writer_array(call->reply, "watchers");
    for (size_t i = 0; i < selection.count; i++)
        write_section(watcher_options(selection.watchers[i]), running->path, call->reply);
    ph_writer_end(call->reply);
    return 0;
}
