/* circus_hook.h - hooks.NAME of Circus's: functions in Python. */
#pragma once

#include "circus_draft.h"

/* Takes one hook, MODULE.FUNCTION and perhaps whether its errors are ignored, as a command that
 * runs it in a process of its own. */
void circus_hook_take(struct circus_part *part, const struct ph_circus_option *option);
