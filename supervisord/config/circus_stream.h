/* circus_stream.h - stdout_stream.* and stderr_stream.* of Circus's. */
#pragma once

#include "circus_draft.h"

/* Takes one option of a stream. */
void circus_stream_take(struct circus_part *part, const struct ph_circus_option *option);
