#include "sockets.h"

#include "../process/expand.h"
#include "../process/spawn_names.h"
#include "section.h"

#include <alloc.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>

/* A socket belongs to no watcher: it knows the daemon's variables only. */
static char *look_up_variable(void *arg, const char *name)
{
    (void)arg;
    return strncmp(name, "env.", 4) == 0 ? ph_strdup(getenv(name + 4)) : NULL;
}

static void expand_path(struct socket_options *self)
{
    if (!self->path)
        return;
    char *expanded = expand(self->path, look_up_variable, NULL);
    free(self->path);
    self->path = expanded;
}

void socket_options_read(struct socket_options *self, const char *name,
                         const config_setting_t *section, struct problems *problems)
{
    struct ph_error err;
    size_t before = problems->count;
    *self = (struct socket_options){.name = ph_strdup(name)};
    if (section_check_name(name, &err) < 0)
        problems_add(problems, tree_section_place(section), &err);
    section_note_written(section, &self->written);
    options_set_defaults(SECTION_SOCKET, self);
    section_read_options(section, SECTION_SOCKET, self, problems);
    expand_path(self);
    if (problems->count == before && socket_options_settle(self, &err) < 0)
        problems_add(problems, tree_section_place(section), &err);
}

/* ---- use ---- */

struct use {
    const struct surroundings *surroundings;
    size_t count;      /* sockets that were named */
    size_t shared;     /* those of them that the daemon itself listens on */
    char missing[256]; /* the last that is not there */
};

static const struct socket_options *find_socket(const struct surroundings *self, const char *name)
{
    for (size_t i = 0; i < self->socket_count; i++)
        if (strcasecmp(self->sockets[i].name, name) == 0)
            return &self->sockets[i];
    return NULL;
}

/* Counts a socket that the watcher names, or that it gets with all others. */
static void count_socket(struct use *self, const struct socket_options *found)
{
    self->count++;
    self->shared += !found->so_reuseport;
}

static int refuse_socket(const struct surroundings *self, const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < self->socket_count; i++)
        ph_nearest_consider(&nearest, name, self->sockets[i].name);
    ph_error_set(err, PH_NOT_FOUND, "there is no socket '%s'", name);
    if (nearest.name)
        return ph_error_hint(err, "did you mean '%s'?", nearest.name);
    return ph_error_hint(err, "add a section [socket:%s]", name);
}

/* Knows everything but sockets that are not there: the rest shows only when a process is started.
 */
static char *look_up(void *arg, const char *name)
{
    struct use *self = arg;
    const char *socket = spawn_names_socket(name);
    if (!socket)
        return ph_strdup("");
    const struct socket_options *found = find_socket(self->surroundings, socket);
    if (found) {
        count_socket(self, found);
        return ph_strdup("");
    }
    strncpy(self->missing, socket, sizeof self->missing - 1);
    return NULL;
}

/* Checks one value of the watcher; `place` is where it stands. */
static void check_value(struct use *self, const char *key, const char *text, struct place place,
                        struct problems *problems)
{
    struct ph_error err;
    if (!text || expand_check(text, look_up, self, NULL) == 0)
        return;
    refuse_socket(self->surroundings, self->missing, &err);
    ph_error_prefix(&err, "%s = %.80s", key, text);
    problems_add(problems, place, &err);
}

/* Checks all that is expanded when a process is started. */
static void check_values(struct use *self, const struct watcher_options *watcher,
                         const config_setting_t *section, struct problems *problems)
{
    static const char *const keys[] = {"cmd", "args", "shell_args"}; /* in a plugin its own */
    for (size_t i = 0; watcher->kind == WATCHER_PROGRAM && i < sizeof keys / sizeof keys[0]; i++)
        check_value(self, keys[i], tree_option_text(section, keys[i]),
                    tree_option_place(section, keys[i]), problems);
    for (size_t i = 0; i < watcher->env.count; i++)
        check_value(self, watcher->env.items[i].key, watcher->env.items[i].value,
                    tree_option_place(section, "env"), problems);
    check_value(self, "working_dir", watcher->working_dir,
                tree_option_place(section, "working_dir"), problems);
}

static void check_stdin(struct use *self, const char *name, const config_setting_t *section,
                        struct problems *problems)
{
    struct ph_error err;
    const struct socket_options *found = name ? find_socket(self->surroundings, name) : NULL;
    if (!name || (found && !found->so_reuseport)) {
        self->shared += name != NULL;
        return;
    }
    if (found) {
        ph_error_set(&err, PH_INVALID, "a socket with so_reuseport is not the daemon's to give");
        ph_error_hint(&err, "leave so_reuseport out of [socket:%s]", name);
    } else {
        refuse_socket(self->surroundings, name, &err);
    }
    ph_error_prefix(&err, "stdin_socket = %.80s", name);
    problems_add(problems, tree_option_place(section, "stdin_socket"), &err);
}

/* Inherited sockets have the numbers from 3 on. */
static void check_notify_fd(const struct use *self, const struct watcher_options *watcher,
                            const config_setting_t *section, struct problems *problems)
{
    struct ph_error err;
    enum { FIRST = 3 };
    size_t count = self->count < self->surroundings->socket_count
                       ? self->count
                       : self->surroundings->socket_count;
    if (watcher->notify_fd < FIRST || (size_t)watcher->notify_fd >= FIRST + count)
        return;
    ph_error_set(&err, PH_INVALID, "notify_fd = %d: an inherited socket has that number",
                 (int)watcher->notify_fd);
    ph_error_hint(&err, "take %zu or more", FIRST + count);
    problems_add(problems, tree_option_place(section, "notify_fd"), &err);
}

static void check_on_demand(const struct use *self, const struct watcher_options *watcher,
                            const config_setting_t *section, struct problems *problems)
{
    struct ph_error err;
    if (!watcher->on_demand || self->shared > 0)
        return;
    ph_error_set(&err, PH_INVALID, "on_demand = yes, but it has no sockets that could start it");
    ph_error_hint(&err, "name one in cmd, $(circus.sockets.NAME), or say use_sockets = yes");
    problems_add(problems, tree_option_place(section, "on_demand"), &err);
}

void sockets_check_use(const struct watcher_options *watcher, const config_setting_t *section,
                       const struct surroundings *surroundings, struct problems *problems)
{
    struct use use = {.surroundings = surroundings};
    check_values(&use, watcher, section, problems);
    check_stdin(&use, watcher->stdin_socket, section, problems);
    for (size_t i = 0; watcher->use_sockets && i < surroundings->socket_count; i++)
        count_socket(&use, &surroundings->sockets[i]);
    check_notify_fd(&use, watcher, section, problems);
    check_on_demand(&use, watcher, section, problems);
}
