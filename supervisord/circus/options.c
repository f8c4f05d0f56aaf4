#include "options.h"

#include "../config/schema.h"
#include "../control/option_text.h"
#include "properties.h"

#include <alloc.h>
#include <string.h>

enum {
    MAX_KEYS = 200,     /* of one `get`: there are not so many */
    MAX_ENTRIES = 1000, /* of one option: each is compared with all before it */
};

/* ---- what Circus takes for which option ---- */

static bool is_integer(const ph_value_t *value)
{
    return ph_value_type(value) == PH_INT || ph_value_type(value) == PH_BOOL;
}

static bool is_number(const ph_value_t *value)
{
    return is_integer(value) || ph_value_type(value) == PH_FLOAT;
}

static bool is_integer_or_text(const ph_value_t *value)
{
    return ph_value_type(value) == PH_INT || ph_value_type(value) == PH_STRING;
}

/* A configuration has the words, too. */
static bool is_boolean(const ph_value_t *value)
{
    return is_integer(value) || ph_value_type(value) == PH_STRING;
}

static bool is_object(const ph_value_t *value)
{
    return ph_value_type(value) == PH_MAP;
}

static const struct kind {
    const char *text;
    bool (*fits)(const ph_value_t *value);
    const char *const names[16];
} kinds[] = {
    {"an integer", is_integer, {"numprocesses", "max_retry", "max_age", "max_age_variance"}},
    {"a number", is_number, {"warmup_delay", "retry_in", "graceful_timeout"}},
    /* Circus takes no names of signals here. */
    {"an integer or string", is_integer_or_text, {"uid", "gid", "stop_signal"}},
    {"a valid boolean",
     is_boolean,
     {"send_hup", "shell", "copy_env", "respawn", "stop_children", "close_child_stdin",
      "close_child_stdout", "close_child_stderr"}},
    {"a valid object", is_object, {"env", "stdout_stream", "stderr_stream", "hooks"}},
};

static const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (const char *const *one = kinds[i].names; *one; one++)
            if (strcmp(*one, name) == 0)
                return &kinds[i];
    return NULL;
}

static int check_env(const ph_value_t *env, struct ph_error *err)
{
    if (ph_value_size(env) > MAX_ENTRIES)
        return ph_error_set(err, PH_INVALID, "option 'env' has more than %d entries", MAX_ENTRIES);
    for (size_t i = 0; i < ph_value_size(env); i++) {
        const ph_value_t *key = NULL;
        if (ph_value_type(ph_value_entry(env, i, &key)) != PH_STRING)
            return ph_error_set(err, PH_INVALID, "'%.100s' isn't a string",
                                ph_value_string(key, ""));
    }
    return 0;
}

static bool is_stream(const char *name)
{
    return strcmp(name, "stdout_stream") == 0 || strcmp(name, "stderr_stream") == 0;
}

static int check(const char *name, const ph_value_t *value, struct ph_error *err)
{
    const struct kind *kind = kind_of(name);
    if (kind && !kind->fits(value))
        return ph_error_set(err, PH_INVALID, "'%s' isn't %s", name, kind->text);
    if (is_stream(name) && !ph_value_get(value, "class"))
        return ph_error_set(err, PH_INVALID, "'%s' must have a 'class' key", name);
    return strcmp(name, "env") == 0 ? check_env(value, err) : 0;
}

static bool is_a_number(const char *name)
{
    const struct kind *kind = kind_of(name);
    return kind && (kind->fits == is_integer || kind->fits == is_number);
}

/* ---- as lines of a configuration ---- */

static enum section_kind section_of(const struct circus_call *call)
{
    bool is_plugin = call->watcher && watcher_options(call->watcher)->kind == WATCHER_PLUGIN;
    return is_plugin ? SECTION_PLUGIN : SECTION_WATCHER;
}

static int write_line(struct circus_call *call, const char *name, const ph_value_t *value,
                      struct ph_error *err)
{
    if (section_of(call) == SECTION_WATCHER && !option_find(SECTION_WATCHER, name, NULL))
        return ph_error_set(err, PH_INVALID, "unknown key '%.100s'", name);
    bool is_count = ph_value_type(value) == PH_BOOL && is_a_number(name);
    ph_cleanup(ph_freep) char *text =
        is_count ? ph_format("%d", ph_value_bool(value, false)) : option_text_of(value);
    if (!text)
        return ph_error_set(err, PH_INVALID, "'%.100s' isn't a string, number or boolean", name);
    ph_writer_string(call->translated, name, text);
    return 0;
}

