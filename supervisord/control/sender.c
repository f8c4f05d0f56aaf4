#include "sender.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Reads a number and the ':' behind it, if it is not the last. Returns false when there is none.
 * Every event that is published does this, without the signs, bases and blanks of strtoul. */
static bool take_number(const char **at, bool is_last, uint32_t *number)
{
    const char *c = *at;
    for (*number = 0; *c >= '0' && *c <= '9'; c++)
        *number = 10 * *number + (uint32_t)(*c - '0');
    bool is_number = c != *at && *c == (is_last ? '\0' : ':');
    *at = c + !is_last;
    return is_number;
}

/* Of the peer of a Unix socket libzmq says "localhost:UID:GID:PID". */
struct sender sender_read(const char *address)
{
    static const char prefix[] = "localhost:";
    struct sender sender = {0};
    uint32_t uid, gid, pid;
    if (!address || strncmp(address, prefix, sizeof prefix - 1) != 0)
        return sender;
    address += sizeof prefix - 1;
    if (take_number(&address, false, &uid) && take_number(&address, false, &gid) &&
        take_number(&address, true, &pid))
        sender = (struct sender){.is_told = true, .pid = (pid_t)pid, .uid = uid};
    return sender;
}

bool sender_is_trusted(const struct sender *self)
{
    return self->pid > 0 && (self->uid == geteuid() || self->uid == 0);
}
