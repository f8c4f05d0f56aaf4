#include "history.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct history_file {
    int fd; /* appends */
};

char *history_default_path(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    if (state && state[0] == '/')
        return ph_format("%s/plughost/history", state);
    const char *home = getenv("HOME");
    return home && home[0] == '/' ? ph_format("%s/.local/state/plughost/history", home) : NULL;
}

/* ---- the lines of a file ---- */

struct lines {
    char **texts;
    size_t count;
};

static void lines_release(struct lines *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->texts[i]);
    free(self->texts);
}

static void closep(FILE **file_p)
{
    if (*file_p)
        fclose(*file_p);
}

/* A file that cannot be read has no lines: that it cannot be written is said anyway. A device could
 * go on for ever. */
static void lines_read(struct lines *self, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    ph_cleanup(closep) FILE *file = fopen(path, "re");
    ph_cleanup(ph_freep) char *line = NULL;
    size_t size = 0;
    while (file && getline(&line, &size, file) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        if (!line[0])
            continue;
        self->texts = ph_realloc_array(self->texts, self->count + 1, sizeof *self->texts);
        self->texts[self->count++] = ph_strdup(line);
    }
}

/* ---- the file ---- */

static int make_folders(const char *path, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *folder = ph_strdup(path);
    for (char *c = folder + 1; (c = strchr(c, '/')); c++) {
        *c = '\0';
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            return ph_error_sys(err, "cannot make folder '%s'", folder);
        *c = '/';
    }
    return 0;
}

static int write_lines(const char *path, char *const *texts, size_t count)
{
    ph_cleanup(ph_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ph_cleanup(closep) FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return -1;
    (void)ph_steal_fd(&fd);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s\n", texts[i]);
    return fflush(file) == 0 && !ferror(file) ? 0 : -1;
}

/* Another file takes its place, so that there is always a whole one. */
static void cut(const char *path, const struct lines *lines)
{
    ph_cleanup(ph_freep) char *aside = ph_format("%s.%d", path, (int)getpid());
    size_t first = lines->count - HISTORY_MAX_LINES;
    if (write_lines(aside, lines->texts + first, HISTORY_MAX_LINES) < 0 || rename(aside, path) < 0)
        unlink(aside);
}

/* It may hold what is nobody else's business, also if another program has made it. Those who want
 * no history make it a link to /dev/null, whose mode is left alone. */
static int open_private(const char *path, struct ph_error *err)
{
    struct stat st;
    ph_cleanup(ph_closep) int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && fchmod(fd, 0600) < 0))
        return ph_error_sys(err, "cannot open the history '%s'", path);
    return ph_steal_fd(&fd);
}

history_file_t *history_open(const char *path, void (*take)(void *arg, const char *line), void *arg,
                             struct ph_error *err)
{
    ph_cleanup(lines_release) struct lines lines = {0};
    if (make_folders(path, err) < 0)
        return NULL;
    lines_read(&lines, path);
    if (lines.count > HISTORY_MAX_LINES)
        cut(path, &lines);
    ph_cleanup(ph_closep) int fd = open_private(path, err);
    if (fd < 0)
        return NULL;
    size_t first = lines.count > HISTORY_MAX_LINES ? lines.count - HISTORY_MAX_LINES : 0;
    for (size_t i = first; i < lines.count; i++)
        take(arg, lines.texts[i]);

    history_file_t *self = ph_calloc(1, sizeof *self);
    self->fd = ph_steal_fd(&fd);
    return self;
}

void history_close(history_file_t **self_p)
{
    if (!*self_p)
        return;
    ph_closep(&(*self_p)->fd);
    ph_freep(self_p);
}

int history_add(history_file_t *self, const char *line, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *text = ph_format("%s\n", line);
    size_t size = strlen(text);
    if (write(self->fd, text, size) != (ssize_t)size)
        return ph_error_sys(err, "cannot write the history");
    return 0;
}
