/* The command that lists sockets. */
#include "command.h"

int command_listsockets(struct command_call *call, struct ph_error *err)
{
    (void)err;
    const sockets_t *sockets = supervisor_host(call->supervisor)->sockets;
    ph_writer_array(call->reply, "sockets");
    for (size_t i = 0; i < sockets_count(sockets); i++) {
        const struct socket_info *info = sockets_at(sockets, i);
        ph_writer_map(call->reply, NULL);
        ph_writer_int(call->reply, "fd", info->fd);
        ph_writer_string(call->reply, "name", info->name);
        ph_writer_int(call->reply, "backlog", info->backlog);
        if (info->path) {
            ph_writer_string(call->reply, "path", info->path);
        } else {
            ph_writer_string(call->reply, "host", info->host);
            ph_writer_int(call->reply, "port", info->port);
        }
        ph_writer_end(call->reply);
    }
    ph_writer_end(call->reply);
    return 0;
}
