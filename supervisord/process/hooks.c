#include "hooks.h"

#include <string.h>

bool hook_is_method(const struct hook_options *self)
{
    static const char prefix[] = "plugin:";
    return self->cmd && strncmp(self->cmd[0], prefix, sizeof prefix - 1) == 0;
}

const char *hook_name(enum hook_kind kind)
{
    static const char *const names[HOOK_COUNT] = {
        [HOOK_BEFORE_START] = "before_start",   [HOOK_AFTER_START] = "after_start",
        [HOOK_BEFORE_SPAWN] = "before_spawn",   [HOOK_AFTER_SPAWN] = "after_spawn",
        [HOOK_BEFORE_STOP] = "before_stop",     [HOOK_AFTER_STOP] = "after_stop",
        [HOOK_BEFORE_SIGNAL] = "before_signal", [HOOK_AFTER_SIGNAL] = "after_signal",
        [HOOK_BEFORE_REAP] = "before_reap",     [HOOK_AFTER_REAP] = "after_reap",
    };
    return names[kind];
}
