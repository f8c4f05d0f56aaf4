#include "check.h"

#include <alloc.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who said hello: COMMAND itself, or what it has started. */
static pid_t plugin_pid(const trial_t *trial)
{
    size_t index = record_find(trial->record, 0, ENTRY_REQUEST, "plugin.hello");
    const ph_value_t *properties = entry_properties(record_at(trial->record, index));
    int64_t pid = ph_value_int(ph_value_get(properties, "pid"), 0);
    bool is_one_of_it =
        pid > 1 && pid < (1 << 30) && getpgid((pid_t)pid) == program_pid(trial->program);
    return is_one_of_it ? (pid_t)pid : program_pid(trial->program);
}

static bool has_in_argv(pid_t pid, const char *text)
{
    ph_cleanup(ph_freep) char *path = ph_format("/proc/%d/cmdline", (int)pid);
    ph_cleanup(ph_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    char argv[65536];
    ssize_t size = fd < 0 ? 0 : read(fd, argv, sizeof argv);
    return size > 0 && memmem(argv, (size_t)size, text, strlen(text));
}

void check_argv(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    pid_t pids[] = {program_pid(trial->program), plugin_pid(trial)};
    for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++)
        if (has_in_argv(pids[i], trial->token)) {
            verdict_fail(verdict, "the token stands in the argv of process %d", (int)pids[i]);
            return;
        }
}

static void close_folder(DIR **folder_p)
{
    if (*folder_p)
        closedir(*folder_p);
}

static bool is_inheritance(DIR *folder, const char *name)
{
    char target[256];
    ssize_t size = readlinkat(dirfd(folder), name, target, sizeof target);
    return size > 0 &&
           memmem(target, (size_t)size, PROGRAM_INHERITANCE, strlen(PROGRAM_INHERITANCE));
}

void check_descriptor(trial_t *trial, struct verdict *verdict)
{
    if (trial_reach_ready(trial, 0, verdict) < 0)
        return;
    pid_t pid = plugin_pid(trial);
    ph_cleanup(ph_freep) char *path = ph_format("/proc/%d/fd", (int)pid);
    ph_cleanup(close_folder) DIR *folder = opendir(path);
    if (!folder) {
        verdict_skip(verdict, "'%s' cannot be read", path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (is_inheritance(folder, entry->d_name)) {
            verdict_fail(verdict, "process %d has it open as descriptor %s", (int)pid,
                         entry->d_name);
            return;
        }
}
