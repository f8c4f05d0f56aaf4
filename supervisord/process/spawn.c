/* The child is made by clone with CLONE_VM and CLONE_VFORK: no page table is copied, the parent
 * waits until the exec, and what went wrong comes back through plain memory. Unlike fork it is safe
 * beside libzmq's threads, because the child only makes system calls and allocates nothing. */
#include "environment.h"
#include "launch.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 64 << 10 };

/* ---- which program ---- */

static const char *path_of(const char *const *envp)
{
    for (; *envp; envp++)
        if (strncmp(*envp, "PATH=", 5) == 0)
            return *envp + 5;
    return ENVIRONMENT_DEFAULT_PATH;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Returns the file that `name` means, which the caller frees: itself if it has a '/', else the
 * first executable one in the absolute folders of PATH, else the first one there of that name, so
 * that exec can say what is wrong with it. Returns NULL when there is none. */
static char *find_program(const char *name, const char *path)
{
    if (strchr(name, '/'))
        return ph_strdup(name);

    ph_cleanup(ph_freep) char *second_best = NULL;
    while (*path) {
        size_t length = strcspn(path, ":");
        ph_cleanup(ph_freep) char *file = ph_format("%.*s/%s", (int)length, path, name);
        path += length + (path[length] == ':');
        if (file[0] != '/' || length == 0) /* which folder that is depends on who asks */
            continue;
        if (!is_file(file))
            continue;
        if (access(file, X_OK) == 0)
            return ph_steal(&file);
        if (!second_best)
            second_best = ph_steal(&file);
    }
    return ph_steal(&second_best);
}

/* ---- what went wrong ---- */

/* Returns the mode of the program, seen from where the child stood; 0: there is none. */
static mode_t program_mode(const struct launch *launch)
{
    const char *folder = launch->spec->working_dir;
    bool is_relative = launch->program[0] != '/' && folder;
    ph_cleanup(ph_freep) char *path =
        ph_format("%s%s%s", is_relative ? folder : "", is_relative ? "/" : "", launch->program);
    struct stat status;
    return stat(path, &status) == 0 ? status.st_mode : 0;
}

static const char *why_no_access(const struct launch *launch, mode_t mode)
{
    if (S_ISDIR(mode))
        return "it is a directory";
    if (launch->identity && (mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        return "its user may not execute it";
    return S_ISREG(mode) ? "it has no permission to be executed" : strerrordesc_np(EACCES);
}

/* Says what an errno of exec means, which strerror does not. */
static const char *why_not_executed(const struct launch *launch)
{
    mode_t mode = program_mode(launch);
    if (launch->failed_errno == ENOENT && S_ISREG(mode))
        return "the interpreter that it names is missing";
    if (launch->failed_errno == EACCES)
        return why_no_access(launch, mode);
    if (launch->failed_errno == ENOEXEC)
        return "it is neither a program nor a script that begins with #!";
    if (launch->failed_errno == EAGAIN)
        return "its user has too many processes";
    return strerrordesc_np(launch->failed_errno);
}

/* Turns what the child left into a sentence that names the file. */
static int explain(const struct launch *launch, struct ph_error *err)
{
    bool is_exec = strcmp(launch->failed_step, "execute") == 0;
    const char *why = is_exec ? why_not_executed(launch) : strerrordesc_np(launch->failed_errno);
    if (launch->failed_object)
        ph_error_set(err, PH_SYSTEM, "could not %s '%s': %s", launch->failed_step,
                     launch->failed_object, why);
    else
        ph_error_set(err, PH_SYSTEM, "could not %s: %s", launch->failed_step, why);
    if (err)
        err->sys_errno = launch->failed_errno;
    return -1;
}

/* For errno of what comes before the child. */
static int explain_shortage(struct ph_error *err)
{
    switch (errno) {
    case EAGAIN:
        return ph_error_sys(err, "could not start a process: out of processes");
    case EMFILE:
    case ENFILE:
        return ph_error_sys(err, "could not start a process: out of descriptors");
    case ENOMEM:
        return ph_error_sys(err, "could not start a process: out of memory");
    default:
        return ph_error_sys(err, "could not start a process");
    }
}

/* ---- the clone ---- */

/* Runs the child up to its exec with all signals blocked: one that arrived in between would run
 * with two processes in one memory. The child's stack is a part of ours, which waits, and so costs
 * nothing; a sanitizer must not fence it. */
__attribute__((no_sanitize("address", "thread", "undefined"))) static pid_t
clone_child(struct launch *launch, int *pidfd)
{
    alignas(16) char stack[STACK_BYTES];
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | (launch->leave_from > 0 ? CLONE_FILES : 0);
    pid_t pid = clone(launch_run, stack + sizeof stack, flags | SIGCHLD, launch, pidfd);
    int saved = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return pid;
}

/* A child that changes its user makes the memory that it shares with us undumpable, and us with it:
 * there would be no core file of the daemon any more. */
static pid_t clone_dumpable(struct launch *launch, int *pidfd)
{
    if (!launch->identity)
        return clone_child(launch, pidfd);
    int before = prctl(PR_GET_DUMPABLE);
    pid_t pid = clone_child(launch, pidfd);
    int saved = errno;
    prctl(PR_SET_DUMPABLE, before);
    errno = saved;
    return pid;
}

static pid_t run(struct launch *launch, int *pidfd, struct ph_error *err)
{
    int new_pidfd = -1;
    pid_t pid = clone_dumpable(launch, &new_pidfd);
    if (pid < 0)
        return explain_shortage(err);
    if (launch->failed_step) {
        ph_closep(&new_pidfd);
        waitpid(pid, NULL, 0);
        return explain(launch, err);
    }
    *pidfd = new_pidfd;
    return pid;
}

/* Makes the list of all descriptors that the child gets, which the caller frees. */
static struct spawn_fd *collect_descriptors(const struct spawn_spec *spec, int null_fd,
                                            size_t *count)
{
    struct spawn_fd *fds = ph_calloc(spec->fd_count + 1, sizeof *fds);
    bool has_input = false;
    for (size_t i = 0; i < spec->fd_count; i++) {
        fds[i] = spec->fds[i];
        if (fds[i].from == SPAWN_NULL)
            fds[i].from = null_fd;
        has_input |= fds[i].to == STDIN_FILENO;
    }
    *count = spec->fd_count;
    if (!has_input)
        fds[(*count)++] = (struct spawn_fd){null_fd, STDIN_FILENO};
    return fds;
}

/* Has the child keep nothing but its own, if there are seats for all of that. */
static void take_seats(seats_t *seats, struct launch *launch)
{
    bool are_seated = seats_take(seats, &launch->cgroup_fd);
    for (size_t i = 0; i < launch->fd_count; i++)
        are_seated = are_seated && seats_take(seats, &launch->fds[i].from);
    if (are_seated)
        launch->leave_from = seats_end(seats);
}

pid_t spawn(const struct spawn_spec *spec, int *pidfd, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *program = find_program(spec->argv[0], path_of(spec->envp));
    if (!program)
        return ph_error_set(err, PH_NOT_FOUND, "could not execute '%s': it is not in PATH",
                            spec->argv[0]);

    ph_cleanup(ph_closep) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0)
        return explain_shortage(err);
    size_t fd_count;
    ph_cleanup(ph_freep) struct spawn_fd *fds = collect_descriptors(spec, null_fd, &fd_count);
    bool has_identity = spec->identity && spec->identity->is_set;
    struct launch launch = {.spec = spec,
                            .program = program,
                            .fds = fds,
                            .fd_count = fd_count,
                            .cgroup_fd = spec->cgroup_fd,
                            .identity = has_identity ? spec->identity : NULL,
                            .parent = getpid()};
    if (!spec->seats)
        return run(&launch, pidfd, err);
    take_seats(spec->seats, &launch);
    pid_t pid = run(&launch, pidfd, err);
    seats_clear(spec->seats);
    return pid;
}
