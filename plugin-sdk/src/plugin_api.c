/* What the functions of a plugin use of it: name, options, time, descriptors, log, metrics. */
#include "deadline.h"
#include "heartbeat.h"
#include "log_fields.h"
#include "options_table.h"
#include "plugin.h"

#include <alloc.h>
#include <inttypes.h>
#include <log.h>
#include <option_check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wire/utf8.h>

enum { LOG_TEXT_MAX = 4096 }; /* the daemon's log has no longer lines */

const char *ph_plugin_name(const ph_plugin_t *self)
{
    return self->settings->name;
}

void ph_plugin_set_data(ph_plugin_t *self, void *data)
{
    self->data = data;
}

void *ph_plugin_data(const ph_plugin_t *self)
{
    return self->data;
}

/* ---- options ---- */

const char *ph_plugin_option(const ph_plugin_t *self, const char *key, const char *fallback)
{
    const char *value = ph_value_string(ph_value_get(self->options, key), NULL);
    if (!value)
        value = options_table_fallback(self->module.options, key);
    return value ? value : fallback;
}

int ph_plugin_option_int(const ph_plugin_t *self, const char *key, int64_t fallback, int64_t *value,
                         struct ph_error *err)
{
    const char *text = ph_plugin_option(self, key, NULL);
    if (text)
        return ph_option_parse_int(key, text, value, err);
    *value = fallback;
    return 0;
}

int ph_plugin_option_float(const ph_plugin_t *self, const char *key, double fallback, double *value,
                           struct ph_error *err)
{
    const char *text = ph_plugin_option(self, key, NULL);
    if (text)
        return ph_option_parse_float(key, text, value, err);
    *value = fallback;
    return 0;
}

int ph_plugin_option_bool(const ph_plugin_t *self, const char *key, bool fallback, bool *value,
                          struct ph_error *err)
{
    const char *text = ph_plugin_option(self, key, NULL);
    if (text)
        return ph_option_parse_bool(key, text, value, err);
    *value = fallback;
    return 0;
}

/* ---- time and descriptors ---- */

int ph_plugin_after(ph_plugin_t *self, int ms, ph_timer_fn *function, void *arg)
{
    struct timer_spec spec = {deadline_after(ms > 0 ? ms : 0), 0, function, arg};
    return timers_add(self->timers, &spec);
}

int ph_plugin_every(ph_plugin_t *self, int ms, ph_timer_fn *function, void *arg)
{
    int period_ms = ms > 0 ? ms : 1;
    struct timer_spec spec = {deadline_after(period_ms), period_ms, function, arg};
    return timers_add(self->timers, &spec);
}

void ph_plugin_cancel(ph_plugin_t *self, int id)
{
    timers_cancel(self->timers, id);
}

int ph_plugin_watch_fd(ph_plugin_t *self, int fd, short events, ph_fd_fn *function, void *arg,
                       struct ph_error *err)
{
    struct fd_watch watch = {fd, events, function, arg};
    return fd_watches_add(self->fds, &watch, err);
}

void ph_plugin_unwatch_fd(ph_plugin_t *self, int fd)
{
    fd_watches_remove(self->fds, fd);
}

void ph_plugin_busy(ph_plugin_t *self, int ms)
{
    if (ms > 0)
        heartbeat_be_busy(self, ms);
}

/* ---- log ---- */

/* A plugin that runs by hand writes to standard error as well, and so does one whose line nobody
 * else gets. */
static void write_line(ph_plugin_t *self, const char *level, const char *text,
                       const ph_writer_t *fields)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *line = ph_writer_new();
    ph_writer_string(line, "level", level);
    ph_writer_string(line, "text", text);
    if (fields) {
        ph_writer_map(line, "fields");
        ph_writer_merge(line, fields);
        ph_writer_end(line);
    }
    bool is_lost =
        !self->session.is_open || requester_cast(self->requester, "plugin.log", line, 0, NULL) < 0;
    if (!is_lost && self->settings->token)
        return;
    ph_cleanup(ph_freep) char *rest = fields ? log_fields_text(fields) : ph_strdup("");
    fprintf(stderr, "%s: %s: %s%s\n", ph_plugin_name(self), level, text, rest);
}

static void log_text(ph_plugin_t *self, enum ph_log_level level, const ph_writer_t *fields,
                     char *text)
{
    text[strnlen(text, LOG_TEXT_MAX)] = '\0';
    ph_text_mend(text); /* the daemon refuses what is no UTF-8, and nobody would hear of it */
    write_line(self, ph_log_level_name(level), text, fields);
}

void ph_plugin_log(ph_plugin_t *self, enum ph_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ph_cleanup(ph_freep) char *text = ph_format_va(format, args);
    va_end(args);
    log_text(self, level, NULL, text);
}

void ph_plugin_log_fields(ph_plugin_t *self, enum ph_log_level level, const ph_writer_t *fields,
                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ph_cleanup(ph_freep) char *text = ph_format_va(format, args);
    va_end(args);
    log_text(self, level, fields, text);
}

/* ---- metrics ---- */

static metrics_t *metrics_of(ph_plugin_t *self)
{
    if (!self->metrics)
        self->metrics = metrics_new();
    return self->metrics;
}

/* What cannot be counted is said once, not with every value. */
static void note(ph_plugin_t *self, int outcome, const struct ph_error *err)
{
    if (outcome == 0)
        heartbeat_note_metrics(self);
    else if (!self->has_complained_of_metrics)
        ph_plugin_log(self, PH_LOG_WARNING, "%s; further such mistakes are not told", err->message);
    self->has_complained_of_metrics |= outcome < 0;
}

void ph_plugin_counter(ph_plugin_t *self, const char *name, uint64_t add)
{
    struct ph_error err;
    note(self, metrics_count(metrics_of(self), name, add, &err), &err);
}

void ph_plugin_gauge(ph_plugin_t *self, const char *name, double value)
{
    struct ph_error err;
    note(self, metrics_set(metrics_of(self), name, value, &err), &err);
}

void ph_plugin_histogram(ph_plugin_t *self, const char *name, double value)
{
    struct ph_error err;
    note(self, metrics_observe(metrics_of(self), name, value, &err), &err);
}
