/* The fields of Circus's answers, out of ours. */
#include "command.h"
#include "properties.h"

#include <alloc.h>
#include <lower.h>
#include <stdlib.h>
#include <string.h>

static void copy(const ph_value_t *ours, const char *key, ph_writer_t *reply)
{
    const ph_value_t *value = ph_value_get(ours, key);
    if (value)
        ph_writer_value(reply, key, value);
}

/* ---- lists and numbers ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void circus_answer_list(const struct circus_answer *answer, const ph_value_t *ours,
                        ph_writer_t *reply)
{
    const ph_value_t *watchers = ph_value_get(ours, "watchers");
    size_t count = ph_value_size(watchers);
    if (circus_has(answer->properties, "name")) {
        copy(ours, "pids", reply);
        return;
    }
    char **names = ph_calloc(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = ph_lower(ph_strdup(ph_value_string(ph_value_at(watchers, i), "")));
    qsort(names, count, sizeof *names, compare_texts);
    ph_writer_array(reply, "watchers");
    for (size_t i = 0; i < count; i++) {
        ph_writer_string(reply, NULL, names[i]);
        free(names[i]);
    }
    ph_writer_end(reply);
    free(names);
}

static int compare_descriptors(const void *a, const void *b)
{
    const ph_value_t *const *one = a, *const *other = b;
    int64_t left = ph_value_int(ph_value_get(*one, "fd"), 0);
    int64_t right = ph_value_int(ph_value_get(*other, "fd"), 0);
    return (left > right) - (left < right);
}

static void write_socket(const ph_value_t *socket, ph_writer_t *reply)
{
    ph_writer_map(reply, NULL);
    copy(socket, "fd", reply);
    copy(socket, "name", reply);
    copy(socket, "backlog", reply);
    copy(socket, "host", reply);
    copy(socket, "port", reply);
    copy(socket, "path", reply);
    ph_writer_end(reply);
}

void circus_answer_listsockets(const struct circus_answer *answer, const ph_value_t *ours,
                               ph_writer_t *reply)
{
    const ph_value_t *sockets = ph_value_get(ours, "sockets");
    size_t count = ph_value_size(sockets);
    const ph_value_t **sorted = ph_calloc(count + 1, sizeof *sorted);
    (void)answer;
    for (size_t i = 0; i < count; i++)
        sorted[i] = ph_value_at(sockets, i);
    qsort(sorted, count, sizeof *sorted, compare_descriptors);
    ph_writer_array(reply, "sockets");
    for (size_t i = 0; i < count; i++)
        write_socket(sorted[i], reply);
    ph_writer_end(reply);
    free(sorted);
}

void circus_answer_number(const struct circus_answer *answer, const ph_value_t *ours,
                          ph_writer_t *reply)
{
    if (answer->waits)
        copy(ours, "numprocesses", reply);
}

void circus_answer_numwatchers(const struct circus_answer *answer, const ph_value_t *ours,
                               ph_writer_t *reply)
{
    (void)answer;
    copy(ours, "numwatchers", reply);
}

/* ---- options ---- */

/* What Circus has in one option and we in several: the members behind "stdout_stream." that are
 * set; nil when the stream has no destination. */
static void write_stream(const ph_value_t *options, const char *key, ph_writer_t *reply)
{
    size_t size = strlen(key) - strlen("conf");
    ph_cleanup(ph_freep) char *prefix = ph_format("%.*s.", (int)size - 1, key);
    ph_cleanup(ph_freep) char *class = ph_format("%sclass", prefix);
    if (ph_value_type(ph_value_get(options, class)) == PH_NIL) {
        ph_writer_nil(reply, key);
        return;
    }
    ph_writer_map(reply, key);
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *name = NULL;
        const ph_value_t *value = ph_value_entry(options, i, &name);
        const char *text = ph_value_string(name, "");
        if (strncmp(text, prefix, size) == 0 && ph_value_type(value) != PH_NIL)
            ph_writer_value(reply, text + size, value);
    }
    ph_writer_end(reply);
}

static const char *const circus_options[] = {"executable", "stdout_stream_conf",
                                             "stderr_stream_conf"};

bool circus_option_is_its_own(const char *name)
{
    for (size_t i = 0; i < sizeof circus_options / sizeof circus_options[0]; i++)
        if (strcmp(circus_options[i], name) == 0)
            return true;
    return false;
}

