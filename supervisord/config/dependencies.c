#include "dependencies.h"

#include <alloc.h>
#include <nearest.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LISTS = 3, NOT_THERE = -1 };

static const char *const list_names[LISTS] = {"after", "requires", "wants"};

static char *const *list_of(const struct watcher_options *watcher, size_t index)
{
    static char *const none[] = {NULL};
    char *const *lists[LISTS] = {watcher->after, watcher->requires, watcher->wants};
    return lists[index] ? lists[index] : none;
}

/* ---- names ---- */

/* Returns the index of a watcher, as the daemon finds it: in any case of letters, a plugin also
 * without its "plugin:" if no program is called so. */
static ssize_t find(const struct surroundings *self, const char *name)
{
    static const char plugin[] = "plugin:";
    ssize_t found = NOT_THERE;
    for (size_t i = 0; i < self->watcher_count; i++) {
        const char *other = self->watchers[i]->name;
        if (strcasecmp(other, name) == 0)
            return (ssize_t)i;
        if (strncmp(other, plugin, sizeof plugin - 1) == 0 &&
            strcasecmp(other + sizeof plugin - 1, name) == 0)
            found = (ssize_t)i;
    }
    return found;
}

static void refuse_name(const struct surroundings *self, const char *name, const char *list,
                        struct place place, struct problems *problems)
{
    struct ph_error err;
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < self->watcher_count; i++)
        ph_nearest_consider(&nearest, name, self->watchers[i]->name);
    ph_error_set(&err, PH_NOT_FOUND, "%s = %.80s: there is no such watcher", list, name);
    if (nearest.name)
        ph_error_hint(&err, "did you mean '%s'?", nearest.name);
    else
        ph_error_hint(&err, "names of [watcher:NAME] and [plugin:NAME] sections");
    problems_add(problems, place, &err);
}

/* ---- circles ---- */

/* A watcher, and those that it waits for. */
struct node {
    struct edge {
        size_t to;
        const char *list; /* the option that says so */
    } * edges;
    size_t count;
    size_t seen; /* edges that were followed */
    bool is_on_path, is_done;
};

/* A walk along the dependencies. */
struct walk {
    const struct surroundings *surroundings;
    const config_setting_t *const *sections;
    struct problems *problems;
    struct node *nodes;
    size_t *path;
    size_t length;
};

static void add_edge(struct node *self, size_t to, const char *list)
{
    self->edges = ph_realloc_array(self->edges, self->count + 1, sizeof *self->edges);
    self->edges[self->count++] = (struct edge){to, list};
}

/* ---- hooks ---- */

static bool has_plugin(const struct surroundings *self, const char *name)
{
    for (size_t i = 0; i < self->watcher_count; i++)
        if (strcasecmp(self->watchers[i]->name, name) == 0)
            return true;
    return false;
}

/* A plugin that is asked before it starts would never answer. */
static void check_hook(const struct watcher_options *watcher, enum hook_kind kind,
                       const config_setting_t *section, const struct surroundings *surroundings,
                       struct problems *problems)
{
    struct ph_error err;
    const char *plugin = watcher->hooks[kind].cmd[0];
    ph_cleanup(ph_freep) char *option = ph_format("hooks.%s", hook_name(kind));
    if (strcasecmp(plugin, watcher->name) == 0) {
        ph_error_set(&err, PH_INVALID, "%s: '%s' cannot be a hook of itself", option, plugin);
        ph_error_hint(&err, "another plugin, or a command");
    } else if (!has_plugin(surroundings, plugin)) {
        ph_error_set(&err, PH_NOT_FOUND, "%s: there is no '%.80s'", option, plugin);
        ph_error_hint(&err, "add a section [%.100s]", plugin);
    } else {
        return;
    }
    problems_add(problems, tree_option_place(section, option), &err);
}

