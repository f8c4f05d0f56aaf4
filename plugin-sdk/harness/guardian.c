#include "guardian.h"

#include "guarding.h"

#include <alloc.h>
#include <clock.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    START_MS = 10000,
    KILL_MS = 10000, /* what is left is killed one after the other */
};

struct guardian {
    pid_t pid;   /* of the guardian; 0: there is none */
    int channel; /* to it; -1: closed */
    struct guardian_report report;
};

/* Takes the next report. Returns false when the time is over, or the guardian is gone. */
static bool take_report(guardian_t *self, int timeout_ms)
{
    struct pollfd item = {.fd = self->channel, .events = POLLIN};
    struct guardian_report report;
    int64_t deadline = ph_clock_ms() + timeout_ms;
    for (;;) {
        int64_t left = deadline - ph_clock_ms();
        int count = poll(&item, 1, left > 0 ? (int)left : 0);
        if (count > 0 || (count < 0 && errno != EINTR) || (count == 0 && left <= 0))
            break;
    }
    if (recv(self->channel, &report, sizeof report, MSG_DONTWAIT) != (ssize_t)sizeof report)
        return false;
    self->report = report;
    return true;
}

/* The mask goes along, so that no handler of the test runs in the guardian. */
static pid_t fork_guardian(const struct guarding *guarding)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        guarding_run(guarding);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

static int start(guardian_t *self, const char *const *argv, const char *output,
                 struct ph_error *err)
{
    int ends[2];
    ph_cleanup(ph_closep) int test = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (test < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return ph_error_sys(err, "cannot start '%s'", argv[0]);
    self->channel = ends[0];
    ph_cleanup(ph_closep) int theirs = ends[1];
    struct guarding guarding = {.argv = argv, .output = output, .channel = theirs, .test = test};
    self->pid = fork_guardian(&guarding);
    if (self->pid < 0)
        return ph_error_sys(err, "cannot start '%s'", argv[0]);
    if (!take_report(self, START_MS) || self->report.pid < 0)
        return ph_error_set(err, PH_SYSTEM, "cannot start '%s': its guardian has ended", argv[0]);
    return 0;
}

guardian_t *guardian_new(const char *const *argv, const char *output, struct ph_error *err)
{
    ph_cleanup(guardian_destroy) guardian_t *self = ph_calloc(1, sizeof *self);
    self->channel = -1;
    return start(self, argv, output, err) < 0 ? NULL : ph_steal(&self);
}

/* A closed channel is the order to kill; the guardian ends when nothing is left. */
void guardian_destroy(guardian_t **self_p)
{
    guardian_t *self = *self_p;
    if (!self)
        return;
    ph_closep(&self->channel);
    if (self->pid > 0)
        while (waitpid(self->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    free(self);
    *self_p = NULL;
}

const struct guardian_report *guardian_report(const guardian_t *self)
{
    return &self->report;
}

int guardian_fd(const guardian_t *self)
{
    return self->channel;
}

bool guardian_wait_end(guardian_t *self, int timeout_ms)
{
    if (!self->report.has_ended)
        take_report(self, timeout_ms);
    return self->report.has_ended;
}

int guardian_stop(guardian_t *self, int grace_ms, struct ph_error *err)
{
    send(self->channel, &grace_ms, sizeof grace_ms, MSG_NOSIGNAL);
    while (!self->report.is_final)
        if (!take_report(self, grace_ms + KILL_MS))
            return ph_error_set(err, PH_SYSTEM,
                                "the process that guards %d has ended, or cannot end what is left",
                                (int)self->report.pid);
    return 0;
}
