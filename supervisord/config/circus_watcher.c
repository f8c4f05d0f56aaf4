#include "circus_watcher.h"

#include "../process/signals.h"
#include "circus_hook.h"
#include "circus_stream.h"

#include <alloc.h>
#include <lower.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What becomes of an option of a watcher. */
enum handling {
    SAME,
    UNLESS_EMPTY, /* in Circus empty is the same as not given */
    COMMAND,      /* in which $(circus.OPTION) is replaced, too */
    IGNORED,
};

struct rule {
    const char *name;
    enum handling handling;
    const char *python; /* its default, as $(circus.NAME) shows it; NULL: there is no such name */
    const char *why;    /* of what is ignored */
};

static const struct rule rules[] = {
    {"args", COMMAND, "", NULL},
    {"autostart", SAME, NULL, NULL},
    {"check_flapping", IGNORED, NULL, "flapping.active = no has processes never given up"},
    {"close_child_stderr", SAME, "False", NULL},
    {"close_child_stdin", SAME, "True", NULL},
    {"close_child_stdout", SAME, "False", NULL},
    {"cmd", COMMAND, "", NULL},
    {"copy_env", SAME, "False", NULL},
    {"copy_path", SAME, NULL, NULL},
    {"executable", IGNORED, "None", "Circus does not use it either"},
    {"gid", UNLESS_EMPTY, "None", NULL},
    {"graceful_timeout", SAME, "30.0", NULL},
    {"max_age", SAME, "0", NULL},
    {"max_age_variance", SAME, "30", NULL},
    {"max_retry", SAME, "5", NULL},
    {"numprocesses", SAME, "1", NULL},
    {"on_demand", SAME, "False", NULL},
    {"priority", SAME, "0", NULL},
    {"respawn", SAME, "True", NULL},
    {"send_hup", SAME, "False", NULL},
    {"shell", SAME, "False", NULL},
    {"shell_args", UNLESS_EMPTY, "None", NULL},
    {"singleton", SAME, "False", NULL},
    {"stdin_socket", UNLESS_EMPTY, NULL, NULL},
    {"stop_children", SAME, "False", NULL},
    {"stop_signal", SAME, "15", NULL},
    {"uid", UNLESS_EMPTY, "None", NULL},
    {"use_papa", IGNORED, NULL, "plughost keeps sockets and processes itself"},
    {"use_sockets", SAME, "False", NULL},
    {"virtualenv", UNLESS_EMPTY, NULL, NULL},
    {"virtualenv_py_ver", IGNORED, NULL, "virtualenv sets PATH and VIRTUAL_ENV"},
    {"warmup_delay", SAME, "0", NULL},
    {"working_dir", UNLESS_EMPTY, NULL, NULL},
};

static const struct rule *find_rule(const char *name)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

/* ---- $(circus.OPTION) in commands ---- */

/* Shows a value as Python shows what Circus makes of it. */
static char *show_as_python(const struct rule *rule, const char *text)
{
    bool value = false;
    bool is_bool = strcmp(rule->python, "True") == 0 || strcmp(rule->python, "False") == 0;
    int number = strcmp(rule->name, "stop_signal") == 0 ? signal_from_name(text) : -1;
    if (is_bool && circus_parse_bool(text, &value))
        return ph_strdup(value ? "True" : "False");
    return number > 0 ? ph_format("%d", number) : ph_strdup(text);
}

/* The names that the daemon knows at each spawn, such as wid, are none of these. */
static char *look_up_option(void *arg, const char *name)
{
    const struct circus_part *part = arg;
    const char *key = strcmp(name, "use_fds") == 0 ? "use_sockets" : name;
    const struct rule *rule = find_rule(key);
    const struct ph_circus_option *option = ph_circus_section_option(part->source, key);
    if (strcmp(key, "working_dir") == 0 && !option)
        return getcwd(NULL, 0);
    if (strcmp(key, "working_dir") == 0)
        return circus_env_expand(part->env, option->value);
    if (!rule || !rule->python)
        return NULL;
    if (!option)
        return ph_strdup(rule->python);
    ph_cleanup(ph_freep) char *value = circus_env_expand(part->env, option->value);
    return show_as_python(rule, value);
}

/* ---- options ---- */

static void take_command(struct circus_part *self, const struct ph_circus_option *option)
{
    ph_cleanup(ph_freep) char *value =
        circus_env_expand_more(self->env, option->value, look_up_option, self);
    circus_part_set(self, option->key, value, circus_place(option));
}

static void take_by_rule(struct circus_part *self, const struct rule *rule,
                         const struct ph_circus_option *option)
{
    if (rule->handling == IGNORED)
        circus_remarks_ignore(&self->draft->remarks, rule->name, rule->why);
    else if (rule->handling == COMMAND)
        take_command(self, option);
    else if (rule->handling == SAME || option->value[0])
        circus_part_add(self, option->key, option);
}

/* Circus looks them up in any case of letters. */
static void take_limit(struct circus_part *self, const struct ph_circus_option *option)
{
    ph_cleanup(ph_freep) char *key = ph_lower(ph_strdup(option->key));
    circus_part_add(self, key, option);
}

static void keep(struct circus_part *self, const struct ph_circus_option *option)
{
    if (self->is_plugin)
        return;
    ph_cleanup(ph_freep) char *key = ph_format("label.%s", option->key);
    ph_cleanup(ph_freep) char *value = circus_env_expand(self->env, option->value);
    tree_add_option(self->section, key, value, circus_place(option));
    circus_remarks_keep(&self->draft->remarks, option->key);
}

