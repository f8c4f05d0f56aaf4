#include "reply.h"

#include "output.h"
#include "status.h"

#include <inttypes.h>
#include <plughost/version.h>
#include <string.h>

/* What a printer knows beside the reply. */
struct context {
    const struct options *options;
    const char *begun; /* for commands that are about watchers: the work has begun */
    const char *done;  /* the work is done */
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
    (void)context;
    const ph_value_t *watchers = ph_value_get(reply, "watchers");
    for (size_t i = 0; i < ph_value_size(watchers); i++)
        print_field("", ph_value_at(watchers, i));
}

static void print_status(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    status_print(ph_value_get(reply, "watchers"));
}

static void print_names(const ph_value_t *names)
{
    for (size_t i = 0; i < ph_value_size(names); i++) {
        fputs(i > 0 ? ", " : "", stdout);
        output_value(ph_value_at(names, i));
    }
}

static void print_work(const struct context *context, const ph_value_t *reply)
{
    const ph_value_t *watchers = ph_value_get(reply, "watchers");
    printf("%s: ", context->options->is_waiting ? context->done : context->begun);
    fputs(ph_value_size(watchers) == 0 ? "nothing" : "", stdout);
    print_names(watchers);
    putchar('\n');
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
    puts(context->options->is_waiting ? context->done : context->begun);
}

/* Fields that are about the message and not about what was asked. */
static bool is_envelope(const char *key)
{
    return strcmp(key, "id") == 0 || strcmp(key, "status") == 0 || strcmp(key, "time") == 0;
}

static void print_fields(const struct context *context, const ph_value_t *reply)
{
    (void)context;
    for (size_t i = 0; i < ph_value_size(reply); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(reply, i, &key);
        if (is_envelope(ph_value_string(key, "")))
            continue;
        output_value(key);
        print_field(": ", value);
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

    struct context context = {.options = options, .begun = form->begun, .done = form->done};
    form->print(&context, reply);
}
