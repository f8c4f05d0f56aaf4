/* sender.h - which process is at the other end of a connection, as the kernel tells. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct sender {
    bool is_told; /* by the kernel, which knows it of Unix sockets only */
    pid_t pid;    /* 0: not known, or in another namespace */
    uid_t uid;
};

/* Reads what libzmq says of a peer, its "Peer-Address"; NULL if it says nothing. */
struct sender sender_read(const char *address);

/* Says whether it has the rights of this daemon's user. */
bool sender_is_trusted(const struct sender *self);
