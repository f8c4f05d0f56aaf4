#include "import.h"

#include "output.h"
#include "word.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <program_folder.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A file that is not there under its name until it is complete. */
struct target {
    const char *path;
    char *draft; /* the name until then; NULL: there is none */
    int fd;
};

static void target_release(struct target *self)
{
    if (self->draft)
        (void)unlink(self->draft);
    free(self->draft);
    ph_closep(&self->fd);
}

static const char *given(const struct options *options, const char *name)
{
    const struct command_info *info = word_find("import").info;
    return options->values[command_info_property(info, name) - info->properties];
}

/* ---- plughostd ---- */

/* Returns its path, which the caller frees: beside this program, where it is built and installed,
 * or as PATH has it. */
static char *find_daemon(void)
{
    ph_cleanup(ph_freep) char *folder = ph_program_folder();
    ph_cleanup(ph_freep) char *path = ph_format("%s/plughostd", folder ? folder : ".");
    return access(path, X_OK) == 0 ? ph_steal(&path) : ph_strdup("plughostd");
}

/* Becomes plughostd; returns only if it cannot. */
static int become_daemon(const struct options *options, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *program = find_daemon();
    ph_cleanup(ph_freep) char *format = ph_strdup(given(options, "format"));
    char import_word[] = "--import", format_word[] = "--format";
    char *const words[] = {program, import_word, options->args[0], format ? format_word : NULL,
                           format,  NULL};
    execvp(program, words);
    ph_error_sys(err, "cannot run '%s'", program);
    return ph_error_hint(err, "it is looked for beside plughostctl, then in PATH");
}

/* ---- into a file ---- */

static int refuse_existing(const struct target *self, struct ph_error *err)
{
    ph_error_set(err, PH_CONFLICT, "'%s' is there already", self->path);
    return ph_error_hint(err, "--force replaces it");
}

static int target_open(struct target *self, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *draft = ph_format("%s.%d", self->path, (int)getpid());
    self->fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (self->fd < 0)
        return ph_error_sys(err, "cannot make '%s'", draft);
    self->draft = ph_steal(&draft);
    return 0;
}

/* Without `has_to_replace` also a file is left alone that has come meanwhile. */
static int target_finish(struct target *self, bool has_to_replace, struct ph_error *err)
{
    if (fsync(self->fd) < 0 || close(ph_steal_fd(&self->fd)) < 0)
        return ph_error_sys(err, "cannot write '%s'", self->path);
    if (has_to_replace ? rename(self->draft, self->path) < 0 : link(self->draft, self->path) < 0)
        return ph_error_sys(err, "cannot make '%s'", self->path);
    if (has_to_replace)
        ph_freep(&self->draft);
    return 0;
}

/* Runs plughostd with its output in the file, or, without one, in ours. Returns its status, or -1
 * with `err` filled. */
static int run_daemon(const struct options *options, int fd, struct ph_error *err)
{
    int status = 0;
    fflush(stdout);
    signal(SIGCHLD, SIG_DFL); /* who started this may have ignored it: then nobody is waited for */
    pid_t pid = fork();
    if (pid < 0)
        return ph_error_sys(err, "cannot start a process");
    if (pid == 0) {
        if (fd >= 0 && dup2(fd, STDOUT_FILENO) < 0)
            ph_error_sys(err, "cannot use the file");
        else
            become_daemon(options, err);
        output_error(err);
        _exit(EXIT_REFUSED);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return ph_error_sys(err, "cannot wait for plughostd");
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return ph_error_set(err, PH_INTERNAL, "plughostd was killed by signal %d", WTERMSIG(status));
}

static int write_file(const struct options *options, const char *path, struct ph_error *err)
{
    bool has_to_replace = given(options, "force") != NULL;
    ph_cleanup(target_release) struct target target = {.path = path, .fd = -1};
    if (!has_to_replace && access(path, F_OK) == 0)
        return refuse_existing(&target, err);
    if (target_open(&target, err) < 0)
        return -1;
    int status = run_daemon(options, target.fd, err);
    return status == 0 ? target_finish(&target, has_to_replace, err) : status;
}

int import_open(const struct options *options)
{
    struct ph_error err;
    const char *path = given(options, "output");
    bool has_file = path && strcmp(path, "-") != 0;
    int status = has_file ? write_file(options, path, &err) : run_daemon(options, -1, &err);
    if (status >= 0)
        return status;
    output_error(&err);
    return EXIT_REFUSED;
}
