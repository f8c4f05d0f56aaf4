#include "program.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX_BYTES = 4096, CLEARING_ROUNDS = 100, EXIT_NOT_EXECUTED = 127 };

struct program {
    pid_t pid;
    int pidfd;
    int output_fd;
    int status; /* as waitpid tells it, once it has ended */
    bool has_ended;
};

/* What the child needs, made before the fork: behind it nothing may be allocated, because libzmq
 * runs threads. */
struct launch {
    char *const *argv;
    char **environment;
    pid_t parent;
    int inherited_fd;
    int output_fd;
    int null_fd;
    int report_fd; /* takes errno when the program could not be executed */
};

/* ---- what it inherits ---- */

static bool is_ours(const char *variable)
{
    return strncmp(variable, "PLUGHOST_FD=", 12) == 0 ||
           strncmp(variable, "PLUGHOST_ENDPOINT=", 18) == 0;
}

/* Without PLUGHOST_ENDPOINT: it would lead to a daemon that is no part of this. */
static char **make_environment(int inherited_fd)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **copy = ph_calloc(count + 2, sizeof *copy);
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_ours(environ[i]))
            copy[used++] = ph_strdup(environ[i]);
    copy[used] = ph_format("PLUGHOST_FD=%d", inherited_fd);
    return copy;
}

static void free_environment(char ***environment_p)
{
    for (char **variable = *environment_p; variable && *variable; variable++)
        free(*variable);
    free(*environment_p);
    *environment_p = NULL;
}

static int open_inheritance(const ph_writer_t *inheritance, struct ph_error *err)
{
    size_t size;
    const char *data = ph_writer_data(inheritance, &size);
    ph_cleanup(ph_closep) int fd = memfd_create(PROGRAM_INHERITANCE, MFD_CLOEXEC);
    if (fd < 0)
        return ph_error_sys(err, "cannot make a file in memory for the plugin's options");
    for (size_t done = 0; done < size;) {
        ssize_t count = write(fd, data + done, size - done);
        if (count < 0 && errno != EINTR)
            return ph_error_sys(err, "cannot write the plugin's options");
        done += count > 0 ? (size_t)count : 0;
    }
    return ph_steal_fd(&fd);
}

/* ---- start ---- */

static _Noreturn void run_child(const struct launch *launch)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != launch->parent) /* it died before the line above */
        _exit(EXIT_NOT_EXECUTED);
    setpgid(0, 0);
    dup2(launch->null_fd, STDIN_FILENO);
    dup2(launch->output_fd, STDOUT_FILENO);
    dup2(launch->output_fd, STDERR_FILENO);
    fcntl(launch->inherited_fd, F_SETFD, 0);
    execvpe(launch->argv[0], launch->argv, launch->environment);
    int code = errno;
    ssize_t count = write(launch->report_fd, &code, sizeof code);
    (void)count; /* nobody is left to be told */
    _exit(EXIT_NOT_EXECUTED);
}

/* Forks, and waits until the program is executed: the pipe closes then. */
static int spawn(program_t *self, struct launch *launch, struct ph_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return ph_error_sys(err, "cannot make a pipe");
    ph_cleanup(ph_closep) int reader = ends[0];
    ph_cleanup(ph_closep) int writer = ends[1];
    launch->report_fd = writer;
    launch->parent = getpid();

    self->pid = fork();
    if (self->pid < 0)
        return ph_error_sys(err, "cannot fork");
    if (self->pid == 0)
        run_child(launch);
    setpgid(self->pid, self->pid); /* whoever of both comes first */
    ph_closep(&writer);

    int code = 0;
    if (read(reader, &code, sizeof code) == (ssize_t)sizeof code) {
        errno = code;
        return ph_error_sys(err, "cannot start '%s'", launch->argv[0]);
    }
    self->pidfd = (int)syscall(SYS_pidfd_open, self->pid, 0);
    return self->pidfd < 0 ? ph_error_sys(err, "cannot watch '%s'", launch->argv[0]) : 0;
}

program_t *program_start(char *const *argv, const ph_writer_t *inheritance, struct ph_error *err)
{
    ph_cleanup(program_destroy) program_t *self = ph_calloc(1, sizeof *self);
    self->pidfd = -1;
    self->output_fd = memfd_create("plughost-output", MFD_CLOEXEC);
    if (self->output_fd < 0 || fcntl(self->output_fd, F_SETFL, O_APPEND) < 0) {
        ph_error_sys(err, "cannot make a file in memory for the plugin's output");
        return NULL;
    }
    ph_cleanup(ph_closep) int inherited_fd = open_inheritance(inheritance, err);
    if (inherited_fd < 0)
        return NULL;
    ph_cleanup(ph_closep) int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ph_cleanup(free_environment) char **environment = make_environment(inherited_fd);
    struct launch launch = {.argv = argv,
                            .environment = environment,
                            .inherited_fd = inherited_fd,
                            .output_fd = self->output_fd,
                            .null_fd = null_fd};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (spawn(self, &launch, err) < 0)
        return NULL;
    return ph_steal(&self);
}

/* ---- end ---- */

/* Kills the children that there are at the moment. Returns how many. */
static int kill_children(void)
{
    ph_cleanup(ph_closep) int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    char text[4096];
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        kill((pid_t)strtol(word, NULL, 10), SIGKILL);
        count++;
    }
    return count;
}

/* What left the group becomes a child of the caller when its parent ends, so that a few rounds find
 * all of it. */
static void clear_away(void)
{
    for (int round = 0; round < CLEARING_ROUNDS && kill_children() > 0; round++)
        while (waitpid(-1, NULL, 0) < 0 && errno == EINTR)
            ;
}

void program_destroy(program_t **self_p)
{
    program_t *self = *self_p;
    if (!self)
        return;
    if (self->pid > 0) {
        kill(-self->pid, SIGKILL);
        clear_away();
    }
    ph_closep(&self->pidfd);
    ph_closep(&self->output_fd);
    free(self);
    *self_p = NULL;
}

pid_t program_pid(const program_t *self)
{
    return self->pid;
}

int program_fd(const program_t *self)
{
    return self->pidfd;
}

bool program_has_ended(program_t *self)
{
    if (!self->has_ended)
        self->has_ended = waitpid(self->pid, &self->status, WNOHANG) == self->pid;
    return self->has_ended;
}

bool program_is_successful(const program_t *self)
{
    return self->has_ended && WIFEXITED(self->status) && WEXITSTATUS(self->status) == 0;
}

bool program_is_killed(const program_t *self)
{
    return self->has_ended && WIFSIGNALED(self->status);
}

char *program_describe_end(const program_t *self)
{
    if (!self->has_ended)
        return ph_strdup("still running");
    if (WIFEXITED(self->status))
        return ph_format("exit status %d", WEXITSTATUS(self->status));
    const char *name = sigabbrev_np(WTERMSIG(self->status));
    return ph_format("killed by SIG%s", name ? name : "?");
}

void program_signal(const program_t *self, int signum)
{
    if (!self->has_ended)
        kill(self->pid, signum);
}

char *program_output(const program_t *self)
{
    struct stat st;
    off_t size = fstat(self->output_fd, &st) < 0 ? 0 : st.st_size;
    off_t start = size > OUTPUT_MAX_BYTES ? size - OUTPUT_MAX_BYTES : 0;
    char *text = ph_calloc(1, OUTPUT_MAX_BYTES + 1);
    ssize_t count = pread(self->output_fd, text, OUTPUT_MAX_BYTES, start);
    text[count > 0 ? count : 0] = '\0';
    return text;
}
