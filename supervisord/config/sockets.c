#include "sockets.h"

#include "../process/expand.h"
#include "section.h"

#include <alloc.h>
#include <nearest.h>
#include <string.h>

void socket_options_read(struct socket_options *self, const char *name,
                         const config_setting_t *section, struct problems *problems)
{
    struct ph_error err;
    size_t before = problems->count;
    *self = (struct socket_options){.name = ph_strdup(name)};
    if (section_check_name(name, &err) < 0)
        problems_add(problems, tree_section_line(section), &err);
    options_set_defaults(SECTION_SOCKET, self);
    section_read_options(section, SECTION_SOCKET, self, problems);
    if (problems->count == before && socket_options_settle(self, &err) < 0)
        problems_add(problems, tree_section_line(section), &err);
}

/* ---- use ---- */

struct use {
    const struct surroundings *surroundings;
    unsigned count;    /* sockets that were named */
    char missing[256]; /* the last that is not there */
};

static bool has_socket(const struct surroundings *self, const char *name)
{
    for (size_t i = 0; i < self->socket_count; i++)
        if (strcasecmp(self->sockets[i].name, name) == 0)
            return true;
    return false;
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
    static const char sockets[] = "sockets.";
    struct use *self = arg;
    if (strncmp(name, sockets, sizeof sockets - 1) != 0)
        return ph_strdup("");
    name += sizeof sockets - 1;
    self->count++;
    if (has_socket(self->surroundings, name))
        return ph_strdup("");
    strncpy(self->missing, name, sizeof self->missing - 1);
    return NULL;
}

/* Checks one value of the watcher; `line` is where it stands. */
static void check_value(struct use *self, const char *key, const char *text, unsigned line,
                        struct problems *problems)
{
    struct ph_error err;
    if (!text || expand_check(text, look_up, self, NULL) == 0)
        return;
    refuse_socket(self->surroundings, self->missing, &err);
    ph_error_prefix(&err, "%s = %.80s", key, text);
    problems_add(problems, line, &err);
}

/* Checks all that is expanded when a process is started. */
static void check_values(struct use *self, const struct watcher_options *watcher,
                         const config_setting_t *section, struct problems *problems)
{
    static const char *const keys[] = {"cmd", "args", "shell_args"}; /* in a plugin its own */
    for (size_t i = 0; watcher->kind == WATCHER_PROGRAM && i < sizeof keys / sizeof keys[0]; i++)
        check_value(self, keys[i], tree_option_text(section, keys[i]),
                    tree_option_line(section, keys[i]), problems);
    for (size_t i = 0; i < watcher->env.count; i++)
        check_value(self, watcher->env.items[i].key, watcher->env.items[i].value,
                    tree_option_line(section, "env"), problems);
    check_value(self, "working_dir", watcher->working_dir, tree_option_line(section, "working_dir"),
                problems);
}

static void check_stdin(struct use *self, const char *name, const config_setting_t *section,
                        struct problems *problems)
{
    struct ph_error err;
    if (!name)
        return;
    self->count++;
    if (has_socket(self->surroundings, name))
        return;
    refuse_socket(self->surroundings, name, &err);
    ph_error_prefix(&err, "stdin_socket = %.80s", name);
    problems_add(problems, tree_option_line(section, "stdin_socket"), &err);
}

void sockets_check_use(const struct watcher_options *watcher, const config_setting_t *section,
                       const struct surroundings *surroundings, struct problems *problems)
{
    struct use use = {.surroundings = surroundings};
    struct ph_error err;
    check_values(&use, watcher, section, problems);
    check_stdin(&use, watcher->stdin_socket, section, problems);
    if (!watcher->on_demand || use.count > 0 ||
        (watcher->use_sockets && surroundings->socket_count > 0))
        return;
    ph_error_set(&err, PH_INVALID, "on_demand = yes, but it has no sockets that could start it");
    ph_error_hint(&err, "name one in cmd, $(circus.sockets.NAME), or say use_sockets = yes");
    problems_add(problems, tree_option_line(section, "on_demand"), &err);
}
