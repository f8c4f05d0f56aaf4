/* supervisor_program.h - [program:NAME] and [fcgi-program:NAME] of supervisord's. */
#pragma once

#include "supervisor_part.h"

/* Makes a section [watcher:NAME] of one; or, where the values have the number of the process in
 * them, one for each process. Defaults that differ from ours are written. */
void supervisor_program_take(struct supervisor_part *part);

/* The same with a section [socket:NAME]. */
void supervisor_program_take_fcgi(struct supervisor_part *part);
