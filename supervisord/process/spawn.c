/* The child is made by clone with CLONE_VM and CLONE_VFORK: no page table is copied, the parent
 * waits until the exec, and what went wrong comes back through plain memory. Unlike fork it is safe
 * beside libzmq's threads, because the child only makes system calls and allocates nothing. */
#include "spawn.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 64 << 10 };

/* What child and parent share until the exec. */
struct launch {
    const struct spawn_spec *spec;
    const char *program; /* with a '/' */
    int null_fd;
    pid_t parent;
    const char *failed_step;   /* set by the child */
    const char *failed_object; /* what the step was about, or NULL */
    int failed_errno;
};

/* ---- in the child ---- */

static bool step(struct launch *launch, const char *name, const char *object, bool is_done)
{
    if (is_done)
        return true;
    launch->failed_errno = errno;
    launch->failed_step = name;
    launch->failed_object = object;
    return false;
}

/* The handlers of the daemon must not run in the child, which shares its memory. */
static bool reset_signals(void)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &by_default, NULL); /* refuses SIGKILL and SIGSTOP, which is right */
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* Makes a descriptor another one that stays open over exec; dup2 alone does nothing for the same
 * number. */
static bool put_descriptor(int from, int to)
{
    return from == to ? fcntl(from, F_SETFD, 0) == 0 : dup2(from, to) >= 0;
}

static bool place_descriptors(const struct launch *launch)
{
    int inherited = launch->spec->inherited_fd;
    /* First, since it clears close-on-exec on the copies only: everything else is closed by
     * exec. */
    if (close_range(SPAWN_INHERITED_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return false;
    return put_descriptor(launch->null_fd, STDIN_FILENO) &&
           (inherited < 0 || put_descriptor(inherited, SPAWN_INHERITED_FD));
}

/* A daemon that died before prctl took effect would leave an orphan. */
static bool die_with_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) static int child_main(void *arg)
{
    struct launch *launch = arg;
    const struct spawn_spec *spec = launch->spec;
    if (step(launch, "set up signals", NULL, reset_signals()) &&
        step(launch, "start a session", NULL, setsid() >= 0) &&
        step(launch, "tie it to the daemon", NULL, die_with_parent(launch->parent)) &&
        step(launch, "set up descriptors", NULL, place_descriptors(launch)) &&
        step(launch, "limit descriptors", NULL,
             !spec->descriptors || setrlimit(RLIMIT_NOFILE, spec->descriptors) == 0) &&
        step(launch, "enter working directory", spec->working_dir,
             !spec->working_dir || chdir(spec->working_dir) == 0)) {
        execve(launch->program, (char *const *)(uintptr_t)spec->argv,
               (char *const *)(uintptr_t)spec->envp);
        step(launch, "execute", launch->program, false);
    }
    _exit(127);
}

/* ---- in the parent ---- */

static const char *path_of(const char *const *envp)
{
    for (; *envp; envp++)
        if (strncmp(*envp, "PATH=", 5) == 0)
            return *envp + 5;
    return "/usr/local/bin:/usr/bin:/bin";
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
        if (is_file(file) && access(file, X_OK) == 0)
            return ph_steal(&file);
        if (is_file(file) && !second_best)
            second_best = ph_steal(&file);
    }
    return ph_steal(&second_best);
}

/* Returns the kind of file that the program is, seen from where the child stood; 0: there is
 * none. */
static mode_t program_mode(const struct launch *launch)
{
    const char *folder = launch->spec->working_dir;
    bool is_relative = launch->program[0] != '/' && folder;
    ph_cleanup(ph_freep) char *path =
        ph_format("%s%s%s", is_relative ? folder : "", is_relative ? "/" : "", launch->program);
    struct stat status;
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

/* Says what an errno of exec means, which strerror does not. */
static const char *why_not_executed(const struct launch *launch)
{
    mode_t mode = program_mode(launch);
    if (launch->failed_errno == ENOENT && mode == S_IFREG)
        return "the interpreter that it names is missing";
    if (launch->failed_errno == EACCES && mode == S_IFDIR)
        return "it is a directory";
    if (launch->failed_errno == EACCES && mode == S_IFREG)
        return "it has no permission to be executed";
    if (launch->failed_errno == ENOEXEC)
        return "it is neither a program nor a script that begins with #!";
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

/* Runs the child up to its exec with all signals blocked: one that arrived in between would run
 * with two processes in one memory. */
static pid_t clone_child(struct launch *launch, void *stack, int *pidfd)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = clone(child_main, (char *)stack + STACK_BYTES,
                      CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, launch, pidfd);
    int saved = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return pid;
}

static pid_t launch_child(struct launch *launch, int *pidfd, struct ph_error *err)
{
    void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return ph_error_sys(err, "could not start a process");
    int new_pidfd = -1;
    pid_t pid = clone_child(launch, stack, &new_pidfd);
    if (pid < 0)
        ph_error_sys(err, "could not start a process");
    munmap(stack, STACK_BYTES);

    if (pid > 0 && launch->failed_step) {
        ph_closep(&new_pidfd);
        waitpid(pid, NULL, 0);
        return explain(launch, err);
    }
    *pidfd = new_pidfd;
    return pid;
}

pid_t spawn(const struct spawn_spec *spec, int *pidfd, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *program = find_program(spec->argv[0], path_of(spec->envp));
    if (!program)
        return ph_error_set(err, PH_NOT_FOUND, "could not execute '%s': it is not in PATH",
                            spec->argv[0]);

    ph_cleanup(ph_closep) int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null_fd < 0)
        return ph_error_sys(err, "could not open /dev/null");
    struct launch launch = {
        .spec = spec, .program = program, .null_fd = null_fd, .parent = getpid()};
    return launch_child(&launch, pidfd, err);
}
