#include "schema.h"

#include "../process/signals.h"
#include "words.h"

#include <alloc.h>
#include <endpoint.h>
#include <errno.h>
#include <math.h>
#include <nearest.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROGRAMS = SECTION_WATCHER | SECTION_PLUGIN };

#define SETTING(member) offsetof(struct settings, member)
#define WATCHER(member) offsetof(struct watcher_options, member)

const struct option_spec option_specs[] = {
    {.name = "run_dir",
     .sections = SECTION_PLUGHOST,
     .type = OPTION_PATH,
     .offset = SETTING(run_dir),
     .fallback_text = "/run/plughost for root, else $XDG_RUNTIME_DIR/plughost or /tmp/plughost-UID",
     .change = CHANGE_DAEMON,
     .text = "Folder for sockets and the lock; made with mode 0750 if it is missing."},
    {.name = "endpoint",
     .sections = SECTION_PLUGHOST,
     .type = OPTION_ENDPOINT,
     .offset = SETTING(endpoint),
     .fallback_text = "ipc://RUN_DIR/endpoint.sock",
     .change = CHANGE_DAEMON,
     .text = "Where commands are taken. Only ipc:// keeps other users out."},
    {.name = "pubsub_endpoint",
     .sections = SECTION_PLUGHOST,
     .type = OPTION_ENDPOINT,
     .offset = SETTING(pubsub_endpoint),
     .fallback_text = "ipc://RUN_DIR/pubsub.sock",
     .change = CHANGE_DAEMON,
     .text = "Where events are published."},
    {.name = "insecure_tcp",
     .sections = SECTION_PLUGHOST,
     .type = OPTION_BOOL,
     .offset = SETTING(insecure_tcp),
     .fallback = "no",
     .change = CHANGE_DAEMON,
     .text =
         "Allow tcp:// endpoints on a loopback address. Every local user may then run programs\n"
         "as the user of the daemon."},
    {.name = "plugin_path",
     .sections = SECTION_PLUGHOST,
     .type = OPTION_PATHS,
     .offset = SETTING(plugin_path),
     .fallback_text = "none",
     .change = CHANGE_DAEMON,
     .text = "Folders with plugin modules, parted by ':'. The built-in folder is always the last."},

    {.name = "cmd",
     .sections = SECTION_WATCHER,
     .type = OPTION_WORDS,
     .offset = WATCHER(cmd),
     .fallback_text = "none: it must be given",
     .change = CHANGE_RESTART,
     .is_required = true,
     .text =
         "The program and its arguments, split as a shell does; no shell is run. A name without\n"
         "'/' is looked up in PATH."},
    {.name = "args",
     .sections = SECTION_WATCHER,
     .type = OPTION_WORDS,
     .offset = WATCHER(args),
     .fallback_text = "none",
     .change = CHANGE_RESTART,
     .text = "More arguments, put behind those of cmd."},
    {.name = "use",
     .sections = SECTION_PLUGIN,
     .type = OPTION_TEXT,
     .offset = WATCHER(use),
     .fallback_text = "the NAME of the section",
     .change = CHANGE_RESTART,
     .text = "The module: a name, looked up as NAME.so in plugin_path, or a path."},
    {.name = "working_dir",
     .sections = PROGRAMS,
     .type = OPTION_PATH,
     .offset = WATCHER(working_dir),
     .fallback_text = "the daemon's",
     .change = CHANGE_RESTART,
     .text = "The folder in which the program is started."},
    {.name = "numprocesses",
     .sections = SECTION_WATCHER,
     .type = OPTION_COUNT,
     .offset = WATCHER(numprocesses),
     .min = 1,
     .max = 100000,
     .fallback = "1",
     .change = CHANGE_NOTHING,
     .text = "How many processes of it are kept running."},
    {.name = "autostart",
     .sections = PROGRAMS,
     .type = OPTION_BOOL,
     .offset = WATCHER(autostart),
     .fallback = "yes",
     .change = CHANGE_NOTHING,
     .text = "Whether it is started together with the daemon."},
    {.name = "stop_signal",
     .sections = PROGRAMS,
     .type = OPTION_SIGNAL,
     .offset = WATCHER(stop_signal),
     .fallback = "SIGTERM",
     .change = CHANGE_NOTHING,
     .text =
         "The signal that asks it, and the rest of its process group, to end. A plugin is asked\n"
         "by a message first and gets the signal at half of graceful_timeout."},
    {.name = "graceful_timeout",
     .sections = PROGRAMS,
     .type = OPTION_SECONDS,
     .offset = WATCHER(graceful_timeout_ms),
     .min = 0,
     .max = 86400,
     .fallback = "30",
     .change = CHANGE_NOTHING,
     .text = "How long it may take to end; then its whole process group is killed."},
    {.name = "restart_delay",
     .sections = PROGRAMS,
     .type = OPTION_SECONDS,
     .offset = WATCHER(restart.restart_delay_ms),
     .min = 0.001,
     .max = 86400,
     .fallback = "0.1",
     .change = CHANGE_NOTHING,
     .text = "The first delay before a restart. It doubles with each further death in a row. The "
             "first\n"
             "death of a process that had come up is answered without a delay."},
    {.name = "restart_delay_max",
     .sections = PROGRAMS,
     .type = OPTION_SECONDS,
     .offset = WATCHER(restart.restart_delay_max_ms),
     .min = 0.001,
     .max = 86400,
     .fallback = "60",
     .change = CHANGE_NOTHING,
     .text = "The longest delay before a restart."},
    {.name = "restart_jitter",
     .sections = PROGRAMS,
     .type = OPTION_SHARE,
     .offset = WATCHER(restart.restart_jitter),
     .min = 0,
     .max = 1,
     .fallback = "0.1",
     .change = CHANGE_NOTHING,
     .text =
         "Up to this share is added to each delay by chance, so that not all come back at once."},
    {.name = "stable_after",
     .sections = PROGRAMS,
     .type = OPTION_SECONDS,
     .offset = WATCHER(restart.stable_after_ms),
     .min = 1, /* less would let a program that dies at once spin */
     .max = 86400,
     .fallback = "10",
     .change = CHANGE_NOTHING,
     .text = "A process that ran this long was well: its next death is the first of a new row."},
    {.name = "max_restarts",
     .sections = PROGRAMS,
     .type = OPTION_COUNT,
     .offset = WATCHER(restart.max_restarts),
     .min = 0,
     .max = 1000000,
     .fallback = "20",
     .change = CHANGE_NOTHING,
     .text = "Restarts after deaths in a row; one more death, and it counts as failed. 0: never."},
    {.name = "failed_retry",
     .sections = PROGRAMS,
     .type = OPTION_SECONDS,
     .offset = WATCHER(restart.failed_retry_ms),
     .min = 0,
     .max = 86400,
     .fallback = "600",
     .change = CHANGE_NOTHING,
     .text =
         "A failed process is tried once more after so long. 0: only 'plughostctl start' does."},
    {0},
};

