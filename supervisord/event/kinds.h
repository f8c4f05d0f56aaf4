/* kinds.h - what events there are. */
#pragma once

#include <log.h>

enum event_kind {
    EVENT_DAEMON_START,
    EVENT_DAEMON_STOP,
    EVENT_DAEMON_RELOAD,
    EVENT_START,
    EVENT_SPAWN,
    EVENT_READY,
    EVENT_ERROR,
    EVENT_KILL,
    EVENT_SIGNAL,
    EVENT_REAP,
    EVENT_BACKOFF,
    EVENT_FAILED,
    EVENT_STOP,
    EVENT_RELOAD,
    EVENT_ADD,
    EVENT_REMOVE,
    EVENT_HOOK_SUCCESS,
    EVENT_HOOK_FAILURE,
    EVENT_LOST_OUTPUT,
    EVENT_STATS,
    EVENT_UPDATED,
    EVENT_KIND_COUNT,
};

struct event_info {
    const char *action;          /* the last part of the topic */
    bool is_daemon;              /* topic plughost.ACTION, else watcher.NAME.ACTION */
    enum ph_log_level log_level; /* how the daemon's log has it */
};

extern const struct event_info event_infos[EVENT_KIND_COUNT];
