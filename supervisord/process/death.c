#include "death.h"

#include "signals.h"

#include <alloc.h>
#include <clock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* `exit_code` is as in struct death. */
static char *describe(int exit_code, bool has_core)
{
    if (exit_code >= 0)
        return ph_format("exit status %d", exit_code);
    ph_cleanup(ph_freep) char *name = signal_to_name(-exit_code);
    return ph_format("killed by %s%s", name, has_core ? " (core dumped)" : "");
}

static int64_t milliseconds(const struct timeval *time)
{
    return (int64_t)time->tv_sec * 1000 + time->tv_usec / 1000;
}

bool death_reap(struct death *self, pid_t pid)
{
    int status = 0;
    struct rusage usage = {0};
    kill(-pid, SIGKILL);
    if (wait4(pid, &status, WNOHANG, &usage) == 0)
        return false;
    death_release(self);
    self->pid = pid;
    self->time = ph_clock_wall();
    self->exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    self->cause = describe(self->exit_code, WIFSIGNALED(status) && WCOREDUMP(status));
    self->user_ms = milliseconds(&usage.ru_utime);
    self->system_ms = milliseconds(&usage.ru_stime);
    self->max_rss_bytes = (int64_t)usage.ru_maxrss * 1024;
    return true;
}

char *death_foresee(pid_t pid)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
        return ph_strdup("it has ended"); /* a debugger holds it */
    bool is_exit = info.si_code == CLD_EXITED;
    return describe(is_exit ? info.si_status : -info.si_status, info.si_code == CLD_DUMPED);
}

void death_set_cause(struct death *self, const char *cause)
{
    ph_replace_text(&self->cause, cause);
}

void death_before_birth(struct death *self, const char *cause)
{
    char *copy = ph_strdup(cause);
    death_release(self);
    self->time = ph_clock_wall();
    self->exit_code = 127; /* as a shell has it */
    self->uptime_ms = -1;
    self->cause = copy;
}

void death_copy(struct death *self, const struct death *other)
{
    *self = *other;
    self->cause = ph_strdup(other->cause);
    self->output = ph_strdup(other->output);
}

void death_release(struct death *self)
{
    free(self->cause);
    free(self->output);
    *self = (struct death){.wid = self->wid};
}

void death_log_add(struct death_log *self, const struct death *death)
{
    struct death *place = &self->items[self->count++ % DEATH_LOG_SIZE];
    death_release(place);
    death_copy(place, death);
}

const struct death *death_log_at(const struct death_log *self, size_t index)
{
    if (index >= self->count || index >= DEATH_LOG_SIZE)
        return NULL;
    return &self->items[(self->count - 1 - index) % DEATH_LOG_SIZE];
}

void death_log_release(struct death_log *self)
{
    for (size_t i = 0; i < DEATH_LOG_SIZE; i++)
        death_release(&self->items[i]);
}
