#include "complete.h"

#include "word.h"

#include <alloc.h>
#include <ctype.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ASK_MS = 500,
    MAX_ARGUMENTS = 8, /* that matter for what follows */
    LAST_NAMED_SIGNAL = 31,
};

/* A command line up to the word that is to be completed. */
struct line {
    const char *endpoint;
    struct word word; /* without `info`: it comes next */
    bool is_unknown;  /* there is no such word */
    bool is_plain;    /* behind "--": no options */
    bool has_pending; /* the next word is the value of `pending` */
    struct option_text pending;
    const char *args[MAX_ARGUMENTS];
    size_t arg_count; /* may be more than are kept */
    const char *beginning;
    struct candidates *found;
};

/* ---- candidates ---- */

static bool has(const struct candidates *found, const char *text)
{
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->items[i].text, text) == 0)
            return true;
    return false;
}

static void add(struct line *self, const char *text, const char *summary)
{
    struct candidates *found = self->found;
    if (!text[0] || has(found, text) ||
        strncmp(text, self->beginning, strlen(self->beginning)) != 0)
        return;
    found->items = ph_realloc_array(found->items, found->count + 1, sizeof *found->items);
    found->items[found->count++] =
        (struct candidate){.text = ph_strdup(text), .summary = summary ? summary : ""};
}

size_t complete_common(const struct candidates *self)
{
    size_t length = self->count > 0 ? strlen(self->items[0].text) : 0;
    for (size_t i = 1; i < self->count; i++) {
        size_t same = 0;
        while (same < length && self->items[i].text[same] == self->items[0].text[same])
            same++;
        length = same;
    }
    return length;
}

void complete_release(struct candidates *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i].text);
    ph_freep(&self->items);
    self->count = 0;
}

/* ---- what the daemon knows ---- */

/* Returns the reply, which the caller frees, or NULL. */
static ph_message_t *ask(const struct line *self, const char *command, const char *key,
                         const char *name)
{
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(self->endpoint, NULL);
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    if (name)
        ph_writer_string(properties, key, name);
    return client ? ph_client_call(client, command, properties, ASK_MS, NULL) : NULL;
}

/* The name of a plugin may be typed without "plugin:". */
static void add_name(struct line *self, const char *name, bool is_plugin_only)
{
    static const char prefix[] = "plugin:";
    bool is_plugin = strncmp(name, prefix, strlen(prefix)) == 0;
    bool fits = strncmp(name, self->beginning, strlen(self->beginning)) == 0;
    if (is_plugin && (is_plugin_only || !fits))
        add(self, name + strlen(prefix), NULL);
    else if (!is_plugin_only)
        add(self, name, NULL);
}

static void add_listed(struct line *self, bool is_plugin_only)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = ask(self, "list", NULL, NULL);
    const ph_value_t *names = ph_value_get(ph_message_body(reply), "watchers");
    for (size_t i = 0; i < ph_value_size(names); i++)
        add_name(self, ph_value_string(ph_value_at(names, i), ""), is_plugin_only);
}

/* What is to be added or made has a name that nothing has yet. */
static bool makes_new(const struct line *self)
{
    return self->word.info == &command_infos[COMMAND_ADD] || self->word.is_local;
}

static void add_names(struct line *self)
{
    if (!makes_new(self))
        add_listed(self, false);
}

static void add_plugins(struct line *self)
{
    add_listed(self, true);
}

static void add_pids(struct line *self)
{
    if (self->arg_count == 0)
        return;
    ph_cleanup(ph_message_destroy) ph_message_t *reply = ask(self, "list", "name", self->args[0]);
    const ph_value_t *pids = ph_value_get(ph_message_body(reply), "pids");
    for (size_t i = 0; i < ph_value_size(pids); i++) {
        ph_cleanup(ph_freep) char *pid =
            ph_format("%" PRId64, ph_value_int(ph_value_at(pids, i), 0));
        add(self, pid, NULL);
    }
}

static void add_methods(struct line *self)
{
    if (self->arg_count == 0)
        return;
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ask(self, "methods", "name", self->args[0]);
    const ph_value_t *methods = ph_value_get(ph_message_body(reply), "methods");
    for (size_t i = 0; i < ph_value_size(methods); i++)
        add(self, ph_value_string(ph_value_get(ph_value_at(methods, i), "name"), ""), NULL);
}

/* The options that are in use, each with `end` behind its name. */
static void add_used(struct line *self, const char *command, const char *name, const char *end)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = ask(self, command, "name", name);
    const ph_value_t *options = ph_value_get(ph_message_body(reply), "options");
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const ph_value_t *key = NULL;
        ph_value_entry(options, i, &key);
        ph_cleanup(ph_freep) char *text = ph_format("%s%s", ph_value_string(key, ""), end);
        add(self, text, NULL);
    }
}

static void add_options_of(struct line *self)
{
    if (self->word.info == &command_infos[COMMAND_GLOBALOPTIONS])
        add_used(self, "globaloptions", NULL, "");
    else if (self->arg_count > 0)
        add_used(self, "options", self->args[0], "");
}

/* Own options of a plugin, as it has described them. */
static void add_described(struct line *self)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ask(self, "describe", "name", self->args[0]);
    const ph_value_t *options = ph_value_get(ph_message_body(reply), "options");
    for (size_t i = 0; i < ph_value_size(options); i++) {
        const char *name = ph_value_string(ph_value_get(ph_value_at(options, i), "name"), "");
        ph_cleanup(ph_freep) char *text = ph_format("%s=", name);
        add(self, text, NULL);
    }
}

