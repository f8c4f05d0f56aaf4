/* hiredis tells which descriptor it waits for, and the plugin's loop does so. Host names are looked
 * up beforehand: hiredis would wait for that. */
#include "redis_look.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <poll.h>
#include <resolver.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKUP_POLL_MS = 20, REASON_SIZE = 400 };

struct redis_look {
    ph_plugin_t *plugin;
    const struct redis_url *url;
    redis_look_fn *function;
    resolver_t *resolver;       /* NULL: nothing is looked up */
    redisAsyncContext *context; /* NULL: not connected yet, or no longer */
    short events;               /* that hiredis waits for */
    int step, deadline;         /* timers, 0: none */
    bool is_running;
};

/* ---- the end ---- */

static void cancel(const redis_look_t *self, int *timer)
{
    if (*timer > 0)
        ph_plugin_cancel(self->plugin, *timer);
    *timer = 0;
}

/* hiredis closes the connection at once, or later when this is called by a callback of its: so it
 * must not find us any more. */
static void disconnect(redis_look_t *self)
{
    redisAsyncContext *context = self->context;
    if (!context)
        return;
    ph_plugin_unwatch_fd(self->plugin, context->c.fd);
    memset(&context->ev, 0, sizeof context->ev);
    self->context = NULL;
    redisAsyncFree(context);
}

static void finish(redis_look_t *self, const struct redis_result *result)
{
    if (!self->is_running)
        return;
    self->is_running = false; /* callbacks that hiredis calls without a reply find that */
    cancel(self, &self->step);
    cancel(self, &self->deadline);
    self->function(self->plugin, result);
    disconnect(self);
}

