/* statsd_client.h - counters, gauges and times for a statsd server, each a datagram.
 *
 * Nothing waits for the server, and nothing is kept for it: what cannot be sent is lost. The log
 * says so, once a minute at most. The first word of all names, circus.APPLICATION.watcher, is that
 * of Circus's plugins, so that what draws their figures draws these. */
#pragma once

#include <plughost/plugin.h>

typedef struct statsd_client statsd_client_t;

/* The rows of a plugin's table for the options that statsd_client_new reads; `application` is the
 * default of application_name, a string literal. */
#define STATSD_OPTIONS(application)                                                                \
    {.name = "host",                                                                               \
     .fallback = "localhost",                                                                      \
     .text = "The host of the statsd server, a name or an address."},                              \
        {.name = "port",                                                                           \
         .type = PH_OPTION_INT,                                                                    \
         .fallback = "8125",                                                                       \
         .min = 1,                                                                                 \
         .max = 65535,                                                                             \
         .text = "Its UDP port."},                                                                 \
        {.name = "sample_rate",                                                                    \
         .type = PH_OPTION_FLOAT,                                                                  \
         .fallback = "1.0",                                                                        \
         .min = 0,                                                                                 \
         .max = 1,                                                                                 \
         .text = "Which part of the counters and times is sent, by chance; gauges always are."},   \
    {                                                                                              \
        .name = "application_name", .fallback = (application),                                     \
        .text = "The second word of all names: circus.APPLICATION.watcher."                        \
    }

/* Reads the options of the plugin, and looks the host up. A host that is not found is no error: it
 * may come later, and is looked up again. The caller owns the result. Returns NULL with PH_INVALID
 * for an option that cannot be. `plugin` must outlive the client. */
statsd_client_t *statsd_client_new(ph_plugin_t *plugin, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void statsd_client_destroy(statsd_client_t **self_p);

/* Send one more of a thing, a value, or how long something took; the name is made by printf's rules
 * and goes behind circus.APPLICATION.watcher and a dot. What would end a name for statsd (':', '|',
 * '@', blanks) becomes '_'. */
void statsd_client_count(statsd_client_t *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void statsd_client_gauge(statsd_client_t *self, double value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void statsd_client_time(statsd_client_t *self, int64_t ms, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum { STATSD_WORD_SIZE = 256 };

/* Makes one word of the name of a watcher: as it is, with '_' for dots, which would make several.
 */
void statsd_word(char word[STATSD_WORD_SIZE], const char *name);