static void check_hooks(const struct watcher_options *watcher, const config_setting_t *section,
                        const struct surroundings *surroundings, struct problems *problems)
{
    for (int kind = 0; kind < HOOK_COUNT; kind++)
        if (hook_is_method(&watcher->hooks[kind]))
            check_hook(watcher, (enum hook_kind)kind, section, surroundings, problems);
}

/* Finds whom a watcher waits for; names that are not there become problems. */
static void resolve(struct node *self, const struct watcher_options *watcher,
                    const config_setting_t *section, const struct surroundings *surroundings,
                    struct problems *problems)
{
    for (size_t i = 0; i < LISTS; i++) {
        for (char *const *name = list_of(watcher, i); *name; name++) {
            ssize_t to = find(surroundings, *name);
            if (to == NOT_THERE)
                refuse_name(surroundings, *name, list_names[i],
                            tree_option_place(section, list_names[i]), problems);
            else
                add_edge(self, (size_t)to, list_names[i]);
        }
    }
}

/* Adds a problem for the circle that the last edge from the end of the path closes. */
static void refuse_circle(struct walk *self, size_t start)
{
    struct ph_error err;
    const char *name = self->surroundings->watchers[start]->name;
    size_t first = 0;
    while (self->path[first] != start)
        first++;
    ph_cleanup(ph_freep) char *text = ph_strdup(name);
    for (size_t i = first + 1; i <= self->length; i++) {
        ph_cleanup(ph_freep) char *before = text;
        size_t next = i < self->length ? self->path[i] : start;
        text = ph_format("%s -> %s", before, self->surroundings->watchers[next]->name);
    }
    const struct node *node = &self->nodes[start];
    ph_error_set(&err, PH_INVALID, "'%s' waits for itself: %s", name, text);
    ph_error_hint(&err, "one of them must not wait for the next (after, requires, wants)");
    problems_add(self->problems,
                 tree_option_place(self->sections[start], node->edges[node->seen - 1].list), &err);
}

static void enter(struct walk *self, size_t index)
{
    self->nodes[index].is_on_path = true;
    self->path[self->length++] = index;
}

static void leave(struct walk *self)
{
    struct node *node = &self->nodes[self->path[--self->length]];
    node->is_on_path = false;
    node->is_done = true;
}

/* Goes as deep as it can from one watcher, and back: each circle closes on the path once. */
static void walk_from(struct walk *self, size_t index)
{
    enter(self, index);
    while (self->length > 0) {
        struct node *node = &self->nodes[self->path[self->length - 1]];
        if (node->seen == node->count) {
            leave(self);
            continue;
        }
        size_t to = node->edges[node->seen++].to;
        if (self->nodes[to].is_on_path)
            refuse_circle(self, to);
        else if (!self->nodes[to].is_done)
            enter(self, to);
    }
}

void dependencies_check(const struct surroundings *surroundings,
                        const config_setting_t *const *sections, struct problems *problems)
{
    size_t count = surroundings->watcher_count;
    struct walk walk = {.surroundings = surroundings, .sections = sections, .problems = problems};
    walk.path = ph_calloc(count + 1, sizeof *walk.path);
    walk.nodes = ph_calloc(count + 1, sizeof *walk.nodes);
    for (size_t i = 0; i < count; i++) {
        resolve(&walk.nodes[i], surroundings->watchers[i], sections[i], surroundings, problems);
        check_hooks(surroundings->watchers[i], sections[i], surroundings, problems);
    }
    for (size_t i = 0; i < count; i++)
        if (!walk.nodes[i].is_done)
            walk_from(&walk, i);
    for (size_t i = 0; i < count; i++)
        free(walk.nodes[i].edges);
    free(walk.nodes);
    free(walk.path);
}

void dependencies_check_one(const struct watcher_options *watcher, const config_setting_t *section,
                            const struct surroundings *surroundings, struct problems *problems)
{
    struct node node = {0};
    resolve(&node, watcher, section, surroundings, problems);
    check_hooks(watcher, section, surroundings, problems);
    free(node.edges);
}
