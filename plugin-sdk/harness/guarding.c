#include "guarding.h"

#include "guardian.h"

#include <clock.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DYING_MS = 2000,     /* for what the program itself has killed as its last deed */
    MAX_ROUNDS = 100000, /* over what is left: something may fork as fast as it is killed */
    EXIT_NOT_EXECUTED = 127,
};

/* ---- small things that are safe here ---- */

static int open_process(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Waits until a descriptor is readable. Returns false when the time is over. */
static bool wait_readable(int fd, int64_t deadline)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    for (;;) {
        int64_t left = deadline - ph_clock_ms();
        int count = poll(&item, 1, left > 0 ? (int)left : 0);
        if (count >= 0 || errno != EINTR)
            return count > 0;
    }
}

static void send_report(const struct guarding *self, const struct guardian_report *report)
{
    send(self->channel, report, sizeof *report, MSG_NOSIGNAL);
}

/* ---- the program ---- */

static void redirect(int fd, const char *path, int flags)
{
    int opened = open(path, flags | O_CLOEXEC, 0600);
    if (opened < 0)
        return;
    dup2(opened, fd);
    close(opened);
}

__attribute__((noreturn)) static void become(const struct guarding *self, pid_t guardian)
{
    static const char complaint[] = "cannot be executed\n";
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    redirect(STDOUT_FILENO, self->output, O_WRONLY | O_CREAT | O_APPEND);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == guardian) /* else it is gone already, and no signal would come */
        execv(self->argv[0], (char *const *)(uintptr_t)self->argv);
    if (write(STDERR_FILENO, complaint, sizeof complaint - 1) < 0)
        _exit(EXIT_NOT_EXECUTED);
    _exit(EXIT_NOT_EXECUTED);
}

static void take_end(struct guardian_report *report)
{
    int status = 0;
    if (waitpid(report->pid, &status, 0) != report->pid)
        return;
    report->has_ended = true;
    report->exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- what is left ---- */

/* Returns a child of ours, or 0: there is none. */
static pid_t first_child(void)
{
    char text[32] = "";
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    pid_t pid = 0;
    for (ssize_t i = 0; i < size && text[i] >= '0' && text[i] <= '9'; i++)
        pid = pid * 10 + (text[i] - '0');
    return pid;
}

/* Writes a number. Returns the place behind it. */
static char *put_number(char *to, pid_t number)
{
    char digits[16];
    size_t count = 0;
    for (; number > 0; number /= 10)
        digits[count++] = (char)('0' + number % 10);
    while (count > 0)
        *to++ = digits[--count];
    return to;
}

/* "1234 (sleep)": printf is not for use here. */
static void note_leftover(struct guardian_report *report, pid_t pid)
{
    if (report->leftovers++ > 0)
        return;
    char path[40] = "/proc/", name[17] = "?";
    stpcpy(put_number(path + strlen(path), pid), "/comm");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, name, sizeof name - 1);
    close(fd);
    if (size > 1)
        name[size - 1] = '\0'; /* the line's end */
    char *to = stpcpy(put_number(report->leftover, pid), " (");
    stpcpy(stpcpy(to, name), ")");
}

/* Ends all children; what they leave in turn becomes a child of ours, too. */
static void end_leftovers(struct guardian_report *report, int64_t deadline)
{
    for (int round = 0; round < MAX_ROUNDS; round++) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        pid_t pid = first_child();
        if (pid == 0)
            return;
        int fd = open_process(pid);
        bool has_ended = wait_readable(fd, deadline);
        close(fd);
        if (has_ended)
            continue;
        note_leftover(report, pid);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

/* ---- the guardian ---- */

static void close_descriptors(const struct guarding *self)
{
    unsigned low = (unsigned)(self->channel < self->test ? self->channel : self->test);
    unsigned high = (unsigned)(self->channel < self->test ? self->test : self->channel);
    if (low > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0U, 0);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        redirect(fd, "/dev/null", O_RDWR);
}

static pid_t start_program(const struct guarding *self)
{
    pid_t guardian = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(self, guardian);
    return pid;
}

/* Waits for an order, or the end of the test, and tells when the program has ended. Returns how
 * long the program may take to end. */
static int wait_order(const struct guarding *self, struct guardian_report *report)
{
    struct pollfd items[] = {
        {.fd = self->channel, .events = POLLIN},
        {.fd = self->test, .events = POLLIN},
        {.fd = open_process(report->pid), .events = POLLIN},
    };
    for (;;) {
        if (poll(items, 3, -1) < 0)
            continue;
        if (items[2].revents) {
            take_end(report);
            send_report(self, report);
            close(items[2].fd);
            items[2].fd = -1;
        }
        int grace_ms = 0;
        if (items[0].revents && recv(self->channel, &grace_ms, sizeof grace_ms, 0) > 0)
            return grace_ms;
        if (items[0].revents || items[1].revents)
            return 0;
    }
}

static void end_program(struct guardian_report *report, int grace_ms)
{
    int fd = open_process(report->pid);
    if (grace_ms > 0)
        kill(report->pid, SIGTERM);
    report->was_killed = !wait_readable(fd, ph_clock_ms() + grace_ms);
    close(fd);
    if (report->was_killed)
        kill(report->pid, SIGKILL);
    take_end(report);
}

void guarding_run(const struct guarding *self)
{
    struct guardian_report report = {0};
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_DFL); /* ignored, it would have the kernel forget how children end */
    setpgid(0, 0);            /* Ctrl-C is for the test; we see its end */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    close_descriptors(self);

    report.pid = start_program(self);
    send_report(self, &report);
    if (report.pid < 0)
        _exit(1);
    int grace_ms = wait_order(self, &report);
    if (!report.has_ended)
        end_program(&report, grace_ms);
    end_leftovers(&report, ph_clock_ms() + (grace_ms > 0 ? DYING_MS : 0));
    report.is_final = true;
    send_report(self, &report);
    _exit(0);
}
