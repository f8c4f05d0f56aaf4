/* state.h - the life of a process as a table: what is not in it cannot happen. */
#pragma once

#include <stdbool.h>

enum process_state {
    PROCESS_STOPPED,
    PROCESS_SPAWNING, /* about to be executed */
    PROCESS_STARTING, /* executed, not yet ready */
    PROCESS_RUNNING,
    PROCESS_STOPPING, /* asked to end */
    PROCESS_BACKOFF,  /* died; waits for its next try */
    PROCESS_FAILED,   /* died too often */
    PROCESS_STATE_COUNT,
};

enum process_event {
    PROCESS_START,        /* somebody wants it to run */
    PROCESS_STOP,         /* somebody wants it to end */
    PROCESS_SPAWNED,      /* it was executed */
    PROCESS_SPAWN_FAILED, /* it could not be */
    PROCESS_READY,        /* it works */
    PROCESS_EXIT,         /* it ended */
    PROCESS_DELAY_OVER,   /* the time to wait is over */
    PROCESS_GIVE_UP,      /* too many deaths in a row */
    PROCESS_DONE,         /* its end is not answered by a restart */
    PROCESS_EVENT_COUNT,
};

/* Says whether `event` may happen in `state`, and then sets `*next`, the state that follows. */
bool process_transition(enum process_state state, enum process_event event,
                        enum process_state *next);

/* Returns the word for a state, such as "running". */
const char *process_state_name(enum process_state state);
