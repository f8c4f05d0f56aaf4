#include "reply.h"

#include "config.h"
#include "output.h"
#include "plan.h"
#include "plugins.h"
#include "stats.h"
#include "status.h"
#include "why.h"

#include <inttypes.h>
#include <plughost/version.h>
#include <string.h>

/* What a printer knows beside the reply. */
struct context {
    const struct options *options;
    const struct command_info *info; /* the command's row, or NULL */
    const char *begun;               /* for commands that are about watchers: the work has begun */
    const char *done;                /* the work is done */
};

static void print_ping(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    printf("pong from plughostd %" PRId64 "\n", ph_value_int(ph_value_get(reply, "pid"), 0));
}

static void print_field(const char *label, const ph_value_t *value)
{
    fputs(label, stdout);
    output_value(value);
    putchar('\n');
}

static void print_version(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    printf("plughostctl %s, libplughost %s, protocol %d\n", PH_VERSION, ph_version(), PH_PROTOCOL);
    fputs("plughostd ", stdout);
    output_value(ph_value_get(reply, "version"));
    printf(", protocol %" PRId64 ", pid %" PRId64 "\n",
           ph_value_int(ph_value_get(reply, "protocol"), 0),
           ph_value_int(ph_value_get(reply, "pid"), 0));
    print_field("endpoint ", ph_value_get(reply, "endpoint"));
    print_field("pubsub ", ph_value_get(reply, "pubsub_endpoint"));
}

static void print_list(const struct context *context, const ph_value_t *reply)
{
    const ph_value_t *items =
        ph_value_get(reply, context->options->arg_count > 0 ? "pids" : "watchers");
    for (size_t i = 0; i < ph_value_size(items); i++)
        print_field("", ph_value_at(items, i));
}

static void print_status(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    status_print(ph_value_get(reply, "watchers"));
}

static void print_why(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    why_print(ph_value_get(reply, "watchers"));
}

static void print_stats(const struct context *context, const ph_value_t *reply)
{
    const struct options *options = context->options;
    stats_print(reply, options->arg_count > 0 ? options->args[0] : "?",
                options_is_given(options, context->info, "extended"));
}

static void print_dstats(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    stats_print(reply, "plughostd", false);
}

static void print_numprocesses(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    print_field("", ph_value_get(reply, "numprocesses"));
}

static void print_numwatchers(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    print_field("", ph_value_get(reply, "numwatchers"));
}

static void print_sockets(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    const ph_value_t *sockets = ph_value_get(reply, "sockets");
    if (ph_value_size(sockets) == 0)
        output_note("there are no sockets");
    for (size_t i = 0; i < ph_value_size(sockets); i++) {
        const ph_value_t *socket = ph_value_at(sockets, i);
        const ph_value_t *path = ph_value_get(socket, "path");
        output_value(ph_value_get(socket, "name"));
        printf(": descriptor %" PRId64 " at ", ph_value_int(ph_value_get(socket, "fd"), -1));
        output_value(path ? path : ph_value_get(socket, "host"));
        if (!path)
            printf(":%" PRId64, ph_value_int(ph_value_get(socket, "port"), 0));
        putchar('\n');
    }
}

static void print_number_of(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    int64_t count = ph_value_int(ph_value_get(reply, "numprocesses"), 0);
    output_value(ph_value_get(reply, "name"));
    printf(": %" PRId64 " process%s\n", count, count == 1 ? "" : "es");
}

static void print_names(const ph_value_t *names)
{
    for (size_t i = 0; i < ph_value_size(names); i++) {
        fputs(i > 0 ? ", " : "", stdout);
        output_value(ph_value_at(names, i));
    }
}

static const char *outcome(const struct context *context)
{
    return context->options->is_waiting ? context->done : context->begun;
}

static void print_outcome(const struct context *context, const ph_value_t *names)
{
    printf("%s: ", outcome(context));
    fputs(ph_value_size(names) == 0 ? "nothing" : "", stdout);
    print_names(names);
    putchar('\n');
}

static void print_work(const struct context *context, const ph_value_t *reply)
{
    print_outcome(context, ph_value_get(reply, "watchers"));
}

static void print_pids(const struct context *context, const ph_value_t *reply)
{
    print_outcome(context, ph_value_get(reply, "pids"));
}

static void print_add(const struct context *context, const ph_value_t *reply)
{
    bool is_started = options_is_given(context->options, context->info, "start");
    printf("added%s%s: ", is_started ? " and " : "", is_started ? outcome(context) : "");
    print_field("", ph_value_get(reply, "name"));
}

/* Without --nostop the processes may still be about to end. */
static void print_rm(const struct context *context, const ph_value_t *reply)
{
    bool is_left = options_is_given(context->options, context->info, "nostop");
    printf("%s: ", is_left ? context->done : outcome(context));
    print_field("", ph_value_get(reply, "name"));
}

/* Without a name the daemon opens its own log file as well, which the reply does not mention. */
static void print_reopen(const struct context *context, const ph_value_t *reply)
{
    const ph_value_t *watchers = ph_value_get(reply, "watchers");
    bool is_daemon_too = context->options->arg_count == 0;
    fputs("reopening: ", stdout);
    if (is_daemon_too)
        fputs(ph_value_size(watchers) > 0 ? "plughostd, " : "plughostd", stdout);
    else if (ph_value_size(watchers) == 0)
        fputs("nothing", stdout);
    print_names(watchers);
    putchar('\n');
}

