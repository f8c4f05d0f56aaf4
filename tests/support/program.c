#include "program.h"

#include "processes.h"

#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUN_TIMEOUT_MS = 20000 };

struct stream {
    int fd; /* -1: at its end, or closed */
    char *text;
    size_t size;
};

struct program {
    pid_t pid;
    int pidfd;
    bool has_ended; /* and was waited for */
    int exit_code;
    struct stream out, err;
};

/* ---- starting ---- */

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

/* Puts `extra` before the environment of the test: the first of two equal names counts. */
static const char **make_environment(const char *const *extra)
{
    size_t added = count_words(extra), count = count_words((const char *const *)environ);
    const char **envp = ph_calloc(added + count + 1, sizeof *envp);
    for (size_t i = 0; i < added; i++)
        envp[i] = extra[i];
    size_t used = added;
    for (size_t i = 0; i < count; i++) {
        bool is_replaced = false;
        size_t name = strcspn(environ[i], "=") + 1;
        for (size_t k = 0; k < added; k++)
            is_replaced |= strncmp(environ[i], extra[k], name) == 0;
        if (!is_replaced)
            envp[used++] = environ[i];
    }
    return envp;
}

static void set_up_signals(bool has_to_block_sigterm)
{
    sigset_t set;
    sigemptyset(&set);
    if (has_to_block_sigterm)
        sigaddset(&set, SIGTERM);
    sigprocmask(SIG_SETMASK, &set, NULL);
    signal(SIGPIPE, SIG_DFL);
}

/* The first terminal that the leader of a session opens is the session's. */
static void enter_terminal(const char *path)
{
    setsid();
    int fd = open(path, O_RDWR);
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (dup2(fd, i) < 0)
            _exit(126);
}

static void open_input(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (dup2(fd, STDIN_FILENO) < 0)
        _exit(126);
}

__attribute__((noreturn)) static void become(const struct program_spec *spec, const char **envp,
                                             int out, int err)
{
    set_up_signals(spec->has_to_block_sigterm);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (spec->input)
        open_input(spec->input);
    if (spec->terminal)
        enter_terminal(spec->terminal);
    if (!spec->working_dir || chdir(spec->working_dir) == 0)
        execve(spec->argv[0], (char *const *)(uintptr_t)spec->argv, (char *const *)(uintptr_t)envp);
    _exit(126);
}

static void open_pipe(struct stream *stream, int *child_end)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    stream->fd = ends[0];
    *child_end = ends[1];
}

static void open_output(program_t *self, const char *path, int child_ends[2])
{
    if (!path) {
        open_pipe(&self->out, &child_ends[0]);
        open_pipe(&self->err, &child_ends[1]);
        return;
    }
    child_ends[0] = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    cr_assert(child_ends[0] >= 0, "cannot open '%s'", path);
    child_ends[1] = fcntl(child_ends[0], F_DUPFD_CLOEXEC, 0);
}

program_t *program_start(const struct program_spec *spec)
{
    program_t *self = ph_calloc(1, sizeof *self);
    self->out = (struct stream){.fd = -1, .text = ph_strdup("")};
    self->err = (struct stream){.fd = -1, .text = ph_strdup("")};
    int child_ends[2];
    open_output(self, spec->output, child_ends);
    ph_cleanup(ph_freep) const char **envp = make_environment(spec->env);

    /* A signal that is sent as soon as we return must find the mask that `spec` asks for. */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    self->pid = fork();
    if (self->pid == 0)
        become(spec, envp, child_ends[0], child_ends[1]);
    sigprocmask(SIG_SETMASK, &before, NULL);
    cr_assert(self->pid > 0, "cannot fork: %s", strerror(errno));
    self->pidfd = process_open(self->pid);
    ph_closep(&child_ends[0]);
    ph_closep(&child_ends[1]);
    return self;
}

program_t *program_run(const char *const *argv, const char *const *env)
{
    program_t *self = program_start(&(struct program_spec){.argv = argv, .env = env});
    program_wait(self, RUN_TIMEOUT_MS);
    return self;
}

void program_destroy(program_t **self_p)
{
    program_t *self = *self_p;
    if (!self)
        return;
    if (!self->has_ended) {
        kill(self->pid, SIGKILL);
        waitpid(self->pid, NULL, 0);
    }
    ph_closep(&self->pidfd);
    ph_closep(&self->out.fd);
    ph_closep(&self->err.fd);
    free(self->out.text);
    free(self->err.text);
    free(self);
    *self_p = NULL;
}

pid_t program_pid(const program_t *self)
{
    return self->pid;
}

void program_signal(program_t *self, int number)
{
    cr_assert(!self->has_ended, "the program has ended already");
    cr_assert_eq(kill(self->pid, number), 0);
}

/* ---- what it writes ---- */

static void stream_read(struct stream *self)
{
    enum { STEP = 4096 };
    while (self->fd >= 0) {
        self->text = ph_realloc_array(self->text, self->size + STEP + 1, 1);
        ssize_t count = read(self->fd, self->text + self->size, STEP);
        if (count < 0)
            break;
        self->size += (size_t)count;
        if (count == 0)
            ph_closep(&self->fd);
    }
    self->text[self->size] = '\0';
}

static void read_streams(program_t *self)
{
    stream_read(&self->out);
    stream_read(&self->err);
}

static void take_end(program_t *self)
{
    int status = 0;
    cr_assert_eq(waitpid(self->pid, &status, 0), self->pid);
    self->has_ended = true;
    self->exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    read_streams(self);
}

/* Waits for output or the end. Returns false when the deadline is over. */
static bool wait_activity(program_t *self, int64_t deadline)
{
    int64_t left = deadline - ph_clock_ms();
    struct pollfd items[] = {
        {.fd = self->pidfd, .events = POLLIN},
        {.fd = self->out.fd, .events = POLLIN},
        {.fd = self->err.fd, .events = POLLIN},
    };
    if (left < 0 || poll(items, 3, (int)left) <= 0)
        return false;
    read_streams(self);
    if (items[0].revents)
        take_end(self);
    return true;
}

bool program_has_ended(program_t *self, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    while (!self->has_ended)
        if (!wait_activity(self, deadline))
            return false;
    return true;
}

int program_wait(program_t *self, int timeout_ms)
{
    cr_assert(program_has_ended(self, timeout_ms),
              "process %d has not ended within %d ms; output: %s%s", (int)self->pid, timeout_ms,
              self->out.text, self->err.text);
    return self->exit_code;
}

static bool wait_text(program_t *self, const struct stream *stream, const char *text,
                      int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    while (!strstr(stream->text, text))
        if (self->has_ended || !wait_activity(self, deadline))
            return false;
    return true;
}

bool program_wait_out(program_t *self, const char *text, int timeout_ms)
{
    return wait_text(self, &self->out, text, timeout_ms);
}

bool program_wait_err(program_t *self, const char *text, int timeout_ms)
{
    return wait_text(self, &self->err, text, timeout_ms);
}

void program_close_out(program_t *self)
{
    ph_closep(&self->out.fd);
}

const char *program_out(const program_t *self)
{
    return self->out.text;
}

const char *program_err(const program_t *self)
{
    return self->err.text;
}