void settings_release(struct settings *self)
{
    free(self->run_dir);
    free(self->endpoint);
    free(self->pubsub_endpoint);
    words_destroy(&self->plugin_path);
}

const struct option_spec *option_find(enum section_kind kind, const char *name,
                                      struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (const struct option_spec *spec = option_specs; spec->name; spec++) {
        if (!(spec->sections & kind))
            continue;
        if (strcmp(spec->name, name) == 0)
            return spec;
        ph_nearest_consider(&nearest, name, spec->name);
    }
    ph_error_set(err, PH_NOT_FOUND, "unknown option '%s'", name);
    if (nearest.name)
        ph_error_hint(err, "did you mean '%s'?", nearest.name);
    else
        ph_error_hint(err, "'plughostd --help-config' explains all options");
    return NULL;
}

/* ---- reading values ---- */

static const char *type_text(enum option_type type)
{
    static const char *const texts[] = {
        [OPTION_TEXT] = "text",
        [OPTION_PATH] = "path",
        [OPTION_PATHS] = "paths, parted by ':'",
        [OPTION_ENDPOINT] = "ipc:///PATH or tcp://127.0.0.1:PORT",
        [OPTION_WORDS] = "words, split as a shell does",
        [OPTION_BOOL] = "yes, true, on, 1; or no, false, off, 0",
        [OPTION_COUNT] = "whole number",
        [OPTION_SECONDS] = "seconds",
        [OPTION_SHARE] = "share",
        [OPTION_SIGNAL] = "signal, such as SIGTERM or 15",
    };
    return texts[type];
}

