/* watcher.h - a named command kept at a number of processes. */
#pragma once

#include "slots.h"

typedef struct watcher watcher_t;

/* Called after each change of one of the watcher's processes, or of the watcher itself. */
typedef void watcher_change_fn(void *arg, watcher_t *watcher);

/* Makes a stopped watcher. Takes what `options` point to and empties it. `host` is borrowed. The
 * caller owns the result. Returns NULL and `err` when its output cannot be opened. */
watcher_t *watcher_new(struct watcher_options *options, const struct process_host *host,
                       watcher_change_fn *on_change, void *arg, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL; what still lives is killed. `*self_p` may be NULL. */
void watcher_destroy(watcher_t **self_p);

/* Ask for a state; return at once. `reason` is for events and the log. A restart is a stop and then
 * a start. */
void watcher_start(watcher_t *self, const char *reason);
void watcher_stop(watcher_t *self, const char *reason);
void watcher_restart(watcher_t *self, const char *reason);

/* A stop that no hook can prevent: the daemon ends. */
void watcher_end(watcher_t *self, const char *reason);

/* It is to be started, but has to wait: `for_what` says for what; `is_hopeless`, that this will not
 * come by itself. */
void watcher_wait(watcher_t *self, const char *for_what, bool is_hopeless);

/* For a watcher that is to run, and does not wait: replaces the processes: by successors that run
 * before the old ones are stopped, all at a time or one after the other; a singleton by a restart;
 * with send_hup each gets a SIGHUP instead. */
void watcher_reload(watcher_t *self, bool is_sequential, const char *reason);

/* Replaces those processes that run with options of before, in the first of these ways. */
void watcher_replace_outdated(watcher_t *self, const char *reason);

/* Says whether there are such processes. */
bool watcher_is_outdated(const watcher_t *self);

/* Takes other options, of the same name and kind, and empties `*options`: for the next start of
 * each process, and at once where that is possible. Whatever else they need is left to the caller.
 * Returns 0, or -1 with `err` filled, nothing taken and everything as it was: its output cannot be
 * opened. */
int watcher_configure(watcher_t *self, struct watcher_options *options, const char *reason,
                      struct ph_error *err);

/* Takes only what `options` say of where they were written: nothing else is another. */
void watcher_take_written(watcher_t *self, struct watcher_options *options);

/* Notes what files say now, as written_renew does. */
void watcher_renew_written(watcher_t *self, const struct written_list *files);

/* Says whether it could take them. Returns 0, or -1 with `err` filled. */
int watcher_check(const watcher_t *self, const struct watcher_options *options,
                  struct ph_error *err);

/* Changes how many processes it has. Returns 0, or -1 with PH_CONFLICT for a singleton. */
int watcher_set_numprocesses(watcher_t *self, int64_t count, const char *reason,
                             struct ph_error *err);

/* Replaces a plugin's own options, for its next start and for who asks; takes and empties them. */
void watcher_set_plugin_options(watcher_t *self, struct pairs *option);

/* With use_sockets its next processes inherit sockets that were opened since, too. */
void watcher_renew_sockets(watcher_t *self);

/* Forgets the deaths in a row of its processes and tries them at once. */
void watcher_reset(watcher_t *self, const char *reason);

/* Nothing that ends is restarted any more; nothing is stopped either. */
void watcher_let_go(watcher_t *self);

const char *watcher_name(const watcher_t *self);
const struct watcher_options *watcher_options(const watcher_t *self);

/* Returns "stopped", "waiting", "starting", "active", "stopping", "backoff" or "failed", whichever
 * of its processes needs attention most. */
const char *watcher_status(const watcher_t *self);

/* Says whether nothing is under way any more. */
bool watcher_is_settled(const watcher_t *self);

/* Says whether it is to run; whether all its processes run; whether none has a child. */
bool watcher_is_wanted(const watcher_t *self);
bool watcher_is_up(const watcher_t *self);
bool watcher_is_down(const watcher_t *self);

/* Says whether the stop under way is the first half of a restart. */
bool watcher_starts_again(const watcher_t *self);

/* Says whether it waits (watcher_wait); and whether it ended by itself and is not to run again. */
bool watcher_is_waiting(const watcher_t *self);
bool watcher_has_completed(const watcher_t *self);

/* Says whether it came up in the past and has not been stopped since, or has ended as it should:
 * what those that depend on it wait for. */
bool watcher_is_ready(const watcher_t *self);

/* Counts what was asked of it: another number means that another command came in between. */
unsigned watcher_generation(const watcher_t *self);
void watcher_count_request(watcher_t *self);

/* Its processes: as many as there shall be, as there are, and one after the other; NULL begins and
 * ends. */
size_t watcher_numprocesses(const watcher_t *self);
size_t watcher_running(const watcher_t *self);
process_t *watcher_next_process(const watcher_t *self, const process_t *previous);
process_t *watcher_find_process(const watcher_t *self, pid_t pid);

/* Returns why it is not active, or the cause of its last death; NULL: nothing to say. */
const char *watcher_reason(const watcher_t *self);

/* Returns why what was asked for last was not done: a hook refused, a successor did not come up.
 * NULL: it was. */
const char *watcher_failure(const watcher_t *self);

/* The last deaths, from the newest (0) on; NULL: no more are remembered. */
const struct death *watcher_death(const watcher_t *self, size_t index);

/* Returns the names of the sockets that its processes inherit, ended by NULL. */
const char *const *watcher_sockets(const watcher_t *self);

/* Returns its output, which belongs to the watcher. */
output_t *watcher_output(const watcher_t *self);
