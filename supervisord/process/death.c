#include "death.h"

#include "signals.h"

#include <alloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static char *describe(int status)
{
    if (!WIFSIGNALED(status))
        return ph_format("exit status %d", WEXITSTATUS(status));
    ph_cleanup(ph_freep) char *name = signal_to_name(WTERMSIG(status));
    return ph_format("killed by %s%s", name, WCOREDUMP(status) ? " (core dumped)" : "");
}

bool death_reap(struct death *self, pid_t pid)
{
    int status = 0;
    kill(-pid, SIGKILL);
    if (waitpid(pid, &status, WNOHANG) == 0)
        return false;
    self->exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    free(self->cause);
    self->cause = describe(status);
    return true;
}

void death_set_cause(struct death *self, const char *cause)
{
    char *copy = ph_strdup(cause);
    free(self->cause);
    self->cause = copy;
}

void death_release(struct death *self)
{
    free(self->cause);
    self->cause = NULL;
}
