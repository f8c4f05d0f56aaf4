/* supervisor_socket.h - the socket of an [fcgi-program:NAME]. */
#pragma once

#include "supervisor_part.h"

/* Makes a section [socket:NAME] for the program of `part`, whose name is `name`. Returns whether it
 * could. */
bool supervisor_socket_take(struct supervisor_part *part, const char *name);

/* Says whether an option is about the socket, and so is taken by the above. */
bool supervisor_socket_knows(const char *key);