static const char *const flapping_keys[] = {"active", "attempts", "window", "retry_in",
                                            "max_retry"};
enum { FLAPPING_KEYS = sizeof flapping_keys / sizeof flapping_keys[0] };

static void take_flapping(struct circus_part *self, const struct ph_circus_option *option)
{
    const char *key = circus_behind(option->key, "flapping.");
    for (size_t i = 0; i < FLAPPING_KEYS; i++) {
        if (strcmp(flapping_keys[i], key) == 0) {
            circus_part_add(self, option->key, option);
            return;
        }
    }
    keep(self, option);
}

/* Options of ours, which Circus would keep as text. */
static void take_own(struct circus_part *self, const struct ph_circus_option *option)
{
    circus_part_add(self, circus_behind(option->key, "plughost."), option);
}

static const struct group {
    const char *prefix;
    void (*take)(struct circus_part *self, const struct ph_circus_option *option);
} groups[] = {
    {"flapping.", take_flapping},
    {"hooks.", circus_hook_take},
    {"plughost.", take_own},
    {"rlimit_", take_limit},
    {"stderr_stream.", circus_stream_take},
    {"stdout_stream.", circus_stream_take},
};

static void take_option(struct circus_part *self, const struct ph_circus_option *option)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (circus_behind(option->key, groups[i].prefix)) {
            groups[i].take(self, option);
            return;
        }
    }
    const struct rule *rule = find_rule(option->key);
    if (rule)
        take_by_rule(self, rule, option);
    else
        keep(self, option);
}

void circus_watcher_take_options(struct circus_part *part)
{
    for (size_t i = 0; i < part->source->option_count; i++)
        take_option(part, &part->source->options[i]);
}

/* ---- the whole ---- */

/* Circus's flapping plugin watches all; what a watcher has itself goes before. */
static void add_flapping(struct circus_part *self)
{
    static const char *const defaults[FLAPPING_KEYS] = {NULL, "2", "1", "7", "5"};
    const struct ph_circus_section *plugin = self->draft->flapping;
    for (size_t i = 0; plugin && i < FLAPPING_KEYS; i++) {
        const struct ph_circus_option *option = ph_circus_section_option(plugin, flapping_keys[i]);
        ph_cleanup(ph_freep) char *key = ph_format("flapping.%s", flapping_keys[i]);
        if (ph_circus_section_option(self->source, key))
            continue;
        if (option)
            circus_part_add(self, key, option);
        else if (defaults[i])
            circus_part_set(self, key, defaults[i], circus_section_place(plugin));
    }
}

static bool has_hook(const struct ph_circus_section *source)
{
    for (size_t i = 0; i < source->option_count; i++)
        if (circus_behind(source->options[i].key, "hooks."))
            return true;
    return false;
}

/* In Circus a hook runs in the daemon and sees what that sees. */
static void set_missing(struct circus_part *self)
{
    struct place place = circus_section_place(self->source);
    if (!ph_circus_section_option(self->source, "copy_env"))
        circus_part_set(self, "copy_env", "no", place);
    if (has_hook(self->source))
        circus_part_set(self, "hook_copy_env", "yes", place);
    add_flapping(self);
}

void circus_watcher_take_env(struct circus_draft *draft, const char *name,
                             const struct circus_env *env)
{
    if (env->count == 0)
        return;
    ph_cleanup(ph_freep) char *title = ph_format("env:%s", name);
    config_setting_t *section = tree_add_section(draft->tree, title, NOWHERE);
    for (size_t i = 0; i < env->count; i++) {
        ph_cleanup(ph_freep) char *value = circus_env_expand(env, env->items[i]->value);
        tree_add_option(section, env->items[i]->key, value, circus_place(env->items[i]));
    }
}

/* Circus leaves such a watcher out, too. */
static bool is_impossible(struct circus_draft *draft, const struct ph_circus_section *source)
{
    bool is_singleton = false;
    const struct ph_circus_option *singleton = ph_circus_section_option(source, "singleton");
    const struct ph_circus_option *number = ph_circus_section_option(source, "numprocesses");
    if (!singleton || !number || !circus_parse_bool(singleton->value, &is_singleton) ||
        !is_singleton || strtol(number->value, NULL, 10) <= 1)
        return false;
    notices_add(draft->notices, circus_place(number),
                "[%s] is left out, as Circus does: a singleton cannot have %s processes",
                source->name, number->value);
    return true;
}

void circus_watcher_take(struct circus_draft *draft, const struct ph_circus_section *source)
{
    ph_cleanup(circus_env_release) struct circus_env env = {0};
    const char *written = circus_behind(source->name, "watcher:");
    if (source->option_count == 0 || is_impossible(draft, source))
        return;
    ph_cleanup(ph_freep) char *name = circus_name(draft, written, circus_section_place(source));
    ph_cleanup(ph_freep) char *title = ph_format("watcher:%s", name);
    circus_env_find(&env, draft->ini, written);
    struct circus_part part = {
        .draft = draft,
        .source = source,
        .env = &env,
        .section = tree_add_section(draft->tree, title, circus_section_place(source))};
    circus_watcher_take_options(&part);
    set_missing(&part);
    circus_watcher_take_env(draft, name, &env);
}
