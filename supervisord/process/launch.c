/* The child shares the memory of the daemon, so it only makes system calls and allocates nothing.
 * What needs the daemon's privileges comes before they are given up, what must be allowed to the
 * child itself after that. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool step(struct launch *launch, const char *name, const char *object, bool is_done)
{
    if (is_done)
        return true;
    launch->failed_errno = errno;
    launch->failed_step = name;
    launch->failed_object = object;
    return false;
}

/* snprintf may allocate. `text` has room for DECIMAL_BYTES; it is returned. */
static char *write_decimal(char *text, int value)
{
    char digits[DECIMAL_BYTES];
    size_t count = 0, length = 0;
    unsigned rest = value < 0 ? 0U - (unsigned)value : (unsigned)value;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        text[length++] = '-';
    while (count > 0)
        text[length++] = digits[--count];
    text[length] = '\0';
    return text;
}

/* Writes a whole text into a file of the kernel's. */
static bool write_file(int folder, const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_written = write(fd, text, strlen(text)) >= 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return is_written;
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

/* ---- descriptors ---- */

/* Makes a descriptor another one that stays open over exec; dup2 alone does nothing for the same
 * number. */
static bool put_descriptor(const struct spawn_fd *fd)
{
    return fd->from == fd->to ? fcntl(fd->from, F_SETFD, 0) == 0 : dup2(fd->from, fd->to) >= 0;
}

static bool is_overwritten(const struct launch *launch, const struct spawn_fd *fd)
{
    for (size_t i = 0; i < launch->fd_count; i++)
        if (&launch->fds[i] != fd && launch->fds[i].to == fd->from)
            return true;
    return false;
}

/* Takes the descriptors that another one is about to replace out of the way. */
static bool set_sources_aside(struct launch *launch)
{
    int beyond = STDERR_FILENO + 1;
    for (size_t i = 0; i < launch->fd_count; i++)
        if (launch->fds[i].to >= beyond)
            beyond = launch->fds[i].to + 1;
    for (size_t i = 0; i < launch->fd_count; i++) {
        struct spawn_fd *fd = &launch->fds[i];
        if (!is_overwritten(launch, fd))
            continue;
        int aside = fcntl(fd->from, F_DUPFD_CLOEXEC, beyond);
        if (!step(launch, "set up descriptor", write_decimal(launch->number, fd->to), aside >= 0))
            return false;
        fd->from = aside;
    }
    return true;
}

static bool place_descriptors(struct launch *launch)
{
    /* First, since put_descriptor clears close-on-exec: everything else is closed by exec. */
    if (!step(launch, "set up descriptors", NULL,
              close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0) ||
        !set_sources_aside(launch))
        return false;
    for (size_t i = 0; i < launch->fd_count; i++) {
        const struct spawn_fd *fd = &launch->fds[i];
        if (!put_descriptor(fd))
            return step(launch, "set up descriptor", write_decimal(launch->number, fd->to), false);
    }
    return true;
}

/* ---- privileges ---- */

static bool set_limits(struct launch *launch)
{
    for (size_t i = 0; i < launch->spec->limit_count; i++) {
        const struct limit *limit = &launch->spec->limits[i];
        if (setrlimit((__rlimit_resource_t)limit->resource, &limit->value) < 0)
            return step(launch, "limit", limit_name(limit->resource), false);
    }
    return true;
}

static bool has_ids(const struct identity *identity)
{
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid;
    errno = EPERM;
    return getresuid(&ruid, &euid, &suid) == 0 && getresgid(&rgid, &egid, &sgid) == 0 &&
           ruid == identity->uid && euid == identity->uid && suid == identity->uid &&
           rgid == identity->gid && egid == identity->gid && sgid == identity->gid;
}

/* The system calls themselves: the C library's functions would change all threads of the daemon. A
 * daemon that is not root can only stay what it is. */
static bool become(struct launch *launch, const struct identity *identity)
{
    uid_t uid = identity->uid;
    gid_t gid = identity->gid;
    if (geteuid() == 0 && (!step(launch, "set the groups of", identity->user,
                                 !identity->groups || syscall(SYS_setgroups, identity->group_count,
                                                              identity->groups) == 0) ||
                           !step(launch, "set the group to", identity->group,
                                 syscall(SYS_setresgid, gid, gid, gid) == 0) ||
                           !step(launch, "set the user to", identity->user,
                                 syscall(SYS_setresuid, uid, uid, uid) == 0)))
        return false;
    return step(launch, "become", identity->user, has_ids(identity));
}

static bool set_oom_score(struct launch *launch, int score)
{
    const char *text = write_decimal(launch->number, score);
    return step(launch, "set oom_score_adj to", text,
                write_file(AT_FDCWD, "/proc/self/oom_score_adj", text));
}

static bool set_nice(struct launch *launch, int nice)
{
    return step(launch, "set nice to", write_decimal(launch->number, nice),
                setpriority(PRIO_PROCESS, 0, nice) == 0);
}

static bool use_privileges(struct launch *launch)
{
    const struct spawn_spec *spec = launch->spec;
    if ((spec->has_oom_score_adj && !set_oom_score(launch, spec->oom_score_adj)) ||
        (spec->has_nice && !set_nice(launch, spec->nice)))
        return false;
    /* The descriptors come first: a limit may forbid their numbers. */
    return place_descriptors(launch) && set_limits(launch) &&
           (!launch->identity || become(launch, launch->identity));
}

/* ---- the child ---- */

/* A daemon that died before prctl took effect would leave an orphan. */
static bool die_with_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

static bool is_prepared(struct launch *launch)
{
    const struct spawn_spec *spec = launch->spec;
    if (spec->umask >= 0)
        umask((mode_t)spec->umask);
    if (spec->pid_text)
        write_decimal(spec->pid_text, getpid());
    /* First of all: until then whatever is opened or closed is so in the daemon, too. */
    return step(launch, "leave descriptors behind", NULL,
                launch->leave_from == 0 ||
                    close_range(launch->leave_from, ~0U, CLOSE_RANGE_UNSHARE) == 0) &&
           step(launch, "enter the cgroup", NULL,
                launch->cgroup_fd < 0 || write_file(launch->cgroup_fd, "cgroup.procs", "0")) &&
           step(launch, "set up signals", NULL, reset_signals()) &&
           step(launch, "start a session", NULL, setsid() >= 0) && use_privileges(launch) &&
           /* A change of credentials takes the signal back, so not before. */
           step(launch, "tie it to the daemon", NULL,
                spec->outlives_daemon || die_with_parent(launch->parent)) &&
           step(launch, "enter working directory", spec->working_dir,
                !spec->working_dir || chdir(spec->working_dir) == 0) &&
           step(launch, "give up new privileges", NULL,
                !spec->no_new_privs || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

/* Never returns, so it must leave no traces of a sanitizer on the stack. */
__attribute__((no_sanitize("address", "thread", "undefined"))) int launch_run(void *arg)
{
    struct launch *launch = arg;
    if (is_prepared(launch)) {
        execve(launch->program, (char *const *)(uintptr_t)launch->spec->argv,
               (char *const *)(uintptr_t)launch->spec->envp);
        step(launch, "execute", launch->program, false);
    }
    _exit(127);
}
