/* plughost/harness.h - a plughostd of a test's own: start it, look at it, stop it.
 *
 * For tests of plugins, in any test framework or in a bare main(): nothing here prints or asserts.
 * Link with `plughost::harness` (CMake) or `plughost-harness` (pkg-config).
 *
 *     int main(void)
 *     {
 *         struct ph_error err;
 *         struct ph_harness_settings settings = {.plugin_path = "plugins"};
 *         ph_cleanup(ph_harness_destroy) ph_harness_t *harness =
 *             ph_harness_start("[plugin:calc]\n", &settings, &err);
 *         if (!harness ||
 *             ph_harness_wait_status(harness, "plugin:calc", "active", 5000, &err) < 0 ||
 *             ph_harness_stop(&harness, &err) < 0) {
 *             fprintf(stderr, "%s\n", err.message);
 *             return 1;
 *         }
 *         return 0;
 *     }
 *
 * Lifecycle. The daemon runs on a folder of its own and listens there only. Between the test and
 * the daemon stands a small process that adopts what the daemon leaves behind: when the test stops
 * the harness, and also when the test is killed, everything that was started here is ended.
 *
 * Programs. plughostd and plughost-plugin are taken from the first of these folders that has them:
 * `bin_dir` of the settings, $PLUGHOST_BIN, the one beside this library, those of $PATH.
 *
 * Threads. There is no global state: use as many harnesses as you like, each from one thread at a
 * time. Signal masks and handlers of the test are left alone.
 *
 * Time. Everything that waits has a limit, is woken by what it waits for, and names on failure what
 * it has seen instead. */
#pragma once

#include <plughost/client.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ph_harness ph_harness_t;

struct ph_harness_settings {
    const char *plugin_path; /* where modules are, as the option of that name; NULL: nowhere else */
    const char *bin_dir;     /* the folder of plughostd; NULL: see above */
};

/* Starts a daemon on a configuration and waits until it answers, at most ten seconds. The text is
 * that of a plughost.ini without `run_dir`, `endpoint` and `plugin_path`, which are set for it;
 * @DIR@ in it stands for the daemon's folder. What begins by itself may have done so when this
 * returns: `autostart = no` and the command `start` let a test see it. `settings` may be NULL. The
 * caller owns the result. Returns NULL with PH_NOT_FOUND when there is no plughostd, with
 * PH_INVALID and what it says when it does not take the configuration, or with PH_SYSTEM. */
PH_API ph_harness_t *ph_harness_start(const char *configuration,
                                      const struct ph_harness_settings *settings,
                                      struct ph_error *err);

/* Stops the daemon in order, within ten seconds, and checks that it ended with status 0, that no
 * process and no socket is left; kills what is left, removes the folder, frees `*self_p` and sets
 * it to NULL. `*self_p` may be NULL. Returns 0; or -1 with PH_CONFLICT and what was not in order,
 * when all is cleaned up all the same. */
PH_API int ph_harness_stop(ph_harness_t **self_p, struct ph_error *err);

/* As ph_harness_stop, but kills everything at once and checks nothing: for ends that are none. */
PH_API void ph_harness_destroy(ph_harness_t **self_p);

/* Returns the folder of the daemon: it holds `plughost.ini`, `log` and `run`, and is the place for
 * files of the test's. */
PH_API const char *ph_harness_dir(const ph_harness_t *self);

/* Returns where the daemon listens, and its process. */
PH_API const char *ph_harness_endpoint(const ph_harness_t *self);
PH_API pid_t ph_harness_pid(const ph_harness_t *self);

/* Returns a connection to the daemon for the test's use, which belongs to the harness. */
PH_API ph_client_t *ph_harness_client(const ph_harness_t *self);

/* Waits until the status of a watcher ("plugin:NAME" for a plugin) is this word, such as "active".
 * Returns 0, or -1 with PH_TIMEOUT, which tells the last status and its reason, or PH_UNAVAILABLE
 * when the daemon is gone. */
PH_API int ph_harness_wait_status(ph_harness_t *self, const char *name, const char *status,
                                  int timeout_ms, struct ph_error *err);

/* Waits until the status of a watcher has a reason that holds `text`, such as the one for which a
 * plugin could not run. Returns as ph_harness_wait_status does. */
PH_API int ph_harness_wait_reason(ph_harness_t *self, const char *name, const char *text,
                                  int timeout_ms, struct ph_error *err);

/* Waits for the next event of exactly that topic, such as "watcher.web.spawn". Events are read in
 * their order, from when the harness was started, and each once: those that are passed over are
 * gone. The caller owns the result. Returns NULL with PH_TIMEOUT or PH_UNAVAILABLE. */
PH_API ph_event_t *ph_harness_wait_event(ph_harness_t *self, const char *topic, int timeout_ms,
                                         struct ph_error *err);

/* Returns what the daemon has logged so far, which the caller frees; "" for nothing. */
PH_API char *ph_harness_log(const ph_harness_t *self);

/* Waits until the log holds `text`. Returns 0, or -1 with PH_TIMEOUT and the log's last lines, or
 * with PH_UNAVAILABLE when the daemon is gone. */
PH_API int ph_harness_wait_log(ph_harness_t *self, const char *text, int timeout_ms,
                               struct ph_error *err);

/* Runs plughost-plugin with `words`, ended by NULL, until it ends: {"--selftest", "--module",
 * "./calc.so", "calc", NULL}, or with "--endpoint" a plugin by hand. It is killed when the time is
 * over. Returns its exit status, with all it has written in `*output` (NULL: of no interest), which
 * the caller frees; or -1 with PH_NOT_FOUND, PH_TIMEOUT, or PH_SYSTEM when a signal has killed it,
 * and `*output` untouched. */
PH_API int ph_harness_run_plugin(const char *const *words, int timeout_ms, char **output,
                                 struct ph_error *err);

#ifdef __cplusplus
}
#endif
