#include "state.h"

/* One more than the state, so that an empty field means: cannot happen. */
#define TO(state) ((state) + 1)

static const int transitions[PROCESS_STATE_COUNT][PROCESS_EVENT_COUNT] = {
    [PROCESS_STOPPED] = {[PROCESS_START] = TO(PROCESS_SPAWNING)},
    [PROCESS_SPAWNING] = {[PROCESS_SPAWNED] = TO(PROCESS_STARTING),
                          [PROCESS_SPAWN_FAILED] = TO(PROCESS_BACKOFF),
                          [PROCESS_STOP] = TO(PROCESS_STOPPED)},
    [PROCESS_STARTING] = {[PROCESS_READY] = TO(PROCESS_RUNNING),
                          [PROCESS_EXIT] = TO(PROCESS_BACKOFF),
                          [PROCESS_STOP] = TO(PROCESS_STOPPING)},
    [PROCESS_RUNNING] =
        {[PROCESS_EXIT] = TO(PROCESS_BACKOFF), [PROCESS_STOP] = TO(PROCESS_STOPPING)},
    [PROCESS_STOPPING] = {[PROCESS_EXIT] = TO(PROCESS_STOPPED)},
    [PROCESS_BACKOFF] = {[PROCESS_DELAY_OVER] = TO(PROCESS_SPAWNING),
                         [PROCESS_GIVE_UP] = TO(PROCESS_FAILED),
                         [PROCESS_DONE] = TO(PROCESS_STOPPED),
                         [PROCESS_START] = TO(PROCESS_SPAWNING),
                         [PROCESS_STOP] = TO(PROCESS_STOPPED)},
    [PROCESS_FAILED] = {[PROCESS_DELAY_OVER] = TO(PROCESS_SPAWNING),
                        [PROCESS_START] = TO(PROCESS_SPAWNING),
                        [PROCESS_STOP] = TO(PROCESS_STOPPED)},
};

bool process_transition(enum process_state state, enum process_event event,
                        enum process_state *next)
{
    int to = transitions[state][event];
    if (to == 0)
        return false;
    *next = (enum process_state)(to - 1);
    return true;
}

const char *process_state_name(enum process_state state)
{
    static const char *const names[PROCESS_STATE_COUNT] = {
        [PROCESS_STOPPED] = "stopped",   [PROCESS_SPAWNING] = "spawning",
        [PROCESS_STARTING] = "starting", [PROCESS_RUNNING] = "running",
        [PROCESS_STOPPING] = "stopping", [PROCESS_BACKOFF] = "backoff",
        [PROCESS_FAILED] = "failed",
    };
    return names[state];
}
