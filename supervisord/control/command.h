/* command.h - runs requests: finds the command, checks its properties, calls its function. */
#pragma once

#include "../supervisor.h"

#include <commands.h>

/* What a command's function gets. */
struct command_call {
    supervisor_t *supervisor;
    request_t *request;           /* a function that answers later takes it: ph_steal */
    session_t *session;           /* of the plugin that asks; NULL: it is none */
    const ph_value_t *properties; /* a map whose types were checked, or NULL; see COMMAND_ENCODED */
    ph_writer_t *reply;           /* what it answers beside status, id and time */
};

/* Does the work. Returns 0, or -1 with `err` filled. */
typedef int command_fn(struct command_call *call, struct ph_error *err);

/* Runs a decoded request, which it takes, and answers it or has it answered later. `arg` is
 * a supervisor_t: this is the function that supervisor_new wants. */
void command_run(void *arg, request_t *request);

/* The functions, by theme. cmd_daemon.c: */
int command_ping(struct command_call *call, struct ph_error *err);
int command_version(struct command_call *call, struct ph_error *err);
int command_help(struct command_call *call, struct ph_error *err);
int command_reopen(struct command_call *call, struct ph_error *err);
int command_quit(struct command_call *call, struct ph_error *err);
/* cmd_watcher.c: */
int command_list(struct command_call *call, struct ph_error *err);
int command_start(struct command_call *call, struct ph_error *err);
int command_stop(struct command_call *call, struct ph_error *err);
int command_restart(struct command_call *call, struct ph_error *err);
int command_reload(struct command_call *call, struct ph_error *err);
int command_reset(struct command_call *call, struct ph_error *err);
/* cmd_number.c: */
int command_incr(struct command_call *call, struct ph_error *err);
int command_decr(struct command_call *call, struct ph_error *err);
int command_numprocesses(struct command_call *call, struct ph_error *err);
int command_numwatchers(struct command_call *call, struct ph_error *err);
/* cmd_signal.c: */
int command_signal(struct command_call *call, struct ph_error *err);
int command_kill(struct command_call *call, struct ph_error *err);
/* cmd_add.c: */
int command_add(struct command_call *call, struct ph_error *err);
int command_rm(struct command_call *call, struct ph_error *err);
/* cmd_status.c: */
int command_status(struct command_call *call, struct ph_error *err);
int command_why(struct command_call *call, struct ph_error *err);
/* cmd_logs.c: */
int command_logs(struct command_call *call, struct ph_error *err);
/* cmd_stats.c: */
int command_stats(struct command_call *call, struct ph_error *err);
int command_dstats(struct command_call *call, struct ph_error *err);
/* cmd_socket.c: */
int command_listsockets(struct command_call *call, struct ph_error *err);
/* cmd_set.c, and cmd_set_own.c for the own options of a plugin, where all others are refused: */
int command_set(struct command_call *call, struct ph_error *err);
int command_set_own(struct command_call *call, watcher_t *watcher, struct ph_error *err);
/* cmd_options.c: */
int command_options(struct command_call *call, struct ph_error *err);
int command_get(struct command_call *call, struct ph_error *err);
int command_globaloptions(struct command_call *call, struct ph_error *err);
int command_config(struct command_call *call, struct ph_error *err);
/* cmd_reload.c: */
int command_plan(struct command_call *call, struct ph_error *err);
int command_apply(struct command_call *call, struct ph_error *err);
int command_reloadconfig(struct command_call *call, struct ph_error *err);
/* cmd_invoke.c: */
int command_invoke(struct command_call *call, struct ph_error *err);
/* cmd_describe.c: */
int command_methods(struct command_call *call, struct ph_error *err);
int command_describe(struct command_call *call, struct ph_error *err);
/* cmd_publish.c: */
int command_publish(struct command_call *call, struct ph_error *err);
/* cmd_metrics.c: */
int command_metrics(struct command_call *call, struct ph_error *err);
/* cmd_plugin.c: */
int command_plugin_hello(struct command_call *call, struct ph_error *err);
int command_plugin_subscribe(struct command_call *call, struct ph_error *err);
int command_plugin_unsubscribe(struct command_call *call, struct ph_error *err);
int command_plugin_method(struct command_call *call, struct ph_error *err);
int command_plugin_heartbeat(struct command_call *call, struct ph_error *err);
int command_plugin_metrics(struct command_call *call, struct ph_error *err);
int command_plugin_ready(struct command_call *call, struct ph_error *err);
int command_plugin_failed(struct command_call *call, struct ph_error *err);
int command_plugin_log(struct command_call *call, struct ph_error *err);

/* Returns a property that is a text, which belongs to the request; NULL if it is not there. */
const char *command_text(const struct command_call *call, const char *key);

/* Returns "command 'NAME' from uid 1000 pid 4242", a reason for events, which the caller frees. */
char *command_reason(const struct command_call *call);

/* Returns who asks: "plugin:NAME", "uid 1000 pid 4242", or "unknown"; the caller frees it. */
char *command_sender(const struct command_call *call);

/* Returns the watcher that property `name` names, or NULL with `err` filled. */
watcher_t *command_watcher(const struct command_call *call, struct ph_error *err);

/* Has `act` write of each plugin that property `name`, a text or a list, names: once, however often
 * and in whichever letters it stands there, with or without "plugin:". Returns 0, or -1 with the
 * `err` of the first that failed. */
typedef int command_plugin_fn(const struct command_call *call, const char *name,
                              struct ph_error *err);
int command_each_plugin(const struct command_call *call, command_plugin_fn *act,
                        struct ph_error *err);

/* Refuses what would change watchers while the daemon ends, or what would wait when too many do.
 * Returns 0, or -1 with `err` filled. */
int command_check_change(const struct command_call *call, struct ph_error *err);

/* Answers once the watcher is where it shall be, if the request waits. The second also tells what
 * became of its processes `before`, which it takes then. */
void command_wait(struct command_call *call, enum job_goal goal, watcher_t *watcher);
void command_wait_comparing(struct command_call *call, enum job_goal goal, watcher_t *watcher,
                            struct pids *before);

/* Watchers that a command is about. */
struct selection {
    watcher_t **watchers;
    size_t count;
};

/* Finds the watchers that property `name` names, or matches by the method of property `match`, each
 * once; all of them if it is not there. Returns 0, or -1 with PH_NOT_FOUND or PH_INVALID; then the
 * selection is empty. */
int selection_read(struct selection *self, const struct command_call *call, struct ph_error *err);
void selection_release(struct selection *self);

/* Returns all watchers. */
struct selection selection_of_all(const supervisor_t *supervisor);

/* Writes the names under the key `watchers`. */
void selection_write(const struct selection *self, ph_writer_t *reply);
