/* hooks.h - commands and methods of plugins that run around the life of a watcher. */
#pragma once

#include <stdbool.h>

enum hook_kind {
    HOOK_BEFORE_START,
    HOOK_AFTER_START,
    HOOK_BEFORE_SPAWN,
    HOOK_AFTER_SPAWN,
    HOOK_BEFORE_STOP,
    HOOK_AFTER_STOP,
    HOOK_BEFORE_SIGNAL,
    HOOK_AFTER_SIGNAL,
    HOOK_BEFORE_REAP,
    HOOK_AFTER_REAP,
    HOOK_COUNT,
};

struct hook_options {
    char **cmd; /* words, ended by NULL: a program and its arguments, or "plugin:NAME" and a method;
                 * NULL: there is no such hook */
    bool ignore; /* its failure is only told */
};

/* Says whether it is a method of a plugin. */
bool hook_is_method(const struct hook_options *self);

/* Returns the name of a hook, such as "before_start". */
const char *hook_name(enum hook_kind kind);
