#include "spawn_names.h"

#include "expand.h"

#include <alloc.h>
#include <string.h>

/* Returns what stands behind a prefix, or NULL. */
static const char *behind(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

const char *spawn_names_socket(const char *name)
{
    return behind(name, "sockets.");
}

static char *socket_number(const struct spawn_names *self, const char *name)
{
    int number = socket_share_number(self->share, name);
    return number < 0 ? NULL : ph_format("%d", number);
}

static char *look_up(void *arg, const char *name)
{
    const struct spawn_names *self = arg;
    const struct watcher_options *options = self->options;
    const char *variable = behind(name, "env."), *socket = spawn_names_socket(name);
    if (variable)
        return ph_strdup(watcher_options_variable(options, variable));
    if (socket)
        return socket_number(self, socket);
    if (strcmp(name, "wid") == 0)
        return ph_format("%d", self->wid);
    if (strcmp(name, "name") == 0)
        return ph_strdup(options->name);
    if (strcmp(name, "working_dir") == 0)
        return ph_strdup(options->working_dir);
    if (strcmp(name, "uid") == 0)
        return ph_strdup(options->uid);
    if (strcmp(name, "gid") == 0)
        return ph_strdup(options->gid);
    if (strcmp(name, "numprocesses") == 0)
        return ph_format("%lld", (long long)options->numprocesses);
    return NULL;
}

char *spawn_names_expand(const struct spawn_names *self, const char *text)
{
    struct spawn_names names = *self;
    return expand(text, look_up, &names);
}
