#include "by_hand.h"

#include <errno.h>

static void on_process_end(void *arg)
{
    const struct by_hand *self = arg;
    self->on_end(self->arg, "it has ended");
}

static void on_silence(void *arg)
{
    const struct by_hand *self = arg;
    self->on_end(self->arg, "it was not heard of any more");
}

int by_hand_begin(struct by_hand *self, loop_t *loop, pid_t pid)
{
    bool is_watched =
        pid > 0 && pid_watch_start(&self->process, loop, pid, on_process_end, self) == 0;
    if (pid > 0 && !is_watched && errno == ESRCH)
        return -1;
    self->pid = pid;
    self->silence =
        (struct watchdog){.timers = loop_timers(loop), .on_hang = on_silence, .arg = self};
    if (!is_watched)
        watchdog_start(&self->silence, BY_HAND_SILENCE_MS);
    return 0;
}

bool by_hand_has_ended(const struct by_hand *self)
{
    return pid_watch_has_ended(&self->process);
}

void by_hand_stop(struct by_hand *self)
{
    pid_watch_stop(&self->process);
    if (self->silence.timers)
        watchdog_stop(&self->silence);
}
