#include "processes.h"

#include "files.h"

#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int process_open(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    cr_assert(fd >= 0, "cannot open process %d: %s", (int)pid, strerror(errno));
    return fd;
}

bool process_wait_gone(int pidfd, int timeout_ms)
{
    struct pollfd item = {.fd = pidfd, .events = POLLIN};
    return poll(&item, 1, timeout_ms) > 0;
}

static char *read_proc(pid_t pid, const char *file)
{
    ph_cleanup(ph_freep) char *path = ph_format("/proc/%d/%s", (int)pid, file);
    char *text = file_read(path);
    cr_assert(text, "cannot read '%s'", path);
    return text;
}

static long number_behind(const char *text, const char *label)
{
    const char *found = strstr(text, label);
    cr_assert(found, "no '%s' in /proc", label);
    return strtol(found + strlen(label), NULL, 10);
}

long process_number(pid_t pid, const char *label)
{
    ph_cleanup(ph_freep) char *text = read_proc(pid, "status");
    return number_behind(text, label);
}

long process_switches(pid_t pid)
{
    ph_cleanup(ph_freep) char *file = ph_format("task/%d/status", (int)pid);
    ph_cleanup(ph_freep) char *text = read_proc(pid, file);
    return number_behind(text, "\nvoluntary_ctxt_switches:") +
           number_behind(text, "\nnonvoluntary_ctxt_switches:");
}

size_t process_descriptors(pid_t pid)
{
    ph_cleanup(ph_freep) char *path = ph_format("/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    cr_assert(folder, "cannot read '%s'", path);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

long process_cpu_ms(pid_t pid)
{
    enum { USER_FIELD = 14 }; /* from 1; the one behind it is the kernel's share */
    ph_cleanup(ph_freep) char *text = read_proc(pid, "stat");
    const char *at = strrchr(text, ')'); /* the second field, a name, may hold blanks */
    for (int field = 2; at && field < USER_FIELD; field++)
        at = strchr(at + 1, ' ');
    cr_assert(at, "/proc/%d/stat has too few fields", (int)pid);
    char *end;
    unsigned long user = strtoul(at, &end, 10);
    unsigned long system = strtoul(end, NULL, 10);
    return (long)(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

void processes_become_ordinary(void)
{
    enum { NOBODY = 65534 };
    if (geteuid() != 0)
        return;
    cr_assert_eq(setgroups(0, NULL), 0);
    cr_assert_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
    cr_assert_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
}

/* ---- children ---- */

void processes_adopt(void)
{
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

/* Takes what has ended. Returns whether a child is left. */
static bool has_child(void)
{
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        continue;
    return pid == 0;
}

bool processes_wait_none(int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &before);
    bool is_left;
    while ((is_left = has_child())) {
        int64_t left = deadline - ph_clock_ms();
        struct timespec wait = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        if (left <= 0 || (sigtimedwait(&set, NULL, &wait) < 0 && errno == EAGAIN))
            break;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return !is_left;
}