__attribute__((format(printf, 3, 4))) static void fail(redis_look_t *self, bool is_refused,
                                                       const char *format, ...)
{
    char reason[REASON_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    finish(self, &(struct redis_result){.error = reason, .is_refused = is_refused});
}

static void on_deadline(ph_plugin_t *plugin, void *arg)
{
    redis_look_t *self = arg;
    (void)plugin;
    self->deadline = 0;
    fail(self, false, "no answer in time");
}

/* ---- hiredis and the loop ---- */

/* Each of the two calls may be the end of the connection. */
static void on_ready(ph_plugin_t *plugin, int fd, short events, void *arg)
{
    redis_look_t *self = arg;
    short broken = events & (POLLERR | POLLHUP);
    (void)plugin, (void)fd;
    if (self->context && self->events & POLLIN && (events & POLLIN || broken))
        redisAsyncHandleRead(self->context);
    if (self->context && self->events & POLLOUT && (events & POLLOUT || broken))
        redisAsyncHandleWrite(self->context);
}

/* POLLERR and POLLHUP come unasked: what waits for nothing is not watched at all. */
static void watch(redis_look_t *self, short events)
{
    self->events = events;
    if (events == 0)
        ph_plugin_unwatch_fd(self->plugin, self->context->c.fd);
    else
        ph_plugin_watch_fd(self->plugin, self->context->c.fd, events, on_ready, self, NULL);
}

static void add_read(void *arg)
{
    redis_look_t *self = arg;
    watch(self, self->events | POLLIN);
}

static void remove_read(void *arg)
{
    redis_look_t *self = arg;
    watch(self, self->events & ~POLLIN);
}

static void add_write(void *arg)
{
    redis_look_t *self = arg;
    watch(self, self->events | POLLOUT);
}

static void remove_write(void *arg)
{
    redis_look_t *self = arg;
    watch(self, self->events & ~POLLOUT);
}

/* hiredis ends the connection by itself. */
static void on_cleanup(void *arg)
{
    redis_look_t *self = arg;
    watch(self, 0);
    self->context = NULL;
}

/* ---- the conversation ---- */

static void on_reply(redisAsyncContext *context, void *data, void *arg)
{
    redis_look_t *self = arg;
    const redisReply *reply = data;
    if (!self->is_running)
        return;
    if (!reply)
        fail(self, false, "%s", context->errstr ? context->errstr : "the connection was closed");
    else if (reply->type == REDIS_REPLY_ERROR)
        fail(self, true, "%s", reply->str);
    else if (reply->type == REDIS_REPLY_STRING)
        finish(self, &(struct redis_result){.info = reply->str});
}

/* All at once: the server answers in this order, and a refusal ends it. */
static void ask(redis_look_t *self)
{
    const struct redis_url *url = self->url;
    redisAsyncContext *context = self->context;
    if (url->user)
        redisAsyncCommand(context, on_reply, self, "AUTH %s %s", url->user, url->password);
    else if (url->password)
        redisAsyncCommand(context, on_reply, self, "AUTH %s", url->password);
    if (url->database != 0)
        redisAsyncCommand(context, on_reply, self, "SELECT %d", url->database);
    redisAsyncCommand(context, on_reply, self, "INFO");
}

static void use_connection(redis_look_t *self, redisAsyncContext *context)
{
    if (!context || context->err) {
        fail(self, false, "%s", context ? context->errstr : "no memory");
        if (context)
            redisAsyncFree(context);
        return;
    }
    self->context = context;
    context->ev.data = self;
    context->ev.addRead = add_read;
    context->ev.delRead = remove_read;
    context->ev.addWrite = add_write;
    context->ev.delWrite = remove_write;
    context->ev.cleanup = on_cleanup;
    ask(self);
}

static void on_step(ph_plugin_t *plugin, void *arg);

static void step_after(redis_look_t *self, int ms)
{
    self->step = ph_plugin_after(self->plugin, ms, on_step, self);
}

static void look_up(redis_look_t *self)
{
    struct resolved found;
    struct ph_error err;
    char address[NI_MAXHOST];
    if (!self->resolver)
        self->resolver = resolver_new(self->url->host, self->url->port, SOCK_STREAM, &err);
    int outcome = self->resolver ? resolver_wait(self->resolver, 0, &found, &err) : -1;
    if (outcome == 0)
        step_after(self, LOOKUP_POLL_MS);
    else if (outcome < 0)
        fail(self, false, "%s", err.message);
    else if (getnameinfo((const struct sockaddr *)&found.address, found.size, address,
                         sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
        fail(self, false, "'%s' has no address", self->url->host);
    else
        use_connection(self, redisAsyncConnect(address, self->url->port));
}

static void on_step(ph_plugin_t *plugin, void *arg)
{
    redis_look_t *self = arg;
    (void)plugin;
    self->step = 0;
    if (self->url->path)
        use_connection(self, redisAsyncConnectUnix(self->url->path));
    else
        look_up(self);
}

/* ---- from the first to the last moment ---- */

redis_look_t *redis_look_new(ph_plugin_t *plugin, const struct redis_url *url, int timeout_ms,
                             redis_look_fn *function)
{
    redis_look_t *self = memory_new(sizeof *self);
    self->plugin = plugin;
    self->url = url;
    self->function = function;
    self->is_running = true;
    self->deadline = ph_plugin_after(plugin, timeout_ms, on_deadline, self);
    step_after(self, 0);
    return self;
}

void redis_look_destroy(redis_look_t **self_p)
{
    redis_look_t *self = *self_p;
    if (!self)
        return;
    self->is_running = false;
    cancel(self, &self->step);
    cancel(self, &self->deadline);
    disconnect(self);
    resolver_destroy(&self->resolver);
    free(self);
    *self_p = NULL;
}

bool redis_look_is_running(const redis_look_t *self)
{
    return self->is_running;
}

int redis_look_number(const char *info, const char *name, double *value)
{
    size_t length = strlen(name);
    for (const char *line = info; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) != 0 || line[length] != ':')
            continue;
        char *end;
        double number = strtod(line + length + 1, &end);
        if (end == line + length + 1 || (*end != '\0' && *end != '\r' && *end != '\n'))
            return -1;
        *value = number;
        return 0;
    }
    return -1;
}