/* Members of streams and hooks are options of their own here: "stdout_stream.class". */
static int write_option(struct circus_call *call, const char *name, const ph_value_t *value,
                        struct ph_error *err)
{
    if (strncmp(name, "hooks", 5) == 0)
        return ph_error_set(err, PH_INVALID, "hooks are taken from the configuration only");
    /* Circus has that option and does nothing with it. */
    if (ph_value_type(value) == PH_NIL || strcmp(name, "retry_in") == 0)
        return 0;
    if (!is_object(value) || strcmp(name, "env") == 0)
        return write_line(call, name, value, err);
    for (size_t i = 0; i < ph_value_size(value); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *member = ph_value_entry(value, i, &key);
        ph_cleanup(ph_freep) char *full = ph_format("%s.%s", name, ph_value_string(key, ""));
        if (ph_value_type(member) != PH_NIL && write_line(call, full, member, err) < 0)
            return -1;
    }
    return 0;
}

int circus_options_write(struct circus_call *call, const ph_value_t *options, struct ph_error *err)
{
    if (ph_value_type(options) != PH_NIL && ph_value_type(options) != PH_MAP)
        return ph_error_set(err, PH_INVALID, "'options' property should be an object");
    ph_writer_map(call->translated, "options");
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(options, i, &key);
        const char *name = ph_value_string(key, "");
        if ((ph_value_type(value) != PH_NIL && check(name, value, err) < 0) ||
            write_option(call, name, value, err) < 0)
            return -1;
    }
    ph_writer_end(call->translated);
    return 0;
}

/* ---- set, get and globaloptions ---- */

int circus_prepare_set(struct circus_call *call, struct ph_error *err)
{
    const ph_value_t *options = ph_value_get(call->properties, "options");
    int64_t count = 0;
    if (circus_options_write(call, options, err) < 0)
        return -1;
    circus_int(ph_value_get(options, "numprocesses"), &count);
    if (count > 1 && watcher_options(call->watcher)->singleton)
        return ph_error_set(err, PH_CONFLICT, "'%s' is a singleton: it has at most one process",
                            watcher_name(call->watcher));
    return CIRCUS_GO_ON;
}

/* Options of a plugin's own, and what is a label here and any key in Circus. */
static bool is_free_form(const struct circus_call *call, const char *name)
{
    const struct pairs *own = &watcher_options(call->watcher)->option;
    ph_cleanup(ph_freep) char *label = ph_format("label.%s", name);
    return pairs_get(own, name) || pairs_get(own, label);
}

static int check_key(const struct circus_call *call, const ph_value_t *key, struct ph_error *err)
{
    const char *name = ph_value_string(key, "");
    if (ph_value_type(key) == PH_STRING &&
        (option_find(section_of(call), name, NULL) || is_free_form(call, name) ||
         circus_option_is_its_own(name)))
        return 0;
    return ph_error_set(err, PH_INVALID, "'%.100s' option not found", name);
}

int circus_prepare_get(struct circus_call *call, struct ph_error *err)
{
    const ph_value_t *keys = ph_value_get(call->properties, "keys");
    if (ph_value_type(keys) != PH_ARRAY)
        return ph_error_set(err, PH_INVALID, "'keys' isn't a list");
    if (ph_value_size(keys) > MAX_KEYS)
        return ph_error_set(err, PH_INVALID, "%zu keys are more than the %d allowed",
                            ph_value_size(keys), MAX_KEYS);
    for (size_t i = 0; i < ph_value_size(keys); i++)
        if (check_key(call, ph_value_at(keys, i), err) < 0)
            return -1;
    return CIRCUS_GO_ON;
}

/* Those of Circus: its clients find there where to listen. What is not there is null. */
int circus_prepare_globaloptions(struct circus_call *call, struct ph_error *err)
{
    const struct settings *settings = supervisor_settings(call->supervisor);
    static const double check_delay = 5.0; /* nothing waits for it here */
    const struct {
        const char *name, *text;
    } rows[] = {{"endpoint", settings->circus_endpoint},
                {"stats_endpoint", NULL},
                {"pubsub_endpoint", settings->circus_pubsub_endpoint},
                {"check_delay", NULL},
                {"multicast_endpoint", NULL}};
    bool is_one = circus_has(call->properties, "option"), is_found = false;
    const char *only = ph_value_string(ph_value_get(call->properties, "option"), "");
    ph_writer_map(call->reply, "options");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (is_one && strcmp(rows[i].name, only) != 0)
            continue;
        is_found = true;
        if (strcmp(rows[i].name, "check_delay") == 0)
            ph_writer_float(call->reply, rows[i].name, check_delay);
        else
            ph_writer_string(call->reply, rows[i].name, rows[i].text);
    }
    ph_writer_end(call->reply);
    return is_found ? CIRCUS_ANSWERED
                    : ph_error_set(err, PH_INVALID, "'%.100s' option not found", only);
}
