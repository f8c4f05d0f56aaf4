#include "supervisor_socket.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

bool supervisor_socket_knows(const char *key)
{
    return strcmp(key, "socket") == 0 || strncmp(key, "socket_", 7) == 0;
}

static bool take_address(struct supervisor_part *self, const struct ph_circus_option *option,
                         const char *address)
{
    struct place place = circus_place(option);
    const char *path = circus_behind(address, "unix://");
    const char *host = circus_behind(address, "tcp://");
    const char *colon = host ? strrchr(host, ':') : NULL;
    if (path && *path == '/') {
        circus_part_set(&self->to, "path", path, place);
        return true;
    }
    if (!colon || colon == host || !colon[1]) {
        circus_refuse(self->to.draft, option, "not an address", "tcp://HOST:PORT or unix:///PATH");
        return false;
    }
    ph_cleanup(ph_freep) char *name = ph_strndup(host, (size_t)(colon - host));
    circus_part_set(&self->to, "host", name, place);
    circus_part_set(&self->to, "port", colon + 1, place);
    return true;
}

/* The mode of the file says who may connect; here the umask does. */
static void take_mode(struct supervisor_part *self)
{
    const struct ph_circus_option *option = supervisor_part_option(self, "socket_mode");
    ph_cleanup(ph_freep) char *value =
        option ? supervisor_part_value(self, option, NOW) : ph_strdup("0700");
    char *end = NULL;
    unsigned long mode = value ? strtoul(value, &end, 8) : 0;
    if (!value)
        return;
    if (end == value || *end || mode > 0777) {
        circus_refuse(self->to.draft, option, "not a mode", "octal number, 0 to 0777");
        return;
    }
    ph_cleanup(ph_freep) char *umask = ph_format("%03lo", 0777 & ~mode);
    if (option)
        circus_part_set(&self->to, "umask", umask, circus_place(option));
    else
        supervisor_part_set(self, "umask", umask);
}

bool supervisor_socket_take(struct supervisor_part *part, const char *name)
{
    struct supervisor_part self = *part;
    const struct ph_circus_option *socket = supervisor_part_option(part, "socket");
    const struct ph_circus_option *backlog = supervisor_part_option(part, "socket_backlog");
    const struct ph_circus_option *owner = supervisor_part_option(part, "socket_owner");
    if (!socket) {
        struct ph_error err;
        ph_error_set(&err, PH_INVALID, "[%s] has no 'socket'", part->to.source->name);
        ph_error_hint(&err, "add a line 'socket = tcp://HOST:PORT' or 'socket = unix:///PATH'");
        problems_add(part->to.draft->problems, circus_section_place(part->to.source), &err);
        return false;
    }
    ph_cleanup(ph_freep) char *address = supervisor_part_value(part, socket, NOW);
    ph_cleanup(ph_freep) char *title = ph_format("socket:%s", name);
    self.to.section =
        tree_add_section(part->to.draft->tree, title, circus_section_place(part->to.source));
    if (!address || !take_address(&self, socket, address))
        return false;
    if (circus_behind(address, "unix://"))
        take_mode(&self);
    if (backlog)
        supervisor_part_add(&self, "backlog", backlog, NOW);
    supervisor_part_set(&self, "blocking", "yes");
    if (owner)
        supervisor_part_tell(part, owner, "the file belongs to the user of the daemon");
    return true;
}
