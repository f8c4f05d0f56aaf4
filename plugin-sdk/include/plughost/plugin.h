/* plughost/plugin.h - a table of functions becomes a plugin with a process of its own.
 *
 * Life: `plughost-plugin` loads the module, connects, calls handle_init once; from then on
 * handle_recv for each event; handle_stop once on every orderly stop (a command, the daemon's end,
 * SIGTERM, SIGINT), then the process ends with status 0. A plugin whose handle_init fails is
 * reported to the daemon with the reason, ends with status 1 and is tried again later. handle_stop
 * runs only after a handle_init that returned 0.
 *
 * Threads: all callbacks run on the main thread, one at a time. The functions below are for that
 * thread. Memory: strings and events handed to a callback hold until it returns.
 *
 *     static void on_event(ph_plugin_t *plugin, const ph_event_t *event)
 *     {
 *         ph_plugin_log(plugin, PH_LOG_INFO, "saw %s", ph_event_topic(event));
 *     }
 *
 *     PH_PLUGIN_MODULE = {
 *         PH_PLUGIN_HEADER,
 *         .version = "1.0",
 *         .handle_recv = on_event,
 *     };
 */
#pragma once

#include <plughost/event.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ph_plugin ph_plugin_t;

/* The binary interface of this header. It changes when a module built for an older one cannot
 * run. */
#define PH_PLUGIN_ABI 1

struct ph_plugin_module {
    uint32_t abi;  /* PH_PLUGIN_ABI, from PH_PLUGIN_HEADER */
    uint32_t size; /* of this struct, from PH_PLUGIN_HEADER: later versions append members */

    const char *version; /* the module's own version, or NULL */
    const char *summary; /* one line for people, or NULL */

    /* Topic prefixes to receive, ended by NULL. NULL instead of a list receives everything when
     * there is a handle_recv, nothing when there is none. */
    const char *const *topics;

    /* Prepares the plugin. Returns 0, or -1 with `err` filled. May be NULL. */
    int (*handle_init)(ph_plugin_t *plugin, struct ph_error *err);

    /* Takes one event, which is borrowed. May be NULL. */
    void (*handle_recv)(ph_plugin_t *plugin, const ph_event_t *event);

    /* Puts everything away. May be NULL. */
    void (*handle_stop)(ph_plugin_t *plugin);

    /* Opens files again after somebody moved them: `plughostctl reopen`, or SIGHUP. May be NULL. */
    void (*handle_reopen)(ph_plugin_t *plugin);
};

#define PH_PLUGIN_HEADER .abi = PH_PLUGIN_ABI, .size = sizeof(struct ph_plugin_module)

/* Defines the one symbol that a module exports: `PH_PLUGIN_MODULE = { PH_PLUGIN_HEADER, ... };` */
#define PH_PLUGIN_MODULE                                                                           \
    extern PH_API const struct ph_plugin_module ph_plugin_module;                                  \
    const struct ph_plugin_module ph_plugin_module

/* ---- identity and data ---- */

/* Returns the plugin's name: NAME of its [plugin:NAME] section. */
PH_API const char *ph_plugin_name(const ph_plugin_t *self);

/* Keeps a pointer for the plugin's own use. It is never read or freed by plughost. */
PH_API void ph_plugin_set_data(ph_plugin_t *self, void *data);
PH_API void *ph_plugin_data(const ph_plugin_t *self);

/* ---- options: the keys of the section that plughost does not know itself ---- */

/* Returns an option byte for byte as the configuration has it, or the fallback. */
PH_API const char *ph_plugin_option(const ph_plugin_t *self, const char *key, const char *fallback);

/* These read an option of a type into `*value`, which is the fallback when the option is not set.
 * Return 0, or -1 with PH_INVALID that names option, value and what is accepted; `*value` is then
 * untouched. Booleans are yes/no, true/false, on/off, 1/0. */
PH_API int ph_plugin_option_int(const ph_plugin_t *self, const char *key, int64_t fallback,
                                int64_t *value, struct ph_error *err);
PH_API int ph_plugin_option_float(const ph_plugin_t *self, const char *key, double fallback,
                                  double *value, struct ph_error *err);
PH_API int ph_plugin_option_bool(const ph_plugin_t *self, const char *key, bool fallback,
                                 bool *value, struct ph_error *err);

/* ---- the daemon ---- */

/* As ph_client_call and ph_client_cast, from any callback, handle_init and handle_stop included.
 * Events that come meanwhile are kept for later. */
PH_API ph_message_t *ph_plugin_call(ph_plugin_t *self, const char *command,
                                    const ph_writer_t *properties, int timeout_ms,
                                    struct ph_error *err);
PH_API int ph_plugin_cast(ph_plugin_t *self, const char *command, const ph_writer_t *properties,
                          struct ph_error *err);

enum ph_log_level { PH_LOG_DEBUG, PH_LOG_INFO, PH_LOG_WARNING, PH_LOG_ERROR };

/* Writes a line to the daemon's log under the plugin's name. A plugin that runs by hand writes to
 * standard error as well. */
PH_API void ph_plugin_log(ph_plugin_t *self, enum ph_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- running one without plughost-plugin ---- */

struct ph_plugin_settings {
    const char *name;          /* required */
    const char *endpoint;      /* NULL: as ph_client_new */
    const char *pubsub;        /* NULL: the daemon is asked */
    const char *token;         /* proves that the daemon started us; NULL when run by hand */
    const ph_value_t *options; /* a map of texts, or NULL */
};

/* Runs a module until it is stopped; SIGTERM, SIGINT and SIGHUP are taken over meanwhile. Returns 0
 * after an orderly stop, or -1 with `err` filled: then tell the daemon with ph_plugin_report, and
 * end. */
PH_API int ph_plugin_run(const struct ph_plugin_module *module,
                         const struct ph_plugin_settings *settings, struct ph_error *err);

/* Tells the daemon why a plugin cannot run: ph_plugin_run failed, or its module does not load. The
 * daemon keeps message and hint as the cause of the death that follows. Returns 0, or -1 when the
 * daemon did not take it; without a token nothing is sent. */
PH_API int ph_plugin_report(const struct ph_plugin_settings *settings,
                            const struct ph_error *reason);

#ifdef __cplusplus
}
#endif