static void add_settings(struct line *self)
{
    if (self->arg_count == 0 || makes_new(self))
        return;
    add_described(self);
    add_used(self, "options", self->args[0], "=");
}

/* ---- what the program knows ---- */

static void add_signals(struct line *self)
{
    for (int i = 1; i <= LAST_NAMED_SIGNAL; i++)
        if (sigabbrev_np(i))
            add(self, sigabbrev_np(i), sigdescr_np(i));
}

static void add_words(struct line *self)
{
    for (size_t i = 0; word_at(i).info; i++)
        add(self, word_at(i).info->name, word_at(i).info->summary);
}

static void add_shells(struct line *self)
{
    static const char *const shells[] = {"bash", "fish", "zsh"};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        add(self, shells[i], NULL);
}

static void add_matches(struct line *self)
{
    add(self, "simple", "names as they are");
    add(self, "glob", "patterns such as web*");
    add(self, "regex", "regular expressions");
}

/* What stands for an argument, or for the value of an option, says what it can be. */
static const struct source {
    const char *label;
    void (*add)(struct line *self);
} sources[] = {
    {"COMMAND", add_words},  {"HOW", add_matches},       {"METHOD", add_methods},
    {"NAME", add_names},     {"OPTION", add_options_of}, {"OPTION=VALUE", add_settings},
    {"PID", add_pids},       {"PLUGIN", add_plugins},    {"SHELL", add_shells},
    {"SIGNAL", add_signals},
};

/* One in small letters stands for itself, as in "config show". */
static void add_by_label(struct line *self, const char *label)
{
    if (islower((unsigned char)label[0]))
        add(self, label, NULL);
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (strcmp(sources[i].label, label) == 0)
            sources[i].add(self);
}

/* ---- reading the line ---- */

static bool option_at(const struct line *self, size_t index, struct option_text *option)
{
    size_t common = 0;
    while (options_common_at(common, option)) {
        if (common == index)
            return true;
        common++;
    }
    return self->word.info && options_own_at(self->word.info, index - common, option);
}

static bool is_named(const struct option_text *option, const char *text)
{
    if (text[1] != '-')
        return option->letter == text[1];
    size_t length = strlen(option->name);
    return strncmp(text + 2, option->name, length) == 0 &&
           (text[2 + length] == '\0' || text[2 + length] == '=');
}

static void take_value(struct line *self, const struct option_text *option, const char *value)
{
    if (strcmp(option->name, "endpoint") == 0)
        self->endpoint = value;
}

/* A value stands behind the letter, behind "=", or is the next word. */
static void read_option(struct line *self, const char *text)
{
    struct option_text option;
    for (size_t i = 0; option_at(self, i, &option); i++) {
        if (!is_named(&option, text) || !option.value)
            continue;
        const char *behind = text[1] == '-' ? strchr(text, '=') : text + 1;
        self->has_pending = !behind || !behind[1];
        self->pending = option;
        if (!self->has_pending)
            take_value(self, &option, behind + 1);
        return;
    }
}

static void read_argument(struct line *self, const char *text)
{
    if (!self->word.info && !self->is_unknown) {
        self->word = word_find(text);
        self->is_unknown = !self->word.info;
        return;
    }
    if (self->arg_count < MAX_ARGUMENTS)
        self->args[self->arg_count] = text;
    self->arg_count++;
}

static void read_word(struct line *self, const char *text)
{
    if (self->has_pending) {
        take_value(self, &self->pending, text);
        self->has_pending = false;
    } else if (!self->is_plain && strcmp(text, "--") == 0) {
        self->is_plain = true;
    } else if (!self->is_plain && text[0] == '-' && text[1]) {
        read_option(self, text);
    } else {
        read_argument(self, text);
    }
}

/* ---- what comes next ---- */

static void add_option(struct line *self, const struct option_text *option)
{
    ph_cleanup(ph_freep) char *text = ph_format("--%s", option->name);
    add(self, text, option->summary);
}

static void add_options(struct line *self)
{
    struct option_text option;
    for (size_t i = 0; option_at(self, i, &option); i++)
        add_option(self, &option);
}

static bool takes_rest(const struct property *property)
{
    return property->type == PROPERTY_NAMES || property->type == PROPERTY_MAP;
}

/* An argument that may be left out can be the one behind it as well. */
static void add_argument(struct line *self)
{
    size_t index = 0;
    for (const struct property *property = self->word.info->properties; property->name;
         property++) {
        if (!property->argument || options_has(property))
            continue;
        bool is_here = takes_rest(property) || index >= self->arg_count;
        if (is_here)
            add_by_label(self, property->argument);
        if (is_here && (takes_rest(property) || property->is_required))
            return;
        index++;
    }
}

/* `call` and `cast` begin with a command, which their row does not tell. */
static void add_operand(struct line *self)
{
    if (strcmp(self->word.info->properties[0].name ? self->word.info->properties[0].name : "",
               "properties") != 0)
        add_argument(self);
    else if (self->arg_count == 0)
        add_words(self);
}

void complete_find(struct candidates *self, const struct options *defaults,
                   const char *const *words, size_t count, const char *beginning)
{
    struct line line = {.endpoint = defaults->endpoint, .beginning = beginning, .found = self};
    for (size_t i = 0; i < count; i++)
        read_word(&line, words[i]);

    if (line.is_unknown)
        return;
    if (line.has_pending)
        add_by_label(&line, line.pending.value);
    else if (!line.is_plain && beginning[0] == '-')
        add_options(&line);
    else if (!line.word.info)
        add_words(&line);
    else
        add_operand(&line);
}
