#include "options.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_TIMEOUT_MS = 5000,
    MAX_TIMEOUT_S = 1000000,
    ARGUMENT = 1,         /* getopt_long: no option */
    FIRST_PROPERTY = 256, /* getopt_long: the option of property number 0 */
    PRETTIFY = 128,       /* getopt_long: what has no letter */
    CIRCUS,
    MAX_LETTERS = 16 + 2 * COMMAND_MAX_PROPERTIES,
    COMMON_COUNT = 7,
    MAX_LONG_OPTIONS = COMMON_COUNT + 2 * COMMAND_MAX_PROPERTIES + 2,
};

/* The same before and behind the command. */
static const struct common_option {
    struct option_text text;
    int found; /* what getopt_long returns */
} common_options[COMMON_COUNT] = {
    {{"endpoint", 'e', "E", "talk to the daemon at E: ipc://PATH or tcp://HOST:PORT"}, 'e'},
    {{"timeout", 't', "S", "wait S seconds for an answer (5, for ever with --wait)"}, 't'},
    {{"json", 'j', NULL, "print replies and events as JSON, one to a line"}, 'j'},
    {{"prettify", 0, NULL, "print replies as JSON, indented"}, PRETTIFY},
    {{"circus", 0, NULL, "print what circusctl prints, and end as it does"}, CIRCUS},
    {{"help", 'h', NULL, "print this, or what COMMAND does"}, 'h'},
    {{"version", 'V', NULL, "print the version of this program"}, 'V'},
};

const struct option_text options_follow = {"follow", 'f', NULL, "go on with what comes"};

/* What getopt_long wants to know, made from the row of a command. */
struct grammar {
    const struct command_info *info;
    struct option long_options[MAX_LONG_OPTIONS];
    char names[COMMAND_MAX_PROPERTIES][OPTION_MAX_NAME_BYTES];
    char letters[MAX_LETTERS];
    size_t count;
};

/* ---- the grammar ---- */

bool options_has(const struct property *property)
{
    return property->argument && property->argument[0] == '-';
}

static void grammar_add(struct grammar *self, const char *name, bool has_value, int value)
{
    self->long_options[self->count++] =
        (struct option){name, has_value ? required_argument : no_argument, NULL, value};
}

static void grammar_add_letter(struct grammar *self, char letter, bool has_value)
{
    size_t end = strlen(self->letters);
    assert(end + 2 < sizeof self->letters);
    self->letters[end] = letter;
    self->letters[end + 1] = has_value ? ':' : '\0';
}

/* What Circus calls the option is the property's own name, such as --waiting: it is taken too. */
static void grammar_add_property(struct grammar *self, size_t index)
{
    const struct property *property = &self->info->properties[index];
    const char *name = property->argument + strlen("--");
    size_t length = strcspn(name, " ");
    bool has_value = name[length] != '\0';
    memcpy(self->names[index], name, length); /* zeroed, and long enough: see the table */
    grammar_add(self, self->names[index], has_value, FIRST_PROPERTY + (int)index);
    if (!property->is_denied && strcmp(self->names[index], property->name) != 0)
        grammar_add(self, property->name, has_value, FIRST_PROPERTY + (int)index);
    if (property->letter)
        grammar_add_letter(self, property->letter, has_value);
}

static void grammar_add_common(struct grammar *self, const struct common_option *option)
{
    bool has_value = option->text.value != NULL;
    grammar_add(self, option->text.name, has_value, option->found);
    if (option->text.letter)
        grammar_add_letter(self, option->text.letter, has_value);
}

/* `first` says how getopt_long treats arguments: '+' ends at the first one, '-' returns each. */
static void grammar_init(struct grammar *self, const struct command_info *info, char first)
{
    *self = (struct grammar){.info = info, .letters = {first, ':'}};
    for (size_t i = 0; i < COMMON_COUNT; i++)
        grammar_add_common(self, &common_options[i]);
    for (size_t i = 0; info && info->properties[i].name; i++)
        if (options_has(&info->properties[i]))
            grammar_add_property(self, i);
    if (info && info->flags & COMMAND_FOLLOWS) {
        grammar_add(self, options_follow.name, false, options_follow.letter);
        grammar_add_letter(self, options_follow.letter, false);
    }
}

/* ---- what is found ---- */

static int parse_timeout(const char *text, int *timeout_ms, struct ph_error *err)
{
    char *end;
    double seconds = strtod(text, &end);
    bool is_number = strspn(text, "0123456789.") == strlen(text) && end > text && *end == '\0';
    if (!is_number || !(seconds > 0) || seconds > MAX_TIMEOUT_S)
        return ph_error_set(err, PH_INVALID,
                            "timeout '%s' is not a number of seconds from 0.001 to %d", text,
                            MAX_TIMEOUT_S);

    *timeout_ms = seconds < 0.001 ? 1 : (int)(seconds * 1000);
    return 0;
}

/* getopt's own messages are off, because they leave out the hint. */
static int refuse_option(const struct command_info *info, int found, char **argv,
                         struct ph_error *err)
{
    const char *text = argv[optind - 1];
    const char letter[] = {'-', (char)optopt, '\0'};
    const char *name = optopt != 0 && strncmp(text, "--", 2) != 0 ? letter : text;
    if (found == ':')
        ph_error_set(err, PH_INVALID, "option '%s' needs a value", text);
    else if (info)
        ph_error_set(err, PH_INVALID, "'%s' takes no option '%s'", info->name, name);
    else
        ph_error_set(err, PH_INVALID, "unknown option '%s'", name);
    return info ? options_refuse(info, err) : ph_error_hint(err, "see 'plughostctl help'");
}

