#include "signals.h"

#include <alloc.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct signals {
    loop_t *loop;
    struct signals_listener listener;
    struct loop_watch watch;
    bool has_terminal; /* when the daemon was started */
};

/* What the caller of this program had ignored, nohup for one, stays so. */
static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t signals_taken(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (!is_ignored(numbers[i]))
            sigaddset(&set, numbers[i]);
    return set;
}

/* SIGHUP tells a program in a terminal that the terminal is gone, any other to open its log
 * again. */
static bool means_reopen(const signals_t *self, unsigned number)
{
    return number == SIGUSR1 || (number == SIGHUP && !self->has_terminal);
}

static void tell(const signals_t *self, const struct signalfd_siginfo *info)
{
    const struct signals_listener *listener = &self->listener;
    ph_cleanup(ph_freep) char *reason =
        ph_format("SIG%s from process %u", sigabbrev_np((int)info->ssi_signo), info->ssi_pid);
    if (!means_reopen(self, info->ssi_signo)) {
        listener->on_quit(listener->arg, reason);
        return;
    }
    listener->on_reopen(listener->arg);
    if (info->ssi_signo == SIGHUP)
        listener->on_hangup(listener->arg, reason);
}

static void on_readable(void *arg)
{
    const signals_t *self = arg;
    struct signalfd_siginfo info;
    while (read(self->watch.fd, &info, sizeof info) == sizeof info)
        tell(self, &info);
}

static bool is_in_terminal(void)
{
    ph_cleanup(ph_closep) int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    return terminal >= 0;
}

signals_t *signals_new(loop_t *loop, const struct signals_listener *listener, struct ph_error *err)
{
    ph_cleanup(signals_destroy) signals_t *self = ph_calloc(1, sizeof *self);
    sigset_t set = signals_taken();
    self->listener = *listener;
    self->has_terminal = is_in_terminal();
    self->watch =
        (struct loop_watch){on_readable, self, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (self->watch.fd < 0) {
        ph_error_sys(err, "cannot watch for signals");
        return NULL;
    }
    if (loop_watch(loop, &self->watch, err) < 0)
        return NULL;
    self->loop = loop;
    return ph_steal(&self);
}

void signals_destroy(signals_t **self_p)
{
    signals_t *self = *self_p;
    if (!self)
        return;
    if (self->loop)
        loop_unwatch(self->loop, &self->watch);
    ph_closep(&self->watch.fd);
    free(self);
    *self_p = NULL;
}
