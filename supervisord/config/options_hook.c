#include "option_tables.h"

#define HOOK(word, kind, what)                                                                     \
    {                                                                                              \
        .name = "hooks." word, .sections = PROGRAMS, .type = OPTION_HOOK,                          \
        .offset = WATCHER(hooks[kind]), .fallback_text = "none", .change = CHANGE_NOTHING,         \
        .text = (what)                                                                             \
    }

/* Those that come before something may forbid it. */
const struct option_spec hook_specs[] = {
    HOOK("before_start", HOOK_BEFORE_START,
         "Run before the watcher starts. If it fails, the watcher does not start; with 'ignore',\n"
         "here and below, its failure is only told. Circus's ignore_errors and true are the same."),
    HOOK("after_start", HOOK_AFTER_START, "Run when all its processes are up."),
    HOOK("before_spawn", HOOK_BEFORE_SPAWN,
         "Run before each process is started. If it fails, that counts as a death of the process."),
    HOOK("after_spawn", HOOK_AFTER_SPAWN, "Run when a process was started."),
    HOOK("before_stop", HOOK_BEFORE_STOP,
         "Run before the watcher stops. If it fails, the watcher goes on running; but the end of\n"
         "the daemon asks no hook."),
    HOOK("after_stop", HOOK_AFTER_STOP, "Run when all its processes have ended."),
    HOOK("before_signal", HOOK_BEFORE_SIGNAL,
         "Run before a signal is sent to a process. If it fails, the signal is not sent, unless\n"
         "it is SIGKILL."),
    HOOK("after_signal", HOOK_AFTER_SIGNAL, "Run when a signal was sent to a process."),
    HOOK("before_reap", HOOK_BEFORE_REAP,
         "Run when a process has ended, before that is told; it cannot be prevented."),
    HOOK("after_reap", HOOK_AFTER_REAP, "Run when it was told that a process has ended."),
    {.name = "hook_copy_env",
     .sections = PROGRAMS,
     .type = OPTION_BOOL,
     .offset = WATCHER(hook_copy_env),
     .fallback = "no",
     .change = CHANGE_NOTHING,
     .text = "Hooks get the environment of the daemon too, also where copy_env says no."},
    {.name = "hook_timeout",
     .sections = PROGRAMS,
     .type = OPTION_SECONDS,
     .offset = WATCHER(hook_timeout_ms),
     .min = 0.001,
     .max = 86400,
     .fallback = "30",
     .change = CHANGE_NOTHING,
     .text = "A hook that runs longer is killed, and has failed."},
    {0},
};
