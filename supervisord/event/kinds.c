#include "kinds.h"

const struct event_info event_infos[EVENT_KIND_COUNT] = {
    [EVENT_DAEMON_START] = {"start", .is_daemon = true, .log_level = PH_LOG_INFO},
    [EVENT_DAEMON_STOP] = {"stop", .is_daemon = true, .log_level = PH_LOG_INFO},
    [EVENT_START] = {"start", .log_level = PH_LOG_INFO},
    [EVENT_SPAWN] = {"spawn", .log_level = PH_LOG_INFO},
    [EVENT_READY] = {"ready", .log_level = PH_LOG_DEBUG},
    [EVENT_ERROR] = {"error", .log_level = PH_LOG_ERROR},
    [EVENT_KILL] = {"kill", .log_level = PH_LOG_INFO},
    [EVENT_SIGNAL] = {"signal", .log_level = PH_LOG_INFO},
    [EVENT_REAP] = {"reap", .log_level = PH_LOG_INFO},
    [EVENT_BACKOFF] = {"backoff", .log_level = PH_LOG_INFO},
    [EVENT_FAILED] = {"failed", .log_level = PH_LOG_ERROR},
    [EVENT_STOP] = {"stop", .log_level = PH_LOG_INFO},
    [EVENT_RELOAD] = {"reload", .log_level = PH_LOG_INFO},
    [EVENT_ADD] = {"add", .log_level = PH_LOG_INFO},
    [EVENT_REMOVE] = {"remove", .log_level = PH_LOG_INFO},
    [EVENT_HOOK_SUCCESS] = {"hook_success", .log_level = PH_LOG_DEBUG},
    [EVENT_HOOK_FAILURE] = {"hook_failure", .log_level = PH_LOG_WARNING},
    [EVENT_LOST_OUTPUT] = {"lost_output", .log_level = PH_LOG_WARNING},
    [EVENT_STATS] = {"stats", .log_level = PH_LOG_DEBUG},
    [EVENT_UPDATED] = {"updated", .log_level = PH_LOG_INFO},
};
