#include "circus.h"

#include "circus_stats.h"
#include "output.h"

#include <alloc.h>
#include <inttypes.h>
#include <lower.h>
#include <stdlib.h>
#include <string.h>

/* ---- maps in the order of their keys ---- */

struct entry {
    const char *key;
    const ph_value_t *value;
};

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* Returns the entries of a map, which the caller frees. */
static struct entry *sort_entries(const ph_value_t *map)
{
    size_t count = ph_value_size(map);
    struct entry *entries = ph_calloc(count + 1, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        const ph_value_t *key = NULL;
        entries[i].value = ph_value_entry(map, i, &key);
        entries[i].key = ph_value_string(key, "");
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    return entries;
}

/* ---- values as Python prints them ---- */

static void print_text(const char *text)
{
    output_text(stdout, text, strlen(text));
}

static void print_variables(const ph_value_t *env)
{
    ph_cleanup(ph_freep) struct entry *entries = sort_entries(env);
    for (size_t i = 0; i < ph_value_size(env); i++) {
        fputs(i > 0 ? "," : "", stdout);
        print_text(entries[i].key);
        putchar('=');
        output_value(entries[i].value);
    }
}

static void print_option(const char *key, const ph_value_t *value)
{
    print_text(key);
    fputs(": ", stdout);
    if (strcmp(key, "env") == 0 && ph_value_type(value) == PH_MAP)
        print_variables(value);
    else if (ph_value_type(value) == PH_BOOL)
        fputs(ph_value_bool(value, false) ? "True" : "False", stdout);
    else if (ph_value_type(value) != PH_NIL)
        output_value(value);
    putchar('\n');
}

/* ---- the replies ---- */

static void print_ok(const struct invocation *invocation, const ph_value_t *reply)
{
    (void)invocation;
    (void)reply;
    puts("ok");
}

static void print_integer(const ph_value_t *number)
{
    printf("%" PRId64 "\n", ph_value_int(number, 0));
}

/* Circus knows the number only once the work is done. */
static void print_new_number(const struct invocation *invocation, const ph_value_t *reply)
{
    if (ph_value_get(reply, "singleton"))
        puts("This watcher is a Singleton - not changing the number of processes");
    else if (invocation->options->is_waiting)
        print_integer(ph_value_get(reply, "numprocesses"));
    else
        puts("ok");
}

static void print_numprocesses(const struct invocation *invocation, const ph_value_t *reply)
{
    (void)invocation;
    print_integer(ph_value_get(reply, "numprocesses"));
}

static void print_numwatchers(const struct invocation *invocation, const ph_value_t *reply)
{
    (void)invocation;
    print_integer(ph_value_get(reply, "numwatchers"));
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Circus has all of them in small letters. */
static void print_names(const ph_value_t *watchers)
{
    size_t count = ph_value_size(watchers);
    ph_cleanup(ph_freep) char **names = ph_calloc(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = ph_lower(ph_strdup(ph_value_string(ph_value_at(watchers, i), "")));
    qsort(names, count, sizeof *names, compare_texts);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? "," : "", stdout);
        print_text(names[i]);
        ph_freep(&names[i]);
    }
    putchar('\n');
}

static void print_list(const struct invocation *invocation, const ph_value_t *reply)
{
    if (invocation->options->arg_count == 0) {
        print_names(ph_value_get(reply, "watchers"));
        return;
    }
    const ph_value_t *pids = ph_value_get(reply, "pids");
    for (size_t i = 0; i < ph_value_size(pids); i++)
        printf("%s%" PRId64, i > 0 ? "," : "", ph_value_int(ph_value_at(pids, i), 0));
    putchar('\n');
}

static void print_options(const struct invocation *invocation, const ph_value_t *reply)
{
    (void)invocation;
    const ph_value_t *options = ph_value_get(reply, "options");
    ph_cleanup(ph_freep) struct entry *entries = sort_entries(options);
    for (size_t i = 0; i < ph_value_size(options); i++)
        print_option(entries[i].key, entries[i].value);
}

static void print_sockets(const struct invocation *invocation, const ph_value_t *reply)
{
    (void)invocation;
    const ph_value_t *sockets = ph_value_get(reply, "sockets");
    for (size_t i = 0; i < ph_value_size(sockets); i++) {
        const ph_value_t *socket = ph_value_at(sockets, i);
        const ph_value_t *path = ph_value_get(socket, "path");
        printf("%" PRId64 ":socket '", ph_value_int(ph_value_get(socket, "fd"), -1));
        output_value(ph_value_get(socket, "name"));
        fputs("' at ", stdout);
        output_value(path ? path : ph_value_get(socket, "host"));
        if (!path)
            printf(":%" PRId64, ph_value_int(ph_value_get(socket, "port"), 0));
        putchar('\n');
    }
}

/* ---- status ---- */

/* Circus has four words. There, who gave up looks like who was stopped. */
static const char *circus_status(const char *status)
{
    static const char *const words[][2] = {
        {"backoff", "starting"}, {"failed", "stopped"}, {"waiting", "starting"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(status, words[i][0]) == 0)
            return words[i][1];
    return status;
}

static void print_status_word(const ph_value_t *status)
{
    print_text(circus_status(ph_value_string(status, "")));
    putchar('\n');
}

static void print_status_of(const ph_value_t *name, const ph_value_t *status)
{
    output_value(name);
    fputs(": ", stdout);
    print_status_word(status);
}

/* As our endpoint answers. */
static void print_watchers(const ph_value_t *watchers, bool is_one)
{
    for (size_t i = 0; i < ph_value_size(watchers); i++) {
        const ph_value_t *watcher = ph_value_at(watchers, i);
        if (is_one)
            print_status_word(ph_value_get(watcher, "status"));
        else
            print_status_of(ph_value_get(watcher, "name"), ph_value_get(watcher, "status"));
    }
}

/* As the one for Circus's clients does: the status of one watcher stands in place of "ok". */
static void print_statuses(const ph_value_t *statuses)
{
    for (size_t i = 0; i < ph_value_size(statuses); i++) {
        const ph_value_t *name = NULL;
        const ph_value_t *status = ph_value_entry(statuses, i, &name);
        print_status_of(name, status);
    }
}

static void print_status(const struct invocation *invocation, const ph_value_t *reply)
{
    const ph_value_t *watchers = ph_value_get(reply, "watchers");
    const ph_value_t *statuses = ph_value_get(reply, "statuses");
    if (watchers)
        print_watchers(watchers, invocation->options->arg_count == 1);
    else if (statuses)
        print_statuses(statuses);
    else
        print_status_word(ph_value_get(reply, "status"));
}

/* ---- the table ---- */

static const struct form {
    const char *name; /* of the command */
    void (*print)(const struct invocation *invocation, const ph_value_t *reply);
} forms[] = {
    {"add", print_ok},
    {"decr", print_new_number},
    {"dstats", circus_print_daemon_stats},
    {"get", print_options},
    {"globaloptions", print_options},
    {"incr", print_new_number},
    {"kill", print_ok},
    {"list", print_list},
    {"listsockets", print_sockets},
    {"numprocesses", print_numprocesses},
    {"numwatchers", print_numwatchers},
    {"options", print_options},
    {"quit", print_ok},
    {"reload", print_ok},
    {"reloadconfig", print_ok},
    {"restart", print_ok},
    {"rm", print_ok},
    {"set", print_ok},
    {"signal", print_ok},
    {"start", print_ok},
    {"stats", circus_print_stats},
    {"status", print_status},
    {"stop", print_ok},
};

bool circus_print(const struct invocation *invocation, const ph_value_t *reply)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].name, invocation->info->name) != 0)
            continue;
        forms[i].print(invocation, reply);
        return true;
    }
    return false;
}

/* ---- refusals ---- */

int circus_refuse(const struct command_info *info, const struct ph_error *err)
{
    if (err->code == PH_TIMEOUT || err->code == PH_UNAVAILABLE) {
        fputs(err->code == PH_TIMEOUT ? "Timed out.\n" : "", stderr);
        output_error(err);
        return CIRCUS_EXIT_ARGUMENTS;
    }
    bool has_reason = strcmp(info->name, "status") != 0;
    bool is_bare = strcmp(info->name, "globaloptions") == 0;
    fputs(is_bare ? "" : "error", stderr);
    fputs(has_reason && !is_bare ? ": " : "", stderr);
    if (has_reason)
        output_text(stderr, err->message, strlen(err->message));
    putc('\n', stderr);
    return CIRCUS_EXIT_REFUSED;
}
