/* The command that changes options of a watcher while it runs. */
#include "../config/dependencies.h"
#include "../reload/apply.h"
#include "command.h"
#include "option_text.h"
#include "save.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 256 }; /* each is compared with all before it */

static enum section_kind kind_of(const watcher_t *watcher)
{
    return watcher_options(watcher)->kind == WATCHER_PLUGIN ? SECTION_PLUGIN : SECTION_WATCHER;
}

/* Says whether only the own options of a plugin are meant: they are asked of the plugin. */
static bool is_about_own(const watcher_t *watcher, const ph_value_t *options)
{
    bool is_own = kind_of(watcher) == SECTION_PLUGIN;
    for (size_t i = 0; is_own && i < ph_value_size(options); i++) {
        const ph_value_t *key = NULL;
        ph_value_entry(options, i, &key);
        if (!option_find(SECTION_PLUGIN, ph_value_string(key, ""), NULL))
            return true;
    }
    return is_own && ph_value_size(options) == 0;
}

/* ---- the section as it shall be ---- */

static int write_option(struct written_list *written, const ph_value_t *key,
                        const ph_value_t *value, struct ph_error *err)
{
    const char *name = ph_value_string(key, "");
    ph_cleanup(ph_freep) char *text = option_text_of(value);
    if (!text && ph_value_type(value) != PH_NIL)
        return ph_error_set(err, PH_INVALID, "option '%.100s' cannot have such a value", name);
    if (text && strlen(text) != strcspn(text, "\n"))
        return ph_error_set(err, PH_INVALID, "option '%.100s' must be one line", name);
    written_set(written, name, text);
    return 0;
}

static int write_options(struct written_list *written, const ph_value_t *options,
                         struct ph_error *err)
{
    if (ph_value_size(options) > MAX_OPTIONS)
        return ph_error_set(err, PH_INVALID, "%zu options are more than the %d allowed",
                            ph_value_size(options), MAX_OPTIONS);
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(options, i, &key);
        if (write_option(written, key, value, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- what it means ---- */

/* Others may wait for the watcher: with what it waits for now, a circle may close. */
static void check_circles(const struct surroundings *surroundings, struct problems *problems)
{
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    ph_cleanup(ph_freep) const config_setting_t **sections =
        ph_calloc(surroundings->watcher_count, sizeof *sections);
    sections[0] = tree_add_section(&tree, "", NOWHERE);
    for (size_t i = 1; i < surroundings->watcher_count; i++)
        sections[i] = sections[0];
    dependencies_check(surroundings, sections, problems);
}

static int make(const struct command_call *call, const watcher_t *watcher,
                const struct written_list *written, struct watcher_options *options,
                struct problems *problems)
{
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    const struct configuration *running = supervisor_configuration(call->supervisor);
    const struct watcher_options *before = watcher_options(watcher);
    struct surroundings surroundings = {.watcher_count = watchers_count(watchers),
                                        .sockets = running->sockets,
                                        .socket_count = running->socket_count};
    ph_cleanup(ph_freep) const struct watcher_options **all =
        ph_calloc(surroundings.watcher_count, sizeof *all);
    for (size_t i = 0; i < surroundings.watcher_count; i++) {
        const watcher_t *other = watchers_at(watchers, i);
        all[i] = other == watcher ? options : watcher_options(other);
    }
    surroundings.watchers = all;
    struct watcher_source source = {.name = before->name,
                                    .is_added = before->is_added,
                                    .is_program = before->kind == WATCHER_PROGRAM,
                                    .written = written,
                                    .variables = &before->variables};
    if (configuration_make_watcher(options, &source, &surroundings, problems) < 0)
        return -1;
    check_circles(&surroundings, problems);
    return problems->count == 0 ? 0 : -1;
}

static int make_options(const struct command_call *call, const watcher_t *watcher,
                        const struct written_list *written, struct watcher_options *options,
                        struct ph_error *err)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    int outcome = make(call, watcher, written, options, &problems);
    if (outcome < 0)
        *err = problems.items[0].error;
    return outcome;
}

/* ---- doing it ---- */

static const char *how(const struct plan_step *step)
{
    static const char *const words[] = {
        [PLAN_NOTHING] = "changed",     [PLAN_RELOAD] = "reloaded", [PLAN_RESTART] = "restarted",
        [PLAN_SIGNAL] = "reconfigured", [PLAN_START] = "changed",   [PLAN_STOP] = "changed",
    };
    if (!step->why)
        return "unchanged";
    return watcher_is_wanted(step->watcher) ? words[step->action] : "kept";
}

static int change(struct command_call *call, watcher_t *watcher, struct watcher_options *options,
                  struct ph_error *err)
{
    struct plan_step step;
    plan_step_make(&step, watcher, options);
    ph_writer_string(call->reply, "name", watcher_name(watcher));
    ph_writer_string(call->reply, "how", how(&step));
    ph_cleanup(ph_freep) char *reason = command_reason(call);
    int outcome = plan_step_apply(&step, call->supervisor, reason, err);
    if (outcome == 0 && step.action != PLAN_NOTHING)
        command_wait(call, plan_step_goal(&step), watcher);
    plan_step_release(&step);
    return outcome;
}

static int set_options(struct command_call *call, watcher_t *watcher, const ph_value_t *given,
                       struct ph_error *err)
{
    ph_cleanup(written_release) struct written_list written = {0};
    ph_cleanup(watcher_options_release) struct watcher_options options = {0};
    written_append(&written, &watcher_options(watcher)->written);
    if (write_options(&written, given, err) < 0 ||
        make_options(call, watcher, &written, &options, err) < 0 ||
        watcher_check(watcher, &options, err) < 0 ||
        save_options(call->supervisor, watcher, call->properties, err) < 0)
        return -1;
    return change(call, watcher, &options, err);
}

int command_set(struct command_call *call, struct ph_error *err)
{
    const ph_value_t *options = ph_value_get(call->properties, "options");
    watcher_t *watcher = command_watcher(call, err);
    if (!watcher || command_check_change(call, err) < 0 || save_check(call, watcher, err) < 0)
        return -1;
    return is_about_own(watcher, options) ? command_set_own(call, watcher, err)
                                          : set_options(call, watcher, options, err);
}
