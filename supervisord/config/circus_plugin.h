/* circus_plugin.h - [plugin:NAME] of Circus's. */
#pragma once

#include "circus_draft.h"

/* Notes the flapping plugin, whose work the daemon does itself, for the watchers that are taken
 * after this. */
void circus_plugin_find_flapping(struct circus_draft *draft);

/* Makes of a plugin that comes with Circus a section [plugin:NAME] of ours; of another class a
 * watcher "plugin:NAME" that runs Circus's own runner. One without options is left out. */
void circus_plugin_take(struct circus_draft *draft, const struct ph_circus_section *source);
