#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_TIMEOUT_MS = 5000, MAX_TIMEOUT_S = 1000000, OPTION_WAIT = 256 };

/* The same before and behind the command. */
static const struct option long_options[] = {
    {"endpoint", required_argument, NULL, 'e'},
    {"timeout", required_argument, NULL, 't'},
    {"json", no_argument, NULL, 'j'},
    {"wait", no_argument, NULL, OPTION_WAIT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

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
static int refuse_option(int found, char **argv, struct ph_error *err)
{
    const char *text = argv[optind - 1];
    if (found == ':')
        ph_error_set(err, PH_INVALID, "option '%s' needs a value", text);
    else if (optopt != 0 && strncmp(text, "--", 2) != 0)
        ph_error_set(err, PH_INVALID, "unknown option '-%c'", optopt);
    else
        ph_error_set(err, PH_INVALID, "unknown option '%s'", text);
    return ph_error_hint(err, "see 'plughostctl help'");
}

static int take_option(struct options *options, int found, char **argv, struct ph_error *err)
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
    case 'h':
        options->is_help = true;
        return 0;
    case 'V':
        options->is_version = true;
        return 0;
    case OPTION_WAIT:
        options->is_waiting = true;
        return 0;
    default:
        return refuse_option(found, argv, err);
    }
}

static int take_options(struct options *options, int argc, char **argv, const char *letters,
                        struct ph_error *err)
{
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    int found;
    while ((found = getopt_long(argc, argv, letters, long_options, NULL)) != -1)
        if (take_option(options, found, argv, err) < 0)
            return -1;
    return 0;
}

int options_parse(int argc, char **argv, struct options *options, struct ph_error *err)
{
    *options = (struct options){0};
    if (take_options(options, argc, argv, "+:e:t:jhV", err) < 0)
        return -1;
    if (optind >= argc)
        return 0;

    argc -= optind;
    argv += optind;
    options->word = argv[0];
    if (take_options(options, argc, argv, ":e:t:jhV", err) < 0)
        return -1;

    options->args = argv + optind;
    options->arg_count = (size_t)(argc - optind);
    return 0;
}

int options_timeout_ms(const struct options *options)
{
    if (options->timeout_ms > 0)
        return options->timeout_ms;
    return options->is_waiting ? -1 : DEFAULT_TIMEOUT_MS;
}
