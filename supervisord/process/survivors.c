#include "survivors.h"

#include "mark.h"
#include "proctable.h"

#include <alloc.h>
#include <string.h>

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

static void look_at(ph_log_t *log, const char *endpoint, const struct proc_stat *process,
                    char *environment)
{
    ssize_t size = proc_read(process->pid, "environ", environment, ENVIRONMENT_BYTES);
    if (size <= 0 || !find_variable(environment, (size_t)size, MARK_VARIABLE))
        return;
    const char *theirs = find_variable(environment, (size_t)size, "PLUGHOST_ENDPOINT");
    const char *watcher = find_variable(environment, (size_t)size, "PLUGHOST_WATCHER");
    if (theirs && strcmp(theirs, endpoint) == 0)
        ph_log(log, PH_LOG_WARNING,
               "%s: process %d ('%.16s') of an earlier plughostd still runs; nobody watches it",
               watcher ? watcher : "plughostd", (int)process->pid, process->name);
}

void survivors_tell(ph_log_t *log, const char *endpoint)
{
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    ph_cleanup(ph_freep) char *environment = ph_calloc(1, ENVIRONMENT_BYTES);
    const struct proc_stat *process = NULL;
    while (table && (process = proctable_next(table, process)))
        look_at(log, endpoint, process, environment);
}
