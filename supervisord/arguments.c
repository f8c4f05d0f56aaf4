#include "arguments.h"

#include "config/schema.h"

#include <getopt.h>
#include <stdio.h>

static const char usage[] =
    "Usage: plughostd [OPTION...] [FILE]\n"
    "       plughostd [OPTION...] --circus FILE\n"
    "       plughostd --import FILE [--format circus|supervisord]\n"
    "Run the plugins and programs that FILE names.\n"
    "Without FILE it is " PH_DEFAULT_CONFIG ".\n"
    "\n"
    "  -c, --check         check FILE, say what is wrong with it, and end\n"
    "      --circus FILE   read FILE as Circus does, and serve Circus's clients\n"
    "  -f, --foreground    stay in the foreground (default)\n"
    "  -d, --daemon        go to the background once everything listens\n"
    "  -p, --pidfile F     write the process number to F\n"
    "  -l, --log-level L   debug, info, warning or error (default: info)\n"
    "  -o, --log-output F  write the log to F (default: standard error, which leads\n"
    "                      nowhere with --daemon)\n"
    "      --import FILE   print a configuration made of one of Circus's or supervisord's,\n"
    "                      say what has no equal, and end\n"
    "      --format F      with --import: circus or supervisord, else FILE tells\n"
    "      --help-config   show every option of a configuration, explained, and end\n"
    "  -h, --help          show this and end\n"
    "  -V, --version       show the version and end\n"
    "\n"
    "SIGTERM, SIGINT and SIGQUIT stop everything, SIGUSR1 opens the log again.\n"
    "Exit status: 0 after an orderly end, 1 if it cannot run, 2 for a wrong\n"
    "configuration or usage.\n";

enum { HELP_CONFIG = 256, CIRCUS, IMPORT, FORMAT };

static const struct option long_options[] = {
    {"check", no_argument, NULL, 'c'},
    {"foreground", no_argument, NULL, 'f'},
    {"daemon", no_argument, NULL, 'd'},
    {"pidfile", required_argument, NULL, 'p'},
    {"log-level", required_argument, NULL, 'l'},
    {"log-output", required_argument, NULL, 'o'},
    {"circus", required_argument, NULL, CIRCUS},
    {"import", required_argument, NULL, IMPORT},
    {"format", required_argument, NULL, FORMAT},
    {"help-config", no_argument, NULL, HELP_CONFIG},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int complain(const char *what)
{
    fprintf(stderr, "plughostd: %s\nhint: see plughostd --help\n", what);
    return -1;
}

static int take_format(struct arguments *self)
{
    struct ph_error err;
    if (import_format_parse(optarg, &self->import_format, &err) == 0)
        return 0;
    fprintf(stderr, "plughostd: %s\nhint: %s\n", err.message, err.hint);
    return -1;
}

static int take_option(struct arguments *self, int option)
{
    struct ph_error err;
    switch (option) {
    case 'c':
        self->has_to_check = true;
        return 0;
    case 'f':
        self->is_daemon = false;
        return 0;
    case 'd':
        self->is_daemon = true;
        return 0;
    case 'p':
        self->pidfile = optarg;
        return 0;
    case 'l':
        self->has_log_level = true;
        return ph_log_level_parse(optarg, &self->log_level, &err) < 0 ? complain(err.message) : 0;
    case 'o':
        self->log_output = optarg;
        return 0;
    case CIRCUS:
        self->file = optarg;
        self->is_circus = true;
        return 0;
    case IMPORT:
        self->file = optarg;
        self->has_to_import = true;
        return 0;
    case FORMAT:
        return take_format(self);
    case 'h':
        fputs(usage, stdout);
        return 1;
    case 'V':
        printf("plughostd %s (protocol %d)\n", PH_VERSION, PH_PROTOCOL);
        return 1;
    case HELP_CONFIG:
        options_print_help(stdout);
        return 1;
    default: /* getopt has said what is wrong */
        fputs("hint: see plughostd --help\n", stderr);
        return -1;
    }
}

int arguments_read(struct arguments *self, int argc, char **argv)
{
    *self = (struct arguments){.file = PH_DEFAULT_CONFIG, .log_level = PH_LOG_INFO};
    for (int option; (option = getopt_long(argc, argv, "cfdp:l:o:hV", long_options, NULL)) != -1;) {
        int outcome = take_option(self, option);
        if (outcome != 0)
            return outcome;
    }
    if (argc - optind + self->is_circus + self->has_to_import > 1)
        return complain("more than one configuration was given");
    if (self->import_format != IMPORT_BY_SECTIONS && !self->has_to_import)
        return complain("--format goes with --import");
    if (optind < argc)
        self->file = argv[optind];
    return 0;
}
