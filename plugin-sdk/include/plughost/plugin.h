/* plughost/plugin.h - a table of functions becomes a plugin with a process of its own.
 *
 * Lifecycle. `plughost-plugin` loads the module, checks its options against the module's table,
 * connects, says hello and subscribes; then it calls handle_init once. From when that has returned
 * 0 the plugin is ready: events, timers, descriptors and methods call their functions as they come.
 * handle_stop runs once on every orderly stop (a command, the daemon's end, SIGTERM, SIGINT), then
 * the process ends with status 0. A plugin whose handle_init fails is reported to the daemon with
 * the reason, ends with status 1 and is tried again later; handle_stop runs only after a
 * handle_init that returned 0. From when it is ready, the plugin shows that it is alive by
 * heartbeats from its own loop: a function that does not return within the option `watchdog` is
 * taken for hung, and the process is replaced. Announce what takes long with ph_plugin_busy.
 *
 * Threads. All functions of a plugin run on the main thread, one at a time, and the functions below
 * are for that thread only. A thread of the plugin's own hands its results over through a
 * descriptor: see ph_plugin_watch_fd.
 *
 * Memory. Strings, values and events handed to a function hold until it returns; what a function
 * below takes as `const` is copied or not kept. What somebody owns is said with each function.
 *
 * Versions. The struct below carries its size and the number of its binary interface. Later
 * versions append members: a module runs on every plughost with the same PH_PLUGIN_ABI, older or
 * newer, and what a plughost does not know of it is not used.
 *
 *     // watch.c
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
#include <plughost/method.h>
#include <plughost/option.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The binary interface of this header. It changes when a module built for an older one cannot
 * run. */
#define PH_PLUGIN_ABI 1

/* What was missed: events that the daemon published and that did not arrive, because this plugin
 * was slow, because the connection was lost for a while, or because the daemon was started anew.
 * How many is not known in the last case, nor after a lost connection to who does not receive
 * everything: then it may also have been none. */
struct ph_gap {
    bool is_new_epoch; /* the daemon was started anew: nothing is known of what lies between */
    uint64_t missed;   /* how many of the events that were subscribed to; 0: not known how many */
    uint64_t from, to; /* numbers of events between which they lie, both included */
};

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

    /* The options that it takes, ended by a row without a name. NULL: any, unchecked. */
    const struct ph_option *options;

    /* What it offers to others, ended by a row without a name. NULL: nothing, or see
     * ph_plugin_method. */
    const struct ph_method *methods;

    /* Takes new options into use: the functions below return the new values already. Returns 0; or
     * -1 with `err` filled: then the old ones stay in force and who wanted to change them gets the
     * error. NULL: new options mean a restart. */
    int (*handle_reconfigure)(ph_plugin_t *plugin, struct ph_error *err);

    /* Takes several events at once, in their order, in place of handle_recv: as soon as there are
     * batch_max (0: 100), or batch_age_ms after the first of them came (0: as many as are there).
     */
    void (*handle_batch)(ph_plugin_t *plugin, const ph_event_t *const *events, size_t count);
    size_t batch_max;
    int batch_age_ms;

    /* Learns that events were missed, before the next one is handed over. May be NULL. */
    void (*handle_gap)(ph_plugin_t *plugin, const struct ph_gap *gap);
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

/* Returns an option byte for byte as the configuration has it; else what the module's table says;
 * else `fallback`. Holds until the next handle_reconfigure. */
PH_API const char *ph_plugin_option(const ph_plugin_t *self, const char *key, const char *fallback);

/* These read an option of a type into `*value`, which is the fallback when the option is not set
 * and the table has no value for it. Return 0, or -1 with PH_INVALID that names option, value and
 * what is accepted; `*value` is then untouched. Booleans are yes/no, true/false, on/off, 1/0. */
PH_API int ph_plugin_option_int(const ph_plugin_t *self, const char *key, int64_t fallback,
                                int64_t *value, struct ph_error *err);
PH_API int ph_plugin_option_float(const ph_plugin_t *self, const char *key, double fallback,
                                  double *value, struct ph_error *err);
PH_API int ph_plugin_option_bool(const ph_plugin_t *self, const char *key, bool fallback,
                                 bool *value, struct ph_error *err);

/* ---- time and descriptors ---- */

/* Called when a timer fires, or when a descriptor is ready for `events` (POLLIN, POLLOUT). */
typedef void ph_timer_fn(ph_plugin_t *plugin, void *arg);
typedef void ph_fd_fn(ph_plugin_t *plugin, int fd, short events, void *arg);

/* Call `function` once, `ms` from now; or every `ms` (at least 1), where what could not be done in
 * time is done once and not made up for. Return an id, from 1, for ph_plugin_cancel, which does
 * nothing for a timer that is over. */
PH_API int ph_plugin_after(ph_plugin_t *self, int ms, ph_timer_fn *function, void *arg);
PH_API int ph_plugin_every(ph_plugin_t *self, int ms, ph_timer_fn *function, void *arg);
PH_API void ph_plugin_cancel(ph_plugin_t *self, int id);

