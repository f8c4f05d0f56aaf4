/* supervisor_stream.h - stdout_logfile and what belongs to it. */
#pragma once

#include "supervisor_part.h"

/* Makes the options of both streams of a watcher. */
void supervisor_stream_take(struct supervisor_part *part);

/* Says whether an option of a program is about its output, and so is taken by the above. */
bool supervisor_stream_knows(const char *key);

/* Returns a size such as 50MB as it is written here, which the caller frees. */
char *supervisor_stream_size(const char *text);