static void take_property(struct options *options, const struct command_info *info, size_t index)
{
    options->values[index] = optarg ? optarg : "";
    options->is_waiting |= strcmp(info->properties[index].name, "waiting") == 0;
}

static int take_option(struct options *options, const struct command_info *info, int found,
                       char **argv, struct ph_error *err)
{
    switch (found) {
    case 'e':
        options->endpoint = optarg;
        return 0;
    case 't':
        return parse_timeout(optarg, &options->timeout_ms, err);
    case 'j':
        options->is_json = true;
        return 0;
    case PRETTIFY:
        options->is_json = options->is_pretty = true;
        return 0;
    case CIRCUS:
        options->is_circus = true;
        return 0;
    case 'h':
        options->is_help = true;
        return 0;
    case 'V':
        options->is_version = true;
        return 0;
    case 'f':
        options->is_following = true;
        return 0;
    case ':':
    case '?':
        return refuse_option(info, found, argv, err);
    }
    for (size_t i = 0; info && info->properties[i].name; i++)
        if (found == FIRST_PROPERTY + (int)i ||
            (found == info->properties[i].letter && options_has(&info->properties[i])))
            take_property(options, info, i);
    return 0;
}

/* ---- the command line ---- */

/* libplughost looks at PLUGHOST_ENDPOINT itself. */
static const char *circus_endpoint(void)
{
    const char *own = getenv("PLUGHOST_ENDPOINT");
    const char *circus = getenv("CIRCUSCTL_ENDPOINT");
    bool is_named = (own && own[0]) || !circus || !circus[0];
    return is_named ? NULL : circus;
}

int options_parse(int argc, char **argv, struct options *options, struct ph_error *err)
{
    struct grammar grammar;
    grammar_init(&grammar, NULL, '+');
    if (!options->endpoint)
        options->endpoint = circus_endpoint();
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    int found;
    while ((found = getopt_long(argc, argv, grammar.letters, grammar.long_options, NULL)) != -1)
        if (take_option(options, NULL, found, argv, err) < 0)
            return -1;
    if (optind < argc) {
        options->word = argv[optind];
        options->args = argv + optind + 1;
    }
    return 0;
}

/* The first argument of `add` that is no OPTION=VALUE begins the command line of a program, whose
 * options are not ours. */
static bool begins_program(const struct options *options, const struct command_info *info)
{
    return info == &command_infos[COMMAND_ADD] && options->arg_count > 1 &&
           !strchr(options->args[options->arg_count - 1], '=');
}

/* Arguments go to the front of what getopt has passed already. */
static void take_argument(struct options *options, char *text)
{
    options->args[options->arg_count++] = text;
}

int options_parse_word(int argc, char **argv, const struct command_info *info,
                       struct options *options, struct ph_error *err)
{
    struct grammar grammar;
    grammar_init(&grammar, info, '-');
    int skipped = (int)(options->args - argv) - 1;
    argc -= skipped;
    argv += skipped;
    optind = 0;
    int found = 0;
    bool is_program = false;
    while (!is_program &&
           (found = getopt_long(argc, argv, grammar.letters, grammar.long_options, NULL)) != -1) {
        if (found == ARGUMENT)
            take_argument(options, optarg);
        else if (take_option(options, info, found, argv, err) < 0)
            return -1;
        is_program = found == ARGUMENT && begins_program(options, info);
    }
    options->plain_from = options->arg_count - is_program;
    while (optind < argc)
        take_argument(options, argv[optind++]);
    return 0;
}

bool options_common_at(size_t index, struct option_text *text)
{
    if (index >= COMMON_COUNT)
        return false;
    *text = common_options[index].text;
    return true;
}

static struct option_text text_of(const struct property *property)
{
    struct option_text text = {.letter = property->letter, .summary = property->summary};
    const char *name = property->argument + strlen("--");
    size_t length = strcspn(name, " ");
    memcpy(text.name, name, length);
    text.value = name[length] ? name + length + 1 : NULL;
    return text;
}

bool options_own_at(const struct command_info *info, size_t index, struct option_text *text)
{
    for (const struct property *property = info->properties; property->name; property++) {
        if (!options_has(property) || index-- > 0)
            continue;
        *text = text_of(property);
        return true;
    }
    if (index > 0 || !(info->flags & COMMAND_FOLLOWS))
        return false;
    *text = options_follow;
    return true;
}

bool options_is_given(const struct options *options, const struct command_info *info,
                      const char *property)
{
    const struct property *found = command_info_property(info, property);
    return found && options->values[found - info->properties];
}

int options_timeout_ms(const struct options *options)
{
    if (options->timeout_ms > 0)
        return options->timeout_ms;
    return options->is_waiting ? -1 : DEFAULT_TIMEOUT_MS;
}

int options_refuse(const struct command_info *info, struct ph_error *err)
{
    const char *blank = info->usage[0] ? " " : "";
    return ph_error_hint(err, "usage: plughostctl %s%s%s", info->name, blank, info->usage);
}
