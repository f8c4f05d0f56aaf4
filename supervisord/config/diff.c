#include "diff.h"

#include "../text.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

static void add(struct changes *self, const char *option, const struct option_spec *spec,
                const char *from, const char *to)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] = (struct change){
        .option = ph_strdup(option), .from = ph_strdup(from), .to = ph_strdup(to), .spec = spec};
}

/* Returns variables in the form that `env` has them, which the caller frees. */
static char *variables_text(const struct pairs *variables)
{
    char *text = NULL;
    for (size_t i = 0; i < variables->count; i++) {
        ph_cleanup(ph_freep) char *variable =
            ph_format("%s=%s", variables->items[i].key, variables->items[i].value);
        text_append(&text, " ", variable);
    }
    return text;
}

/* Variables come from sections [env:PATTERN] too: `env` alone does not tell what changes. */
static void add_variables(struct changes *self, const struct option_spec *spec, const void *before,
                          const void *after)
{
    ph_cleanup(ph_freep) char *from =
        variables_text((const void *)((const char *)before + spec->offset));
    ph_cleanup(ph_freep) char *to =
        variables_text((const void *)((const char *)after + spec->offset));
    add(self, spec->name, spec, from, to);
}

static const char *text_of(const struct option_spec *spec, const struct written_list *list)
{
    const char *text = written_value(list, spec->name);
    return text ? text : spec->fallback;
}

void changes_find(struct changes *self, enum section_kind kind, const void *before,
                  const struct written_list *old_text, const void *after,
                  const struct written_list *new_text)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        if (!(spec->sections & kind) || option_is_same(spec, before, after))
            continue;
        if (spec->type == OPTION_VARIABLES)
            add_variables(self, spec, before, after);
        else
            add(self, spec->name, spec, text_of(spec, old_text), text_of(spec, new_text));
    }
}

/* ---- a plugin's own ---- */

void changes_of_own(struct changes *self, const struct pairs *before, const struct pairs *after)
{
    for (size_t i = 0; i < after->count; i++) {
        const struct pair *now = &after->items[i];
        const char *then = pairs_get_exact(before, now->key);
        if (!then || strcmp(then, now->value) != 0)
            add(self, now->key, NULL, then, now->value);
    }
    for (size_t i = 0; i < before->count; i++)
        if (!pairs_get_exact(after, before->items[i].key))
            add(self, before->items[i].key, NULL, before->items[i].value, NULL);
}

void changes_of_watcher(struct changes *self, const struct watcher_options *before,
                        const struct watcher_options *after)
{
    enum section_kind kind = before->kind == WATCHER_PLUGIN ? SECTION_PLUGIN : SECTION_WATCHER;
    changes_find(self, kind, before, &before->written, after, &after->written);
    changes_of_own(self, &before->option, &after->option);
}

void changes_of_section(struct changes *self, enum section_kind kind,
                        const struct written_list *written)
{
    for (size_t i = 0; i < written->count; i++) {
        const struct written *item = &written->items[i];
        const struct option_spec *spec = option_find(kind, item->key, NULL);
        if (!spec || spec->type != OPTION_VARIABLES)
            add(self, item->key, spec, NULL, item->value);
    }
}

void changes_of_new(struct changes *self, const struct watcher_options *options)
{
    enum section_kind kind = options->kind == WATCHER_PLUGIN ? SECTION_PLUGIN : SECTION_WATCHER;
    changes_of_section(self, kind, &options->written);
    ph_cleanup(ph_freep) char *env = variables_text(&options->env);
    if (env)
        add(self, "env", option_find(kind, "env", NULL), NULL, env);
}

/* ---- what they mean ---- */

const struct change *changes_get(const struct changes *self, const char *option)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].option, option) == 0)
            return &self->items[i];
    return NULL;
}

static bool needs(const struct change *change, enum option_change need)
{
    return change->spec && change->spec->change == need;
}

char *changes_names(const struct changes *self)
{
    char *names = NULL;
    for (size_t i = 0; i < self->count; i++)
        text_append(&names, ", ", self->items[i].option);
    return names;
}

char *changes_names_needing(const struct changes *self, enum option_change need)
{
    char *names = NULL;
    for (size_t i = 0; i < self->count; i++)
        if (needs(&self->items[i], need))
            text_append(&names, ", ", self->items[i].option);
    return names;
}

bool changes_need(const struct changes *self, enum option_change need)
{
    for (size_t i = 0; i < self->count; i++)
        if (needs(&self->items[i], need))
            return true;
    return false;
}

bool changes_are_own(const struct changes *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (!self->items[i].spec)
            return true;
    return false;
}

/* Returns what a change of an option needs, in a word; a plugin is told its own, a label means
 * nothing to anybody. */
static const char *need_word(const struct change *change)
{
    const struct option_spec *spec = change->spec;
    static const char *const words[] = {
        [CHANGE_NOTHING] = "nothing", [CHANGE_RESTART] = "restart", [CHANGE_DAEMON] = "daemon"};
    if (!spec)
        return option_is_label(change->option) ? "nothing" : "signal";
    return words[spec->change];
}

void changes_write(const struct changes *self, const char *key, ph_writer_t *out)
{
    ph_writer_array(out, key);
    for (size_t i = 0; i < self->count; i++) {
        ph_writer_map(out, NULL);
        ph_writer_string(out, "option", self->items[i].option);
        ph_writer_string(out, "from", self->items[i].from);
        ph_writer_string(out, "to", self->items[i].to);
        ph_writer_string(out, "needs", need_word(&self->items[i]));
        ph_writer_end(out);
    }
    ph_writer_end(out);
}

void changes_release(struct changes *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].option);
        free(self->items[i].from);
        free(self->items[i].to);
    }
    free(self->items);
    *self = (struct changes){0};
}
