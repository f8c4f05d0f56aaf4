#include "arguments.h"

#include "check.h"

#include <alloc.h>
#include <getopt.h>
#include <nearest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json.h>

#define DEFAULT_TIMEOUT_S 5.0

static const char usage[] =
    "Usage: plughost-conformance [OPTION...] [--] COMMAND [ARGUMENT...]\n"
    "Run a plugin program beside a scripted daemon, and tell what it gets wrong.\n"
    "\n"
    "  -i, --invoke METHOD[=JSON]  invoke this method, with a map as arguments\n"
    "  -I, --plugin-path DIR       a folder of modules; may be repeated\n"
    "  -l, --list                  show the checks and end\n"
    "  -m, --module MODULE         the module that the plugin is to load\n"
    "                              (default: NAME)\n"
    "  -n, --name NAME             the name of the plugin (default: conformance)\n"
    "  -o, --option K=V            an option for the plugin; may be repeated\n"
    "  -O, --only CHECK            run this check; may be repeated\n"
    "  -t, --timeout SECONDS       the time that each step may take (default: 5)\n"
    "  -v, --verbose               show the messages that pass\n"
    "  -h, --help                  show this and end\n"
    "  -V, --version               show the version and end\n"
    "\n"
    "Exit status: 0 all checks are good, 1 one has failed, 2 wrong usage, 3 COMMAND\n"
    "could not be started.\n";

static const struct option long_options[] = {
    {"help", no_argument, NULL, 'h'},          {"invoke", required_argument, NULL, 'i'},
    {"list", no_argument, NULL, 'l'},          {"module", required_argument, NULL, 'm'},
    {"name", required_argument, NULL, 'n'},    {"only", required_argument, NULL, 'O'},
    {"option", required_argument, NULL, 'o'},  {"plugin-path", required_argument, NULL, 'I'},
    {"timeout", required_argument, NULL, 't'}, {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},       {NULL, 0, NULL, 0},
};

static int add_option(struct settings *self, char *text, struct ph_error *err)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return ph_error_set(err, PH_INVALID, "--option '%s' is not KEY=VALUE", text);
    *equals = '\0';
    self->options = ph_realloc_array(self->options, self->option_count + 1, sizeof *self->options);
    self->options[self->option_count++] = (struct setting){.key = text, .value = equals + 1};
    return 0;
}

static void add_folder(struct settings *self, const char *folder)
{
    self->folders = ph_realloc_array(self->folders, self->folder_count + 1, sizeof *self->folders);
    self->folders[self->folder_count++] = folder;
}

static int add_only(struct settings *self, const char *name, struct ph_error *err)
{
    if (!check_find(name)) {
        struct ph_nearest nearest = {0};
        for (size_t i = 0; check_at(i); i++)
            ph_nearest_consider(&nearest, name, check_at(i)->name);
        ph_error_set(err, PH_INVALID, "no check is named '%s'", name);
        return nearest.name ? ph_error_hint(err, "did you mean '%s'?", nearest.name)
                            : ph_error_hint(err, "--list shows them");
    }
    self->only = ph_realloc_array(self->only, self->only_count + 1, sizeof *self->only);
    self->only[self->only_count++] = name;
    return 0;
}

static int set_method(struct settings *self, char *text, struct ph_error *err)
{
    static const struct wire_limits limits = {.max_depth = 32, .max_values = 100000};
    char *equals = strchr(text, '=');
    self->method = text;
    ph_message_destroy(&self->arguments);
    if (!equals)
        return 0;
    *equals = '\0';
    self->arguments = wire_decode_json(equals + 1, strlen(equals + 1), &limits, err);
    return self->arguments ? 0 : ph_error_prefix(err, "the arguments of --invoke '%s'", text);
}

static int set_timeout(struct settings *self, const char *text, struct ph_error *err)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds >= 0.1 && seconds <= 3600))
        return ph_error_set(err, PH_INVALID,
                            "--timeout '%s' is no number of seconds from 0.1 to 3600", text);
    self->timeout_s = seconds;
    return 0;
}

static int take_option(struct settings *self, int option, struct ph_error *err)
{
    switch (option) {
    case 'i':
        return set_method(self, optarg, err);
    case 'I':
        add_folder(self, optarg);
        return 0;
    case 'm':
        self->module = optarg;
        return 0;
    case 'n':
        self->name = optarg;
        return 0;
    case 'o':
        return add_option(self, optarg, err);
    case 'O':
        return add_only(self, optarg, err);
    case 't':
        return set_timeout(self, optarg, err);
    case 'h':
        self->is_help = true;
        return 0;
    case 'l':
        self->is_list = true;
        return 0;
    case 'v':
        self->is_verbose = true;
        return 0;
    case 'V':
        self->is_version = true;
        return 0;
    default: /* getopt has said what is wrong */
        ph_error_set(err, PH_INVALID, "wrong usage");
        return ph_error_hint(err, "see plughost-conformance --help");
    }
}

int arguments_read(struct settings *settings, int argc, char **argv, struct ph_error *err)
{
    settings->timeout_s = DEFAULT_TIMEOUT_S;
    settings->signal_fd = -1;
    settings->name = "conformance";
    optind = 0; /* GNU: from the beginning, also for a second call */
    for (int option;
         (option = getopt_long(argc, argv, "+hi:I:lm:n:o:O:t:vV", long_options, NULL)) != -1;)
        if (take_option(settings, option, err) < 0)
            return -1;
    if (!settings->module)
        settings->module = settings->name;
    settings->command = argv + optind;
    if (optind < argc || settings->is_help || settings->is_list || settings->is_version)
        return 0;
    ph_error_set(err, PH_INVALID, "no command is given");
    return ph_error_hint(err, "see plughost-conformance --help");
}

void settings_release(struct settings *settings)
{
    free(settings->folders);
    free(settings->options);
    free(settings->only);
    ph_message_destroy(&settings->arguments);
}

void arguments_print_usage(void)
{
    fputs(usage, stdout);
}
