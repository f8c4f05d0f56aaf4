#include "save.h"

#include "../config/overlay.h"
#include "../config/section.h"
#include "../config/text_file.h"
#include "option_text.h"

#include <alloc.h>

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

int save_options(const supervisor_t *supervisor, const watcher_t *watcher,
                 const ph_value_t *properties, struct ph_error *err)
{
    const struct watcher_options *options = watcher_options(watcher);
    const ph_value_t *given = ph_value_get(properties, "options");
    if (!is_wanted(properties))
        return 0;
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    config_setting_t *section = tree_add_section(&tree, "", NOWHERE);
    for (size_t i = 0; i < ph_value_size(given); i++) {
        const ph_value_t *key = NULL;
        ph_cleanup(ph_freep) char *text = option_text_of(ph_value_entry(given, i, &key));
        tree_set_option(section, ph_value_string(key, ""), text);
    }
    ph_cleanup(ph_freep) char *title = section_title(options->kind, options->name);
    const char *path = supervisor_configuration(supervisor)->overlay;
    ph_cleanup(ph_freep) char *text = overlay_text(path, title, section, err);
    return text ? text_file_replace(path, text, err) : -1;
}
