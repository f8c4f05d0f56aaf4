#include "watchers.h"

#include "../process/expand.h"
#include "capitals.h"
#include "check.h"
#include "flapping.h"
#include "section.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

void watcher_options_read(struct watcher_options *self, enum section_kind kind, const char *name,
                          const config_setting_t *section, struct problems *problems)
{
    struct ph_error err;
    bool is_plugin = kind == SECTION_PLUGIN;
    *self = (struct watcher_options){
        .kind = is_plugin ? WATCHER_PLUGIN : WATCHER_PROGRAM, .numprocesses = 1, .respawn = true};
    self->name = is_plugin ? ph_format("plugin:%s", name) : ph_strdup(name);
    int check = is_plugin ? section_check_name(name, &err) : section_check_watcher_name(name, &err);
    if (check < 0)
        problems_add(problems, tree_section_place(section), &err);
    self->is_added = tree_section_place(section).line == 0;
    section_note_written(section, &self->written);
    options_set_defaults(kind, self);
    section_read_options(section, kind, self, problems);
    if (is_plugin && (!self->use || !*self->use)) {
        free(self->use);
        self->use = ph_strdup(name);
    }
}

/* Its own variables go before those of all sections. */
static void set_own_variables(struct watcher_options *self, enum section_kind kind,
                              const config_setting_t *section)
{
    const char *own = tree_option_text(section, "env");
    if (own)
        option_parse(option_find(kind, "env", NULL), own, self, NULL);
}

static void make_command(struct watcher_options *self, const config_setting_t *section)
{
    const char *cmd = tree_option_text(section, "cmd");
    const char *args = tree_option_text(section, "args");
    if (cmd)
        self->command = ph_format("%s%s%s", cmd, args ? " " : "", args ? args : "");
}

static void expand_variables(struct pairs *env)
{
    for (size_t i = 0; i < env->count; i++) {
        char *expanded = capitals_expand(env->items[i].value);
        free(env->items[i].value);
        env->items[i].value = expanded;
    }
}

/* What stays the same for all processes of a watcher: files and folders of its own. */
static char *look_up(void *arg, const char *name)
{
    const struct watcher_options *self = arg;
    if (strcmp(name, "name") == 0)
        return ph_strdup(self->name);
    return strncmp(name, "env.", 4) == 0 ? ph_strdup(watcher_options_variable(self, name + 4))
                                         : NULL;
}

static void expand_path(struct watcher_options *self, char **path_p)
{
    if (!*path_p || !expand_uses(*path_p))
        return;
    char *expanded = expand(*path_p, look_up, self);
    free(*path_p);
    *path_p = expanded;
}

static void expand_paths(struct watcher_options *self)
{
    expand_path(self, &self->virtualenv);
    expand_path(self, &self->stdout_stream.filename);
    expand_path(self, &self->stderr_stream.filename);
}

static void map_flapping(struct watcher_options *self, const config_setting_t *section)
{
    struct flapping_own own = {
        .max_restarts = tree_option_text(section, "max_restarts") != NULL,
        .restart_delay_max = tree_option_text(section, "restart_delay_max") != NULL,
        .stable_after = tree_option_text(section, "stable_after") != NULL,
    };
    flapping_apply(&self->flapping, self->max_retry, &own, &self->restart);
}

void watcher_options_complete(struct watcher_options *self, const config_setting_t *section,
                              struct problems *problems)
{
    bool is_plugin = self->kind == WATCHER_PLUGIN;
    set_own_variables(self, is_plugin ? SECTION_PLUGIN : SECTION_WATCHER, section);
    if (!is_plugin)
        make_command(self, section);
    expand_variables(&self->env);
    expand_paths(self);
    map_flapping(self, section);
    check_identity(self, section, problems);
    check_watcher(self, section, problems);
}
