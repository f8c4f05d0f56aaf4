#include "background.h"

#include <alloc.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the parent: one byte means that the daemon runs, the end of the pipe that it has died. */
static void await_child(int fd, pid_t child)
{
    /* Ctrl-C ends the waiting; the child keeps its signals until it can take them. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    char byte;
    if (read(fd, &byte, 1) == 1)
        _exit(EXIT_SUCCESS);
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

int background_start(struct ph_error *err)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return ph_error_sys(err, "cannot go to the background");
    pid_t child = fork();
    if (child < 0)
        return ph_error_sys(err, "cannot go to the background");
    if (child > 0) {
        ph_closep(&pipe_fds[1]);
        await_child(pipe_fds[0], child);
    }
    ph_closep(&pipe_fds[0]);
    setsid();
    return pipe_fds[1];
}

void background_ready(int fd)
{
    ph_cleanup(ph_closep) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; number++)
        dup2(null_fd, number);
    if (write(fd, "", 1) == 1)
        close(fd);
}

int pidfile_write(const char *path, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *fresh = ph_format("%s.new", path);
    unlink(fresh); /* whatever it is: in a folder of others' it may be a link */
    ph_cleanup(ph_closep) int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0 && dprintf(fd, "%d\n", (int)getpid()) >= 0 && rename(fresh, path) == 0)
        return 0;
    ph_error_sys(err, "cannot write pidfile '%s'", path);
    if (fd >= 0)
        unlink(fresh);
    return -1;
}

void pidfile_remove(const char *path)
{
    char text[32] = "";
    ph_cleanup(ph_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && read(fd, text, sizeof text - 1) > 0 && strtol(text, NULL, 10) == getpid())
        unlink(path);
}
