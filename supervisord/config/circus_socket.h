/* circus_socket.h - [socket:NAME] of Circus's. */
#pragma once

#include "circus_draft.h"

/* Makes a section [socket:NAME], the name in small letters. One without options is left out. */
void circus_socket_take(struct circus_draft *draft, const struct ph_circus_section *source);