/* Calls `function` whenever `fd`, which is borrowed, is ready for one of `events` (POLLIN, POLLOUT
 * or both; POLLERR and POLLHUP come unasked), until ph_plugin_unwatch_fd, which must come before it
 * is closed. A second call for the same descriptor replaces the first. Returns 0, or -1 with
 * PH_INVALID for a descriptor that is not open. */
PH_API int ph_plugin_watch_fd(ph_plugin_t *self, int fd, short events, ph_fd_fn *function,
                              void *arg, struct ph_error *err);
PH_API void ph_plugin_unwatch_fd(ph_plugin_t *self, int fd);

/* The function that runs now will not return within the next `ms`: the watchdog waits as long. */
PH_API void ph_plugin_busy(ph_plugin_t *self, int ms);

/* ---- events ---- */

/* Asks for the events whose topic begins with `prefix` ("" for all) as well, or no longer. When it
 * returns 0 it is in force: every later event comes, or none but those that wait here already.
 * Returns -1 with PH_TIMEOUT or PH_UNAVAILABLE, or PH_NOT_FOUND for a prefix never asked for. */
PH_API int ph_plugin_subscribe(ph_plugin_t *self, const char *prefix, struct ph_error *err);
PH_API int ph_plugin_unsubscribe(ph_plugin_t *self, const char *prefix, struct ph_error *err);

/* Publishes an event, with `fields` (NULL: none) as its body beside time, epoch, seq and publisher.
 * A plugin may publish event.NAME and all below event.NAME. under its own NAME, and what the option
 * `publish` of its section grants. Does not wait for the daemon: what that refuses it writes to its
 * log. Returns 0, or -1 with PH_INVALID for a topic or body that cannot be, PH_BUSY when the queue
 * to the daemon is full. To be certain, ph_plugin_call the command `publish`. */
PH_API int ph_plugin_publish(ph_plugin_t *self, const char *topic, const ph_writer_t *fields,
                             struct ph_error *err);

/* ---- the daemon, and other plugins ---- */

/* As ph_client_call, ph_client_cast and ph_client_invoke, from any function, handle_init and
 * handle_stop included. What comes meanwhile is kept for later. An invocation of itself is refused:
 * it could never answer. */
PH_API ph_message_t *ph_plugin_call(ph_plugin_t *self, const char *command,
                                    const ph_writer_t *properties, int timeout_ms,
                                    struct ph_error *err);
PH_API int ph_plugin_cast(ph_plugin_t *self, const char *command, const ph_writer_t *properties,
                          struct ph_error *err);
PH_API ph_message_t *ph_plugin_invoke(ph_plugin_t *self, const char *plugin, const char *method,
                                      const ph_writer_t *args, int timeout_ms,
                                      struct ph_error *err);

/* Takes the reply, or NULL and the error; both are borrowed. */
typedef void ph_reply_fn(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                         void *arg);

/* The same without waiting: `function` is called once, after this function has returned, with the
 * reply, the daemon's refusal, or PH_TIMEOUT. If the plugin stops before, it is called with
 * PH_UNAVAILABLE. Return 0, or -1 with `err` filled: then it is not called. */
PH_API int ph_plugin_call_async(ph_plugin_t *self, const char *command,
                                const ph_writer_t *properties, int timeout_ms,
                                ph_reply_fn *function, void *arg, struct ph_error *err);
PH_API int ph_plugin_invoke_async(ph_plugin_t *self, const char *plugin, const char *method,
                                  const ph_writer_t *args, int timeout_ms, ph_reply_fn *function,
                                  void *arg, struct ph_error *err);

/* ---- log and metrics ---- */

enum ph_log_level { PH_LOG_DEBUG, PH_LOG_INFO, PH_LOG_WARNING, PH_LOG_ERROR };

/* Writes a line to the daemon's log under the plugin's name, the second with fields behind it:
 * "TEXT key=value ...". A plugin that runs by hand writes to standard error as well. */
PH_API void ph_plugin_log(ph_plugin_t *self, enum ph_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
PH_API void ph_plugin_log_fields(ph_plugin_t *self, enum ph_log_level level,
                                 const ph_writer_t *fields, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Numbers that the daemon collects, by name (letters, digits, '_', '-', '.'); `plughostctl metrics`
 * shows them. A counter adds up, over restarts of the plugin too; a gauge is what was set last; a
 * histogram keeps count, sum, least, most and how many fell below which power of two. Nothing is
 * sent at once: they go along with the next heartbeat, and before the end. At most 200 names each.
 */
PH_API void ph_plugin_counter(ph_plugin_t *self, const char *name, uint64_t add);
PH_API void ph_plugin_gauge(ph_plugin_t *self, const char *name, double value);
PH_API void ph_plugin_histogram(ph_plugin_t *self, const char *name, double value);

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
