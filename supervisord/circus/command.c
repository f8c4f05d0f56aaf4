#include "command.h"

#include <string.h>

/* ---- what is answered without a command of ours ---- */

static int prepare_ipython(struct circus_call *call, struct ph_error *err)
{
    (void)call;
    return ph_error_set(err, PH_INVALID,
                        "ipython is not supported: there is no Python in plughostd; 'plughostctl "
                        "status', 'why', 'stats' and 'logs' show what goes on");
}

static int prepare_listen(struct circus_call *call, struct ph_error *err)
{
    (void)call;
    return ph_error_set(err, PH_INVALID, "invalid message. use a pub/sub socket");
}

/* A singleton keeps its number, and Circus says so. */
static int prepare_number(struct circus_call *call, struct ph_error *err)
{
    const struct watcher_options *options = watcher_options(call->watcher);
    (void)err;
    if (!options->singleton && options->kind != WATCHER_PLUGIN)
        return CIRCUS_GO_ON;
    ph_writer_int(call->reply, "numprocesses", (int64_t)watcher_numprocesses(call->watcher));
    ph_writer_bool(call->reply, "singleton", true);
    return CIRCUS_ANSWERED;
}

static int64_t count_running(const watcher_t *watcher)
{
    int64_t count = 0;
    process_t *process = NULL;
    while ((process = watcher_next_process(watcher, process)))
        count += process_pid(process) > 0;
    return count;
}

/* Circus counts the processes that there are, ours those that there shall be. */
static int prepare_numprocesses(struct circus_call *call, struct ph_error *err)
{
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    int64_t count = call->watcher ? count_running(call->watcher) : 0;
    (void)err;
    for (size_t i = 0; !call->watcher && i < watchers_count(watchers); i++)
        count += count_running(watchers_at(watchers, i));
    ph_writer_int(call->reply, "numprocesses", count);
    if (call->watcher) /* its name as it was sent */
        ph_writer_value(call->reply, "watcher_name", ph_value_get(call->properties, "name"));
    return CIRCUS_ANSWERED;
}

/* ---- the table ---- */

static const struct circus_command commands[] = {
    {.name = "add",
     .ours = "add",
     .is_in_the_background = true,
     .required = {"name", "cmd"},
     .properties = {{"start", CIRCUS_BOOL}},
     .prepare = circus_prepare_add,
     .answer = circus_answer_add},
    {.name = "decr",
     .ours = "decr",
     .is_in_the_background = true,
     .required = {"name"},
     .properties = {{"name", CIRCUS_NAME}, {"nb", CIRCUS_INT}},
     .prepare = prepare_number,
     .answer = circus_answer_number},
    {.name = "dstats", .prepare = circus_prepare_dstats},
    {.name = "get",
     .ours = "options",
     .required = {"name", "keys"},
     .properties = {{"name", CIRCUS_NAME}},
     .prepare = circus_prepare_get,
     .answer = circus_answer_get},
    {.name = "globaloptions", .prepare = circus_prepare_globaloptions},
    {.name = "incr",
     .ours = "incr",
     .is_in_the_background = true,
     .required = {"name"},
     .properties = {{"name", CIRCUS_NAME}, {"nb", CIRCUS_INT}},
     .prepare = prepare_number,
     .answer = circus_answer_number},
    {.name = "ipython", .prepare = prepare_ipython},
    {.name = "kill",
     .ours = "kill",
     .is_in_the_background = true,
     .required = {"name"},
     .properties = {{"name", CIRCUS_NAME},
                    {"pid", CIRCUS_INT},
                    {"signum", CIRCUS_SIGNAL},
                    {"graceful_timeout", CIRCUS_NUMBER}},
     .prepare = circus_prepare_kill},
    {.name = "list",
     .ours = "list",
     .properties = {{"name", CIRCUS_NAME}},
     .answer = circus_answer_list},
    {.name = "listen", .prepare = prepare_listen},
    {.name = "listsockets", .ours = "listsockets", .answer = circus_answer_listsockets},
    {.name = "numprocesses",
     .properties = {{"name", CIRCUS_NAME}},
     .prepare = prepare_numprocesses},
    {.name = "numwatchers", .ours = "numwatchers", .answer = circus_answer_numwatchers},
    {.name = "options",
     .ours = "options",
     .required = {"name"},
     .properties = {{"name", CIRCUS_NAME}},
     .answer = circus_answer_options},
    {.name = "quit", .ours = "quit", .is_in_the_background = true},
    {.name = "reload",
     .ours = "reload",
     .is_in_the_background = true,
     .properties = {{"name", CIRCUS_NAME}, {"graceful", CIRCUS_BOOL}, {"sequential", CIRCUS_BOOL}},
     .answer = circus_answer_restart},
    {.name = "reloadconfig",
     .ours = "reloadconfig",
     .is_in_the_background = true,
     .is_all_exceptions = true},
    {.name = "restart",
     .ours = "restart",
     .is_in_the_background = true,
     .properties = {{"name", CIRCUS_PATTERN}},
     .answer = circus_answer_restart},
    {.name = "rm",
     .ours = "rm",
     .is_in_the_background = true,
     .required = {"name"},
     .properties = {{"name", CIRCUS_NAME}, {"nostop", CIRCUS_BOOL}}},
    {.name = "set",
     .ours = "set",
     .is_in_the_background = true,
     .required = {"name", "options"},
     .properties = {{"name", CIRCUS_NAME}},
     .prepare = circus_prepare_set},
    {.name = "signal",
     .ours = "signal",
     .required = {"name", "signum"},
     .properties = {{"name", CIRCUS_NAME},
                    {"signum", CIRCUS_SIGNAL},
                    {"pid", CIRCUS_INT},
                    {"childpid", CIRCUS_INT},
                    {"children", CIRCUS_BOOL},
                    {"recursive", CIRCUS_BOOL}},
     .prepare = circus_prepare_signal},
    {.name = "start",
     .ours = "start",
     .is_in_the_background = true,
     .properties = {{"name", CIRCUS_PATTERN}},
     .answer = circus_answer_start},
    {.name = "stats",
     .properties = {{"name", CIRCUS_NAME}, {"process", CIRCUS_INT}, {"extended", CIRCUS_BOOL}},
     .prepare = circus_prepare_stats},
    {.name = "status",
     .ours = "status",
     .properties = {{"name", CIRCUS_NAME}},
     .answer = circus_answer_status},
    {.name = "stop",
     .ours = "stop",
     .is_in_the_background = true,
     .properties = {{"name", CIRCUS_PATTERN}},
     .answer = circus_answer_stop},
};

const struct circus_command *circus_command_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcasecmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
