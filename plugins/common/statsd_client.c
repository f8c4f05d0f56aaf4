#include "statsd_client.h"

#include "plugin_memory.h"
#include "resolver.h"

#include <errno.h>
#include <inttypes.h>
#include <plughost/plughost.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    FIRST_LOOKUP_MS = 2000, /* how long a start waits for the address */
    FAILED_LOOKUP_MS = 10000,
    LOOKUP_EVERY_MS = 300000, /* a name may come to mean another address */
    COMPLAIN_EVERY_MS = 60000,
    PACKET_SIZE = 512, /* fits into any network's packets */
};

struct statsd_client {
    ph_plugin_t *plugin;
    char *host;
    int port;
    double sample_rate;
    char *prefix;
    resolver_t *resolver; /* NULL: nothing is looked up just now */
    int64_t lookup_due;
    int64_t complained_at;
    bool has_complained;
    int fd; /* -1: the address is not known yet */
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the address ---- */

static void complain(statsd_client_t *self, const char *why)
{
    int64_t now = now_ms();
    if (self->has_complained && now - self->complained_at < COMPLAIN_EVERY_MS)
        return;
    self->has_complained = true;
    self->complained_at = now;
    ph_plugin_log(self->plugin, PH_LOG_WARNING, "cannot send to statsd at '%s' port %d: %s",
                  self->host, self->port, why);
}

static void use_address(statsd_client_t *self, const struct resolved *found)
{
    const struct sockaddr *address = (const struct sockaddr *)&found->address;
    int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, address, found->size) < 0) {
        complain(self, strerror(errno));
        if (fd >= 0)
            close(fd);
        return;
    }
    if (self->fd >= 0)
        close(self->fd);
    self->fd = fd;
}

/* Goes on with the lookup as far as it gets within `wait_ms`, or begins one that is due. */
static void look_up(statsd_client_t *self, int wait_ms)
{
    struct ph_error err;
    if (!self->resolver) {
        if (now_ms() < self->lookup_due)
            return;
        self->resolver = resolver_new(self->host, self->port, SOCK_DGRAM, &err);
    }
    struct resolved found;
    int outcome = self->resolver ? resolver_wait(self->resolver, wait_ms, &found, &err) : -1;
    if (outcome == 0)
        return;
    if (outcome > 0)
        use_address(self, &found);
    else
        complain(self, err.message);
    resolver_destroy(&self->resolver);
    self->lookup_due = now_ms() + (outcome > 0 ? LOOKUP_EVERY_MS : FAILED_LOOKUP_MS);
}

/* ---- the options ---- */

static int read_options(statsd_client_t *self, struct ph_error *err)
{
    int64_t port;
    if (ph_plugin_option_int(self->plugin, "port", 8125, &port, err) < 0 ||
        ph_plugin_option_float(self->plugin, "sample_rate", 1.0, &self->sample_rate, err) < 0)
        return -1;
    self->port = (int)port;
    self->host = memory_copy(ph_plugin_option(self->plugin, "host", "localhost"));
    if (!*self->host)
        return ph_error_set(err, PH_INVALID, "option 'host' is empty: the statsd server's host");

    const char *application = ph_plugin_option(self->plugin, "application_name", "app");
    if (!*application || application[strcspn(application, ":|@ \t")])
        return ph_error_set(err, PH_INVALID,
                            "option 'application_name': '%.80s' is empty or has ':', '|', '@' or a "
                            "blank in it",
                            application);
    self->prefix = memory_format("circus.%s.watcher", application);
    return 0;
}

statsd_client_t *statsd_client_new(ph_plugin_t *plugin, struct ph_error *err)
{
    ph_cleanup(statsd_client_destroy) statsd_client_t *self = memory_new(sizeof *self);
    self->plugin = plugin;
    self->fd = -1;
    if (read_options(self, err) < 0)
        return NULL;
    ph_plugin_busy(plugin, 2 * FIRST_LOOKUP_MS);
    look_up(self, FIRST_LOOKUP_MS);
    return ph_steal(&self);
}

void statsd_client_destroy(statsd_client_t **self_p)
{
    statsd_client_t *self = *self_p;
    if (!self)
        return;
    resolver_destroy(&self->resolver);
    if (self->fd >= 0)
        close(self->fd);
    free(self->host);
    free(self->prefix);
    free(self);
    *self_p = NULL;
}

/* ---- sending ---- */

static bool is_sampled(const statsd_client_t *self)
{
    uint32_t number = 0;
    if (self->sample_rate >= 1)
        return true;
    if (getrandom(&number, sizeof number, 0) < 0)
        return false;
    return (double)number / (double)UINT32_MAX < self->sample_rate;
}

static void replace_marks(char *text, const char *marks)
{
    for (char *at = text + strcspn(text, marks); *at; at += strcspn(at, marks))
        *at = '_';
}

/* Makes the name and puts `value` behind it. A name that is too long is cut, the value never is. */
__attribute__((format(printf, 3, 0))) static void
send_named(statsd_client_t *self, const char *value, const char *format, va_list args)
{
    char name[PACKET_SIZE - 64];
    int length = snprintf(name, sizeof name, "%s.", self->prefix);
    if ((size_t)length < sizeof name)
        (void)vsnprintf(name + length, sizeof name - (size_t)length, format, args);
    replace_marks(name, ":|@ \t\n");

    char packet[PACKET_SIZE];
    int size = snprintf(packet, sizeof packet, "%s:%s", name, value);
    look_up(self, 0);
    if (self->fd < 0)
        return;
    if (send(self->fd, packet, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        complain(self, strerror(errno));
}

/* Puts "|@RATE" behind the values of which not all are sent: the server multiplies. */
static void add_rate(const statsd_client_t *self, char *value, size_t size)
{
    size_t length = strlen(value);
    if (self->sample_rate < 1)
        (void)snprintf(value + length, size - length, "|@%g", self->sample_rate);
}

void statsd_client_count(statsd_client_t *self, const char *format, ...)
{
    char value[64] = "1|c";
    if (!is_sampled(self))
        return;
    add_rate(self, value, sizeof value);
    va_list args;
    va_start(args, format);
    send_named(self, value, format, args);
    va_end(args);
}

void statsd_client_gauge(statsd_client_t *self, double value, const char *format, ...)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.15g|g", value);
    va_list args;
    va_start(args, format);
    send_named(self, text, format, args);
    va_end(args);
}

void statsd_client_time(statsd_client_t *self, int64_t ms, const char *format, ...)
{
    char value[64];
    if (!is_sampled(self))
        return;
    (void)snprintf(value, sizeof value, "%" PRId64 "|ms", ms);
    add_rate(self, value, sizeof value);
    va_list args;
    va_start(args, format);
    send_named(self, value, format, args);
    va_end(args);
}

void statsd_word(char word[STATSD_WORD_SIZE], const char *name)
{
    (void)snprintf(word, STATSD_WORD_SIZE, "%s", name);
    replace_marks(word, ".");
}
