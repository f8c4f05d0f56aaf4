#include "survivors.h"

#include "mark.h"
#include "proctable.h"

#include <alloc.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

enum { ENVIRONMENT_BYTES = 128 << 10 };

/* Returns the value of a variable in an environment as /proc has it, or NULL. */
static const char *find_variable(const char *environment, size_t size, const char *name)
{
    size_t length = strlen(name);
    for (size_t at = 0; at < size; at += strlen(environment + at) + 1)
        if (strncmp(environment + at, name, length) == 0 && environment[at + length] == '=')
            return environment + at + length + 1;
    return NULL;
}

/* Through a pidfd, which is opened first: so nobody else is hit that was given the number since. */
static bool kill_process(const struct proc_stat *process)
{
    struct proc_stat now;
    ph_cleanup(ph_closep) int pidfd = pidfd_open(process->pid, 0);
    return pidfd >= 0 && proc_stat_read(process->pid, &now, NULL) == 0 &&
           now.start_ticks == process->start_ticks &&
           pidfd_send_signal(pidfd, SIGKILL, NULL, 0) == 0;
}

static void look_at(ph_log_t *log, const char *endpoint, const struct proc_stat *process,
                    char *environment)
{
    ssize_t read = proc_read(process->pid, "environ", environment, ENVIRONMENT_BYTES);
    size_t size = read > 0 ? (size_t)read : 0;
    const char *theirs = find_variable(environment, size, "PLUGHOST_ENDPOINT");
    if (!theirs || strcmp(theirs, endpoint) != 0 ||
        !find_variable(environment, size, MARK_VARIABLE))
        return;
    const char *watcher = find_variable(environment, size, "PLUGHOST_WATCHER");
    bool may_live = find_variable(environment, size, SURVIVES_VARIABLE);
    bool is_killed = !may_live && kill_process(process);
    ph_log(log, PH_LOG_WARNING, "%s: process %d ('%.16s') of an earlier plughostd %s",
           watcher ? watcher : "plughostd", (int)process->pid, process->name,
           is_killed ? "was left behind and is killed" : "still runs; nobody watches it");
}

void survivors_settle(ph_log_t *log, const char *endpoint)
{
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    ph_cleanup(ph_freep) char *environment = ph_calloc(1, ENVIRONMENT_BYTES);
    const struct proc_stat *process = NULL;
    while (table && (process = proctable_next(table, process)))
        look_at(log, endpoint, process, environment);
}
