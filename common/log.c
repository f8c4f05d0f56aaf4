#include "log.h"

#include "clock.h"
#include "wire/utf8.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = PIPE_BUF - 64 }; /* time and level stand before it */

struct ph_log {
    char *path; /* NULL: standard error */
    int fd;
    enum ph_log_level level;
    bool takes_output;
    bool is_mid_line;   /* the last line was cut: the next begins with a newline */
    unsigned long lost; /* lines since the last one that was written */
};

static const char *const level_names[] = {
    [PH_LOG_DEBUG] = "debug",
    [PH_LOG_INFO] = "info",
    [PH_LOG_WARNING] = "warning",
    [PH_LOG_ERROR] = "error",
};
enum { LEVEL_COUNT = sizeof level_names / sizeof level_names[0] };

static int log_open(const char *path, struct ph_error *err)
{
    /* A pipe that nobody reads is refused instead of waited for. */
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
    return fd >= 0 ? fd : ph_error_sys(err, "cannot open log file '%s'", path);
}

ph_log_t *ph_log_new(const char *path, enum ph_log_level level, struct ph_error *err)
{
    ph_cleanup(ph_log_destroy) ph_log_t *self = ph_calloc(1, sizeof *self);
    self->level = level;
    self->fd = STDERR_FILENO;
    if (!path || strcmp(path, "-") == 0)
        return ph_steal(&self);

    self->path = ph_strdup(path);
    self->fd = log_open(path, err);
    return self->fd < 0 ? NULL : ph_steal(&self);
}

void ph_log_destroy(ph_log_t **self_p)
{
    ph_log_t *self = *self_p;
    if (!self)
        return;
    if (self->path) {
        ph_closep(&self->fd);
        free(self->path);
    }
    free(self);
    *self_p = NULL;
}

/* Says whether a line can be written without waiting. Files always can; a pipe that has room for
 * PIPE_BUF bytes takes a line of that size whole. */
static bool is_ready(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT);
}

static void write_line(ph_log_t *self, enum ph_log_level level, const char *text)
{
    char time[PH_TIMESTAMP_SIZE];
    ph_clock_format(ph_clock_wall(), time);
    char line[PIPE_BUF];
    int length = snprintf(line, sizeof line, "%s%s %-7s %s\n", self->is_mid_line ? "\n" : "", time,
                          ph_log_level_name(level), text);
    /* One write, so that lines of several processes in one file do not mix. */
    ssize_t written = is_ready(self->fd) ? write(self->fd, line, (size_t)length) : -1;
    if (written < length)
        self->lost++;
    if (written >= 0)
        self->is_mid_line = written < length;
}

static void tell_losses(ph_log_t *self)
{
    unsigned long lost = self->lost;
    if (lost == 0 || !is_ready(self->fd))
        return;
    ph_cleanup(ph_freep) char *text = ph_format("%lu lines of this log were lost", lost);
    self->lost = 0;
    write_line(self, PH_LOG_WARNING, text);
    if (self->lost > 0)
        self->lost = lost;
}

void ph_log(ph_log_t *self, enum ph_log_level level, const char *format, ...)
{
    if (!self || level < self->level)
        return;

    va_list args;
    va_start(args, format);
    ph_cleanup(ph_freep) char *text = ph_format_va(format, args);
    va_end(args);
    text[strnlen(text, TEXT_MAX)] = '\0';
    ph_text_mend(text); /* also what the cut left of a character */
    tell_losses(self);
    write_line(self, level, text);
}

void ph_log_take_output(ph_log_t *self)
{
    if (!self->path)
        return;
    self->takes_output = true;
    dup2(self->fd, STDOUT_FILENO);
    dup2(self->fd, STDERR_FILENO);
}

int ph_log_reopen(ph_log_t *self, struct ph_error *err)
{
    if (!self->path)
        return 0;
    int fd = log_open(self->path, err);
    if (fd < 0)
        return -1;
    ph_closep(&self->fd);
    self->fd = fd;
    self->is_mid_line &= lseek(fd, 0, SEEK_END) > 0; /* the same file, opened again */
    if (self->takes_output)
        ph_log_take_output(self);
    return 0;
}

const char *ph_log_level_name(enum ph_log_level level)
{
    return (unsigned)level < LEVEL_COUNT ? level_names[level] : "error";
}

int ph_log_level_parse(const char *word, enum ph_log_level *level, struct ph_error *err)
{
    for (unsigned i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(word, level_names[i]) == 0) {
            *level = (enum ph_log_level)i;
            return 0;
        }
    }
    return ph_error_set(err, PH_INVALID,
                        "unknown log level '%s': use debug, info, warning or error", word);
}
