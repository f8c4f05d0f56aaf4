#include "schema_parse.h"

#include "../process/signals.h"
#include "../socket/options.h"

#include <alloc.h>
#include <endpoint.h>
#include <stdlib.h>
#include <string.h>

/* Returns the index of a word in a list, or -1. */
static int index_of(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return i;
    return -1;
}

static int parse_bool(const struct option_spec *self, const char *text, void *member,
                      struct ph_error *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1", NULL};
    int index = index_of(self->choices ? self->choices : words, text);
    if (index < 0)
        return option_refuse(self, text, "not understood", err);
    *(bool *)member = index % 2 == 1;
    return 0;
}

static int parse_choice(const struct option_spec *self, const char *text, void *member,
                        struct ph_error *err)
{
    int index = index_of(self->choices, text);
    if (index < 0)
        return option_refuse(self, text, "not understood", err);
    *(int *)member = index;
    return 0;
}

static int replace_text(void *member, char *text)
{
    free(*(char **)member);
    *(char **)member = text;
    return 0;
}

static int parse_text(const struct option_spec *self, const char *text, void *member,
                      struct ph_error *err)
{
    (void)self, (void)err;
    return replace_text(member, ph_strdup(text));
}

static int parse_name(const struct option_spec *self, const char *text, void *member,
                      struct ph_error *err)
{
    if (!*text)
        return option_refuse(self, text, "a name is missing", err);
    return replace_text(member, ph_strdup(text));
}

static int parse_path(const struct option_spec *self, const char *text, void *member,
                      struct ph_error *err)
{
    if (!*text)
        return option_refuse(self, text, "a path is missing", err);
    return replace_text(member, absolute_path(text));
}

/* Checks ADDRESS:PORT: libzmq binds to numbers, not to names. */
static bool is_tcp_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;
    return digits > 0 && colon > text && colon[1 + digits] == '\0' && port >= 1 && port <= 65535 &&
           strspn(text, "0123456789abcdefABCDEF.:[]") >= (size_t)(colon - text);
}

static int parse_endpoint(const struct option_spec *self, const char *text, void *member,
                          struct ph_error *err)
{
    const char *path = ph_endpoint_ipc_path(text);
    if (!path && strncmp(text, "tcp://", 6) != 0)
        return option_refuse(self, text, "no endpoint", err);
    if (path && path[0] != '/')
        return option_refuse(self, text, "the path behind ipc:// must begin with /", err);
    if (!path && !is_tcp_address(text + 6))
        return option_refuse(self, text, "address and port must be numbers", err);
    return replace_text(member, ph_strdup(text));
}

static int parse_signal(const struct option_spec *self, const char *text, void *member,
                        struct ph_error *err)
{
    int number = signal_from_name(text);
    if (number < 0)
        return option_refuse(self, text, "no such signal", err);
    *(int *)member = number;
    return 0;
}

/* Reads one of the words that a module knows. The hint is its own where it knows a near word. */
static int parse_word(const struct option_spec *self, const char *text, void *member,
                      struct ph_error *err)
{
    struct ph_error why;
    int outcome = self->type == OPTION_STREAM   ? stream_class_parse(text, member, &why)
                  : self->type == OPTION_FAMILY ? socket_family_parse(text, member, &why)
                                                : socket_type_parse(text, member, &why);
    if (outcome == 0)
        return 0;
    option_refuse(self, text, "not understood", err);
    return why.hint[0] ? ph_error_hint(err, "%s", why.hint) : -1;
}

/* What each type takes, and how it is read. */
struct type {
    const char *text;
    int (*parse)(const struct option_spec *self, const char *text, void *member,
                 struct ph_error *err);
};

static const char stream_classes[] =
    "FileStream, TimedRotatingFileStream, WatchedFileStream, StdoutStream, FancyStdoutStream, "
    "SyslogStream, JournalStream or NullStream";

static const struct type types[] = {
    [OPTION_TEXT] = {"text", parse_text},
    [OPTION_NAME] = {"name", parse_name},
    [OPTION_PATH] = {"path", parse_path},
    [OPTION_PATHS] = {"paths, parted by ':'", parse_paths},
    [OPTION_ENDPOINT] = {"ipc:///PATH or tcp://127.0.0.1:PORT", parse_endpoint},
    [OPTION_WORDS] = {"words, split as a shell does", parse_words},
    [OPTION_NAMES] = {"names, parted by blanks or commas", parse_names},
    [OPTION_VARIABLES] = {"NAME=VALUE..., split as a shell does", parse_variables},
    [OPTION_BOOL] = {"yes, true, on, 1; or no, false, off, 0", parse_bool},
    [OPTION_CHOICE] = {"word", parse_choice},
    [OPTION_COUNT] = {"whole number", parse_number},
    [OPTION_SECONDS] = {"seconds", parse_number},
    [OPTION_SHARE] = {"share", parse_number},
    [OPTION_BYTES] = {"bytes, with K, M, G or T for units of 1024", parse_bytes},
    [OPTION_OCTAL] = {"octal number, 0 to 777", parse_octal},
    [OPTION_SIGNAL] = {"signal, such as SIGTERM or 15", parse_signal},
    [OPTION_LIMIT] = {"NUMBER, unlimited, or SOFT:HARD", parse_limit},
    [OPTION_STATUSES] = {"exit statuses from 0 to 255, parted by blanks or commas", parse_statuses},
    [OPTION_HOOK] = {"COMMAND, split as a shell does, or plugin:NAME METHOD; and [, ignore]",
                     parse_hook},
    [OPTION_STREAM] = {stream_classes, parse_word},
    [OPTION_FAMILY] = {"AF_INET, AF_INET6 or AF_UNIX", parse_word},
    [OPTION_SOCKET_TYPE] = {"SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET", parse_word},
};

static char *choices_text(const char *const *choices)
{
    char *text = ph_strdup(choices[0]);
    for (size_t i = 1; choices[i]; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s%s%s", before, choices[i + 1] ? ", " : " or ", choices[i]);
    }
    return text;
}

char *option_accepts(const struct option_spec *self)
{
    if (self->choices)
        return choices_text(self->choices);
    if (self->max <= self->min)
        return ph_strdup(types[self->type].text);
    return ph_format("%s, %.10g to %.10g", types[self->type].text, self->min, self->max);
}

int option_refuse(const struct option_spec *self, const char *text, const char *why,
                  struct ph_error *err)
{
    ph_cleanup(ph_freep) char *accepts = option_accepts(self);
    ph_error_set(err, PH_INVALID, "%s = %.80s: %s", self->name, text, why);
    return ph_error_hint(err, "%s", accepts);
}

void option_unset(const struct option_spec *self, void *target)
{
    bool is_text = types[self->type].parse == parse_text || types[self->type].parse == parse_name ||
                   types[self->type].parse == parse_path;
    if (is_text)
        replace_text((char *)target + self->offset, NULL);
}

int option_parse(const struct option_spec *self, const char *text, void *target,
                 struct ph_error *err)
{
    return types[self->type].parse(self, text, (char *)target + self->offset, err);
}
