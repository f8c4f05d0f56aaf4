#include "killer.h"

#include <alloc.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

/* A process that was killed and has not ended yet. */
struct dying {
    killer_t *killer;
    struct loop_watch watch;
    pid_t pid;
    uint64_t start_ticks;
    struct dying *next;
};

struct killer {
    loop_t *loop;
    ph_log_t *log;
    killer_end_fn *on_end;
    void *arg;
    struct dying *dying;
};

static void dying_destroy(struct dying **dying_p)
{
    struct dying *dying = *dying_p;
    if (!dying)
        return;
    ph_closep(&dying->watch.fd);
    free(dying);
    *dying_p = NULL;
}

/* Takes it off the list and frees it. */
static void forget(killer_t *self, struct dying *dying)
{
    struct dying **link = &self->dying;
    while (*link != dying)
        link = &(*link)->next;
    *link = dying->next;
    loop_unwatch(self->loop, &dying->watch);
    dying_destroy(&dying);
}

/* It may still be the child of one that is dying too: then there is nothing to reap yet, and it is
 * seen again when it becomes ours. By its descriptor, since the number may be another's by now. */
static void take_end(void *arg)
{
    struct dying *dying = arg;
    killer_t *self = dying->killer;
    siginfo_t info;
    waitid(P_PIDFD, (id_t)dying->watch.fd, &info, WEXITED | WNOHANG);
    forget(self, dying);
    self->on_end(self->arg);
}

killer_t *killer_new(loop_t *loop, ph_log_t *log, killer_end_fn *on_end, void *arg)
{
    killer_t *self = ph_calloc(1, sizeof *self);
    *self = (killer_t){.loop = loop, .log = log, .on_end = on_end, .arg = arg};
    return self;
}

void killer_destroy(killer_t **self_p)
{
    killer_t *self = *self_p;
    if (!self)
        return;
    while (self->dying)
        forget(self, self->dying);
    free(self);
    *self_p = NULL;
}

static bool is_dying(const killer_t *self, const struct proc_stat *victim)
{
    for (const struct dying *dying = self->dying; dying; dying = dying->next)
        if (dying->pid == victim->pid && dying->start_ticks == victim->start_ticks)
            return true;
    return false;
}

/* Opens the process. Returns its pidfd, -1 when it is gone, -2 when it cannot be opened now. */
static int open_victim(const struct proc_stat *victim)
{
    struct proc_stat now;
    struct ph_error err = {0};
    ph_cleanup(ph_closep) int fd = pidfd_open(victim->pid, 0);
    if (fd < 0)
        return errno == ESRCH ? -1 : -2;
    /* Since the descriptor is open, the number cannot change hands between this look and it. */
    if (proc_stat_read(victim->pid, &now, &err) < 0)
        return err.code == PH_NOT_FOUND ? -1 : -2;
    return now.start_ticks == victim->start_ticks ? ph_steal_fd(&fd) : -1;
}

/* Whom we may not kill, because it became another user, is watched all the same: its end matters,
 * and trying again would not help. */
bool killer_kill(killer_t *self, const struct proc_stat *victim)
{
    if (is_dying(self, victim))
        return true;
    int fd = open_victim(victim);
    if (fd < 0)
        return fd == -1;
    ph_cleanup(dying_destroy) struct dying *dying = ph_calloc(1, sizeof *dying);
    *dying = (struct dying){.killer = self,
                            .watch = {.on_readable = take_end, .arg = dying, .fd = fd},
                            .pid = victim->pid,
                            .start_ticks = victim->start_ticks,
                            .next = self->dying};
    if (pidfd_send_signal(fd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        ph_log(self->log, PH_LOG_WARNING, "cannot kill process %d, which was left behind: %s",
               (int)victim->pid, strerrordesc_np(errno));
    else
        ph_log(self->log, PH_LOG_INFO, "killed process %d ('%s'), which was left behind",
               (int)victim->pid, victim->name);
    if (loop_watch(self->loop, &dying->watch, NULL) < 0)
        return false;
    self->dying = ph_steal(&dying);
    return true;
}
