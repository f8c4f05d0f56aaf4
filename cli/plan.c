#include "plan.h"

#include "output.h"
#include "request.h"

#include <inttypes.h>
#include <string.h>

static const char *text_of(const ph_value_t *map, const char *key)
{
    return ph_value_string(ph_value_get(map, key), "");
}

static void print(FILE *stream, const char *text)
{
    output_text(stream, text, strlen(text));
}

/* ---- mistakes ---- */

/* Each is a line as of a compiler: editors know where to go. */
static void print_mistakes(const ph_value_t *mistakes, FILE *stream)
{
    for (size_t i = 0; i < ph_value_size(mistakes); i++) {
        const ph_value_t *mistake = ph_value_at(mistakes, i);
        int64_t line = ph_value_int(ph_value_get(mistake, "line"), 0);
        const char *hint = text_of(mistake, "hint");
        print(stream, text_of(mistake, "file"));
        if (line > 0)
            fprintf(stream, ":%" PRId64, line);
        fputs(": ", stream);
        print(stream, text_of(mistake, "reason"));
        if (hint[0]) {
            fputs(" (", stream);
            print(stream, hint);
            fputc(')', stream);
        }
        fputc('\n', stream);
    }
}

static int refuse_mistakes(const ph_value_t *mistakes, struct ph_error *err)
{
    size_t count = ph_value_size(mistakes);
    ph_error_set(err, PH_INVALID, "the configuration has %zu mistake%s: it would change nothing",
                 count, count == 1 ? "" : "s");
    return ph_error_hint(err, "'plughostd --help-config' explains all options");
}

/* ---- steps ---- */

static void print_side(const ph_value_t *change, const char *key)
{
    const ph_value_t *value = ph_value_get(change, key);
    if (ph_value_type(value) == PH_NIL)
        fputs("none", stdout);
    else
        output_value(value);
}

static void print_change(const char *indent, const ph_value_t *change)
{
    fputs(indent, stdout);
    output_value(ph_value_get(change, "option"));
    fputs(": ", stdout);
    if (ph_value_type(ph_value_get(change, "from")) != PH_NIL) {
        print_side(change, "from");
        fputs(" -> ", stdout);
    }
    print_side(change, "to");
}

static void print_head(const char *kind, const ph_value_t *step)
{
    fputs(kind, stdout);
    output_value(ph_value_get(step, "name"));
    fputs(": ", stdout);
}

static void print_step(const ph_value_t *step)
{
    const ph_value_t *changes = ph_value_get(step, "changes");
    print_head("", step);
    output_value(ph_value_get(step, "action"));
    fputs(" (", stdout);
    output_value(ph_value_get(step, "why"));
    puts(")");
    for (size_t i = 0; i < ph_value_size(changes); i++) {
        print_change("    ", ph_value_at(changes, i));
        putchar('\n');
    }
}

static void print_setting(const ph_value_t *change)
{
    bool needs_daemon = strcmp(text_of(change, "needs"), "daemon") == 0;
    print_change("plughostd: ", change);
    puts(needs_daemon ? " (when plughostd starts again)" : "");
}

static void print_socket(const ph_value_t *socket)
{
    bool is_new = strcmp(text_of(socket, "action"), "open") == 0;
    print_head("socket ", socket);
    fputs(is_new ? "open (" : "nothing until plughostd starts again (", stdout);
    output_value(ph_value_get(socket, "why"));
    puts(")");
}

static void print_each(const ph_value_t *list, void (*print_one)(const ph_value_t *item))
{
    for (size_t i = 0; i < ph_value_size(list); i++)
        print_one(ph_value_at(list, i));
}

static void print_unchanged(const ph_value_t *reply)
{
    int64_t count = ph_value_int(ph_value_get(reply, "unchanged"), 0);
    printf("%" PRId64 " watcher%s as %s\n", count, count == 1 ? " stays" : "s stay",
           count == 1 ? "it is" : "they are");
}

void plan_print(const ph_value_t *reply)
{
    print_each(ph_value_get(reply, "watchers"), print_step);
    print_each(ph_value_get(reply, "settings"), print_setting);
    print_each(ph_value_get(reply, "sockets"), print_socket);
    print_unchanged(reply);
}

/* ---- the words ---- */

static bool has_steps(const ph_value_t *reply)
{
    return ph_value_size(ph_value_get(reply, "watchers")) +
               ph_value_size(ph_value_get(reply, "settings")) +
               ph_value_size(ph_value_get(reply, "sockets")) >
           0;
}

static void print_how_to_apply(const ph_value_t *reply)
{
    if (!has_steps(reply))
        return;
    fputs("to do this and nothing else: plughostctl apply ", stdout);
    output_value(ph_value_get(reply, "plan"));
    putchar('\n');
}

int plan_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    const struct options *options = invocation->options;
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        ph_client_call(client, invocation->info->name, NULL, options_timeout_ms(options), err);
    if (!message)
        return -1;
    const ph_value_t *reply = ph_message_body(message);
    const ph_value_t *mistakes = ph_value_get(reply, "problems");
    if (options->is_json) {
        output_json_line(reply, options->is_pretty);
    } else if (mistakes) {
        print_mistakes(mistakes, stdout);
    } else {
        plan_print(reply);
        print_how_to_apply(reply);
    }
    if (output_flush(err) < 0)
        return -1;
    return mistakes ? refuse_mistakes(mistakes, err) : 0;
}

/* The daemon's error has room for the first mistake only. */
static void list_mistakes(const struct options *options, ph_client_t *client)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        ph_client_call(client, "plan", NULL, options_timeout_ms(options), NULL);
    if (message)
        print_mistakes(ph_value_get(ph_message_body(message), "problems"), stderr);
}

int plan_run_reload(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    if (request_command(invocation, client, err) == 0)
        return 0;
    if (err->code == PH_INVALID)
        list_mistakes(invocation->options, client);
    return -1;
}