static void print_quit(const struct context *context, const ph_value_t *reply)
{
    (void)reply;
    puts(outcome(context));
}

static void print_result(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    plugins_print_result(ph_value_get(reply, "result"));
}

static void print_methods(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    plugins_print_methods(ph_value_get(reply, "methods"));
}

static void print_description(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    plugins_print_description(reply);
}

static void print_metrics(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    plugins_print_metrics(ph_value_get(reply, "metrics"));
}

static void print_published(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    int64_t count = ph_value_int(ph_value_get(reply, "count"), 0);
    int64_t seq = ph_value_int(ph_value_get(reply, "seq"), 0);
    if (count == 1)
        printf("event %" PRId64 " was published\n", seq);
    else
        printf("%" PRId64 " events were published, up to %" PRId64 "\n", count, seq);
}

/* A restart may still be going on. */
static void print_set(const struct context *context, const ph_value_t *reply)
{
    const char *how = ph_value_string(ph_value_get(reply, "how"), "?");
    if (strcmp(how, "restarted") == 0)
        how = outcome(context);
    else if (strcmp(how, "kept") == 0)
        how = "kept for the next start";
    output_text(stdout, how, strlen(how));
    print_field(": ", ph_value_get(reply, "name"));
}

static void print_options(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    config_print_options(ph_value_get(reply, "options"));
}

static void print_config(const struct context *context, const ph_value_t *reply)
{
    config_print(reply, options_is_given(context->options, context->info, "origin"));
}

static void print_plan(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    plan_print(reply);
}

/* Fields that are about the message and not about what was asked. */
static bool is_envelope(const char *command, const char *key)
{
    static const char *const keys[] = {"id", "status", "time", "epoch"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return strcmp(command, "status") == 0 && strcmp(key, "seq") == 0;
}

static void print_fields(const struct context *context, const ph_value_t *reply)
{
    const char *command = context->info ? context->info->name : context->options->args[0];
    for (size_t i = 0; i < ph_value_size(reply); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(reply, i, &key);
        if (!is_envelope(command, ph_value_string(key, "")))
            output_entry(key, value);
    }
}

/* A command without a row is printed field by field. */
static const struct form {
    void (*print)(const struct context *context, const ph_value_t *reply);
    const char *begun;
    const char *done;
} forms[COMMAND_COUNT] = {
    [COMMAND_PING] = {.print = print_ping},
    [COMMAND_VERSION] = {.print = print_version},
    [COMMAND_LIST] = {.print = print_list},
    [COMMAND_STATUS] = {.print = print_status},
    [COMMAND_START] = {.print = print_work, .begun = "starting", .done = "started"},
    [COMMAND_STOP] = {.print = print_work, .begun = "stopping", .done = "stopped"},
    [COMMAND_RESTART] = {.print = print_work, .begun = "restarting", .done = "restarted"},
    [COMMAND_RELOAD] = {.print = print_work, .begun = "reloading", .done = "reloaded"},
    [COMMAND_RESET] = {.print = print_work, .begun = "reset"},
    [COMMAND_WHY] = {.print = print_why},
    [COMMAND_STATS] = {.print = print_stats},
    [COMMAND_DSTATS] = {.print = print_dstats},
    [COMMAND_INCR] = {.print = print_number_of},
    [COMMAND_DECR] = {.print = print_number_of},
    [COMMAND_SIGNAL] = {.print = print_pids, .begun = "signalled"},
    [COMMAND_KILL] = {.print = print_pids, .begun = "killing", .done = "killed"},
    [COMMAND_ADD] = {.print = print_add, .begun = "starting", .done = "started"},
    [COMMAND_RM] = {.print = print_rm, .begun = "removing", .done = "removed"},
    [COMMAND_NUMPROCESSES] = {.print = print_numprocesses},
    [COMMAND_NUMWATCHERS] = {.print = print_numwatchers},
    [COMMAND_SET] = {.print = print_set, .begun = "restarting", .done = "restarted"},
    [COMMAND_GET] = {.print = print_options},
    [COMMAND_OPTIONS] = {.print = print_options},
    [COMMAND_GLOBALOPTIONS] = {.print = print_options},
    [COMMAND_CONFIG] = {.print = print_config},
    [COMMAND_APPLY] = {.print = print_plan},
    [COMMAND_RELOADCONFIG] = {.print = print_plan},
    [COMMAND_INVOKE] = {.print = print_result},
    [COMMAND_METHODS] = {.print = print_methods},
    [COMMAND_DESCRIBE] = {.print = print_description},
    [COMMAND_PUBLISH] = {.print = print_published},
    [COMMAND_METRICS] = {.print = print_metrics},
    [COMMAND_LISTSOCKETS] = {.print = print_sockets},
    [COMMAND_REOPEN] = {.print = print_reopen},
    [COMMAND_QUIT] = {.print = print_quit,
                      .begun = "plughostd is ending",
                      .done = "all processes are gone; plughostd is ending"},
};

void reply_print(const struct command_info *info, const struct options *options,
                 const ph_value_t *reply)
{
    static const struct form by_field = {.print = print_fields};
    const struct form *form = info ? &forms[info - command_infos] : &by_field;
    if (!form->print)
        form = &by_field;

    struct context context = {
        .options = options, .info = info, .begun = form->begun, .done = form->done};
    form->print(&context, reply);
}
