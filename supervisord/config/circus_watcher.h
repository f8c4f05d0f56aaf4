/* circus_watcher.h - [watcher:NAME] of Circus's. */
#pragma once

#include "circus_draft.h"

/* Makes a section [watcher:NAME], and [env:NAME] with its variables, of one of Circus's. One
 * without options is left out, as in Circus, and so is a singleton of several processes, with a
 * notice. */
void circus_watcher_take(struct circus_draft *draft, const struct ph_circus_section *source);

/* Takes the options that any watcher of Circus's has into a section; the others it keeps as labels,
 * unless the section is of a plugin. */
void circus_watcher_take_options(struct circus_part *part);

/* Makes a section [env:NAME] of variables. */
void circus_watcher_take_env(struct circus_draft *draft, const char *name,
                             const struct circus_env *env);
