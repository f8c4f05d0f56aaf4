/* logger.c - writes every event to a file, one line each: time, topic, body as JSON.
 *
 * Option: filename (required), the file to append to. `plughostctl reopen`, or SIGHUP, opens it
 * again after it was moved. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <plughost/plughost.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct logger {
    const char *filename;
    int fd;
    bool is_cut;      /* the last line was not written to its end */
    uint64_t dropped; /* lines lost since the last good one */
};

static int open_file(struct logger *self, struct ph_error *err)
{
    int fd = open(self->filename, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return ph_error_sys(err, "cannot open log file '%s'", self->filename);
    if (self->fd >= 0)
        close(self->fd);
    self->fd = fd;
    return 0;
}

static int logger_init(ph_plugin_t *plugin, struct ph_error *err)
{
    const char *filename = ph_plugin_option(plugin, "filename", NULL);
    if (!filename || !*filename)
        return ph_error_set(err, PH_INVALID, "option 'filename' is missing: the file to write to");

    struct logger *self = calloc(1, sizeof *self);
    if (!self)
        return ph_error_sys(err, "cannot start");
    self->filename = filename;
    self->fd = -1;
    ph_plugin_set_data(plugin, self);
    if (open_file(self, err) < 0) {
        free(self);
        return -1;
    }
    return 0;
}

/* Returns the line of an event, which the caller frees, or NULL without memory. */
static char *make_line(const struct logger *self, const ph_event_t *event)
{
    long long ms = llround(ph_event_time(event) * 1000);
    time_t seconds = (time_t)(ms / 1000);
    struct tm date;
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &date));
    char *body = ph_value_to_json(ph_event_body(event));
    char *line = NULL;
    if (asprintf(&line, "%s%s.%03uZ %s %s\n", self->is_cut ? "\n" : "", stamp,
                 (unsigned)(ms % 1000), ph_event_topic(event), body) < 0)
        line = NULL;
    free(body);
    return line;
}

/* Returns 0, or -1 with errno when not all of it was written. */
static int write_line(struct logger *self, const ph_event_t *event)
{
    char *line = make_line(self, event);
    if (!line)
        return -1;
    size_t size = strlen(line);
    ssize_t written = write(self->fd, line, size);
    free(line);
    if (written >= 0 && (size_t)written == size) {
        self->is_cut = false;
        return 0;
    }
    if (written > 0) {
        self->is_cut = true;
        errno = ENOSPC;
    }
    return -1;
}

/* A full disk must not stop the plugin: what cannot be written is counted and said once it can
 * be. */
static void logger_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    struct logger *self = ph_plugin_data(plugin);
    if (self->dropped > 0) {
        if (write_line(self, event) < 0) {
            self->dropped++;
            return;
        }
        ph_plugin_log(plugin, PH_LOG_WARNING, "%" PRIu64 " events were not written to '%s'",
                      self->dropped, self->filename);
        self->dropped = 0;
        return;
    }
    if (write_line(self, event) < 0) {
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot write to '%s': %s", self->filename,
                      strerror(errno));
        self->dropped = 1;
    }
}

static void logger_reopen(ph_plugin_t *plugin)
{
    struct logger *self = ph_plugin_data(plugin);
    struct ph_error err;
    if (open_file(self, &err) < 0)
        ph_plugin_log(plugin, PH_LOG_ERROR, "%s; the old file stays in use", err.message);
}

static void logger_stop(ph_plugin_t *plugin)
{
    struct logger *self = ph_plugin_data(plugin);
    close(self->fd);
    free(self);
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Writes every event to a file.",
    .handle_init = logger_init,
    .handle_recv = logger_recv,
    .handle_stop = logger_stop,
    .handle_reopen = logger_reopen,
};