/* What is a label here is any key in Circus. */
static const ph_value_t *find_option(const ph_value_t *options, const char *key)
{
    const ph_value_t *value = ph_value_get(options, key);
    ph_cleanup(ph_freep) char *label = ph_format("label.%s", key);
    return value ? value : ph_value_get(options, label);
}

static const char *key_of_option(const char *name)
{
    static const char label[] = "label.";
    return strncmp(name, label, sizeof label - 1) == 0 ? name + sizeof label - 1 : name;
}

static void write_option(const ph_value_t *options, const char *key, ph_writer_t *reply)
{
    if (!circus_option_is_its_own(key))
        ph_writer_value(reply, key, find_option(options, key));
    else if (strcmp(key, "executable") == 0) /* which does nothing in Circus either */
        ph_writer_nil(reply, key);
    else
        write_stream(options, key, reply);
}

void circus_answer_options(const struct circus_answer *answer, const ph_value_t *ours,
                           ph_writer_t *reply)
{
    const ph_value_t *options = ph_value_get(ours, "options");
    (void)answer;
    ph_writer_map(reply, "options");
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *name = NULL;
        const ph_value_t *value = ph_value_entry(options, i, &name);
        ph_writer_value(reply, key_of_option(ph_value_string(name, "")), value);
    }
    for (size_t i = 0; i < sizeof circus_options / sizeof circus_options[0]; i++)
        write_option(options, circus_options[i], reply);
    ph_writer_end(reply);
}

void circus_answer_get(const struct circus_answer *answer, const ph_value_t *ours,
                       ph_writer_t *reply)
{
    const ph_value_t *keys = ph_value_get(answer->properties, "keys");
    ph_writer_map(reply, "options");
    for (size_t i = 0; i < ph_value_size(keys); i++)
        write_option(ph_value_get(ours, "options"), ph_value_string(ph_value_at(keys, i), ""),
                     reply);
    ph_writer_end(reply);
}

/* ---- status ---- */

/* Circus has four words. One that is tried again is being started; one that was given up is, as
 * there, stopped. */
static const char *circus_status(const char *status)
{
    static const char *const words[][2] = {
        {"backoff", "starting"}, {"failed", "stopped"}, {"waiting", "starting"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], status) == 0)
            return words[i][1];
    return status;
}

/* With a name the status of the watcher takes the place of that of the reply. */
void circus_answer_status(const struct circus_answer *answer, const ph_value_t *ours,
                          ph_writer_t *reply)
{
    const ph_value_t *statuses = ph_value_get(ours, "statuses");
    const ph_value_t *key = NULL;
    if (circus_has(answer->properties, "name")) {
        const ph_value_t *status = ph_value_entry(statuses, 0, &key);
        ph_writer_string(reply, "status", circus_status(ph_value_string(status, "")));
        return;
    }
    ph_writer_map(reply, "statuses");
    for (size_t i = 0; i < ph_value_size(statuses); i++) {
        const ph_value_t *status = ph_value_entry(statuses, i, &key);
        ph_writer_string(reply, ph_value_string(key, "?"),
                         circus_status(ph_value_string(status, "")));
    }
    ph_writer_end(reply);
}

/* ---- what became of processes ---- */

void circus_answer_restart(const struct circus_answer *answer, const ph_value_t *ours,
                           ph_writer_t *reply)
{
    (void)answer;
    copy(ours, "info", reply);
}

void circus_answer_start(const struct circus_answer *answer, const ph_value_t *ours,
                         ph_writer_t *reply)
{
    const ph_value_t *info = ph_value_get(ours, "info");
    (void)answer;
    if (!info)
        return;
    ph_writer_map(reply, "info");
    copy(info, "started", reply);
    copy(info, "kept", reply);
    ph_writer_end(reply);
}

void circus_answer_stop(const struct circus_answer *answer, const ph_value_t *ours,
                        ph_writer_t *reply)
{
    (void)answer;
    if (ph_value_get(ours, "info"))
        ph_writer_nil(reply, "info");
}

void circus_answer_add(const struct circus_answer *answer, const ph_value_t *ours,
                       ph_writer_t *reply)
{
    const ph_value_t *info = ph_value_get(ours, "info");
    (void)answer;
    copy(info, "started", reply);
    copy(info, "kept", reply);
}