/* Refuses a value; the hint says what the option takes. */
static int invalid(const struct option_spec *self, const char *text, const char *why,
                   struct ph_error *err)
{
    ph_error_set(err, PH_INVALID, "%s = %.80s: %s", self->name, text, why);
    if (self->max > 0)
        return ph_error_hint(err, "%s, %.10g to %.10g", type_text(self->type), self->min,
                             self->max);
    return ph_error_hint(err, "%s", type_text(self->type));
}

static int parse_number(const struct option_spec *self, const char *text, double *number,
                        struct ph_error *err)
{
    char *end;
    errno = 0;
    *number = strtod(text, &end);
    bool is_whole = self->type != OPTION_COUNT || *number == floor(*number);
    if (end == text || *end || errno || !isfinite(*number) || !is_whole)
        return invalid(self, text,
                       self->type == OPTION_COUNT ? "not a whole number" : "not a number", err);
    if (*number < self->min || *number > self->max)
        return invalid(self, text, "out of range", err);
    return 0;
}

static int parse_bool(const struct option_spec *self, const char *text, bool *value,
                      struct ph_error *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *value = i % 2 == 1;
            return 0;
        }
    }
    return invalid(self, text, "not understood", err);
}

static char *absolute_path(const char *path)
{
    if (path[0] == '/')
        return ph_strdup(path);
    ph_cleanup(ph_freep) char *here = getcwd(NULL, 0);
    return ph_format("%s/%s", here ? here : ".", path);
}

static char **parse_paths(const char *text)
{
    char **paths = ph_calloc(1, sizeof *paths);
    size_t count = 0;
    while (*text) {
        size_t length = strcspn(text, ":");
        ph_cleanup(ph_freep) char *path = ph_strndup(text, length);
        text += length + (text[length] == ':');
        if (length == 0)
            continue;
        paths = ph_realloc_array(paths, count + 2, sizeof *paths);
        paths[count++] = absolute_path(path);
        paths[count] = NULL;
    }
    return paths;
}

static void replace_text(void *target, char *text)
{
    free(*(char **)target);
    *(char **)target = text;
}

static void replace_words(void *target, char **words)
{
    words_destroy(target);
    *(char ***)target = words;
}

static int parse_words(const struct option_spec *self, const char *text, void *target,
                       struct ph_error *err)
{
    struct ph_error why;
    char **words = words_split(text, &why);
    if (!words)
        return invalid(self, text, why.message, err);
    replace_words(target, words);
    return 0;
}

/* Checks ADDRESS:PORT: libzmq binds to numbers, not to names. */
static bool is_tcp_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;
    return digits > 0 && colon[1 + digits] == '\0' && port >= 1 && port <= 65535 &&
           strspn(text, "0123456789abcdefABCDEF.:[]") >= (size_t)(colon - text);
}

static int parse_endpoint(const struct option_spec *self, const char *text, void *target,
                          struct ph_error *err)
{
    const char *path = ph_endpoint_ipc_path(text);
    if (!path && strncmp(text, "tcp://", 6) != 0)
        return invalid(self, text, "no endpoint", err);
    if (path && path[0] != '/')
        return invalid(self, text, "the path behind ipc:// must begin with /", err);
    if (!path && !is_tcp_address(text + 6))
        return invalid(self, text, "address and port must be numbers", err);
    replace_text(target, ph_strdup(text));
    return 0;
}

static int parse_signal(const struct option_spec *self, const char *text, int *target,
                        struct ph_error *err)
{
    int number = signal_from_name(text);
    if (number < 0)
        return invalid(self, text, "no such signal", err);
    *target = number;
    return 0;
}

int option_parse(const struct option_spec *self, const char *text, void *target,
                 struct ph_error *err)
{
    void *member = (char *)target + self->offset;
    double number = 0;
    switch (self->type) {
    case OPTION_TEXT:
        replace_text(member, ph_strdup(text));
        return 0;
    case OPTION_PATH:
        if (!*text)
            return invalid(self, text, "a path is missing", err);
        replace_text(member, absolute_path(text));
        return 0;
    case OPTION_PATHS:
        replace_words(member, parse_paths(text));
        return 0;
    case OPTION_ENDPOINT:
        return parse_endpoint(self, text, member, err);
    case OPTION_WORDS:
        return parse_words(self, text, member, err);
    case OPTION_BOOL:
        return parse_bool(self, text, member, err);
    case OPTION_SIGNAL:
        return parse_signal(self, text, member, err);
    case OPTION_COUNT:
    case OPTION_SECONDS:
    case OPTION_SHARE:
        if (parse_number(self, text, &number, err) < 0)
            return -1;
        if (self->type == OPTION_SHARE)
            *(double *)member = number;
        else
            *(int64_t *)member = llround(self->type == OPTION_SECONDS ? number * 1000 : number);
        return 0;
    }
    return -1;
}

void options_set_defaults(enum section_kind kind, void *target)
{
    for (const struct option_spec *spec = option_specs; spec->name; spec++)
        if (spec->sections & kind && spec->fallback)
            option_parse(spec, spec->fallback, target, NULL);
}

/* ---- help ---- */

static const char *change_text(enum option_change change)
{
    static const char *const texts[] = {
        [CHANGE_NOTHING] = "nothing",
        [CHANGE_RESTART] = "a restart of the watcher",
        [CHANGE_DAEMON] = "a restart of the daemon",
    };
    return texts[change];
}

static void print_option(const struct option_spec *spec, FILE *out)
{
    fputs("# ", out);
    for (const char *c = spec->text; *c; c++)
        fputs(*c == '\n' ? "\n# " : (char[]){*c, '\0'}, out);
    fprintf(out, "\n# %s", type_text(spec->type));
    if (spec->max > 0)
        fprintf(out, ", %.10g to %.10g", spec->min, spec->max);
    fprintf(out, "; default: %s; a change needs %s\n",
            spec->fallback ? spec->fallback : spec->fallback_text, change_text(spec->change));
    fprintf(out, "#%s = %s\n\n", spec->name, spec->fallback ? spec->fallback : "");
}

static void print_section(enum section_kind kind, const char *intro, FILE *out)
{
    fputs(intro, out);
    for (const struct option_spec *spec = option_specs; spec->name; spec++)
        if (spec->sections & kind)
            print_option(spec, out);
}

void options_print_help(FILE *out)
{
    fputs("# plughost.ini - what plughostd runs, and how. Made by 'plughostd --help-config'.\n"
          "#\n"
          "# Lines are [SECTION], KEY = VALUE, or begin with # or ;. Blanks around a value do not\n"
          "# belong to it; quotes do. Check a changed file with 'plughostd --check FILE'. It is "
          "read\n"
          "# when the daemon starts; what a change of an option needs is what it will need once a\n"
          "# running daemon can read it again.\n\n",
          out);
    print_section(SECTION_PLUGHOST, "# ---- the daemon ----\n[plughost]\n\n", out);
    print_section(SECTION_WATCHER,
                  "# ---- a program: one section each, NAME being yours to choose ----\n"
                  "#[watcher:NAME]\n\n",
                  out);
    print_section(SECTION_PLUGIN,
                  "# ---- a plugin; keys that are not listed here are its own options ----\n"
                  "#[plugin:NAME]\n\n",
                  out);
    fputs(
        "# ---- variables for the watchers whose name matches PATTERN (*, ? and [...]) ----\n"
        "# They are set over the environment of the daemon; a later section beats an earlier one.\n"
        "#[env:PATTERN]\n"
        "#KEY = VALUE\n",
        out);
}
