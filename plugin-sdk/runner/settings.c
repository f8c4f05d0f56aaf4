#include "settings.h"

#include <alloc.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MESSAGE = 64 << 20 }; /* more than any configuration; a wrong descriptor ends here */

static const char usage[] =
    "Usage: plughost-plugin [OPTION...] NAME\n"
    "Run the plugin NAME in this process, beside a running plughostd.\n"
    "\n"
    "  -e, --endpoint E       the daemon's endpoint (default: $PLUGHOST_ENDPOINT,\n"
    "                         else the one in the default run directory)\n"
    "  -p, --pubsub P         where it publishes events (default: it is asked)\n"
    "  -o, --option K=V       an option for the plugin; may be repeated\n"
    "  -m, --module MODULE    the module to load: a path, or FILE for FILE.so\n"
    "                         (default: NAME)\n"
    "  -I, --plugin-path DIR  a folder to look for modules; may be repeated\n"
    "  -t, --selftest         only look at the module, without a daemon: print what it\n"
    "                         has, and end with 0 if it is sound\n"
    "  -h, --help             show this and end\n"
    "  -V, --version          show the version and end\n"
    "\n"
    "The plugin runs until it gets SIGTERM or SIGINT (Ctrl-C). SIGHUP makes it open\n"
    "its files again.\n";

static const struct option long_options[] = {
    {"endpoint", required_argument, NULL, 'e'},
    {"pubsub", required_argument, NULL, 'p'},
    {"option", required_argument, NULL, 'o'},
    {"module", required_argument, NULL, 'm'},
    {"plugin-path", required_argument, NULL, 'I'},
    {"help", no_argument, NULL, 'h'},
    {"selftest", no_argument, NULL, 't'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void add_folder(struct runner_settings *self, const char *folder)
{
    self->folders = ph_realloc_array(self->folders, self->path.count + 1, sizeof *self->folders);
    self->folders[self->path.count++] = folder;
    self->path.folders = self->folders;
}

static int add_option(struct runner_settings *self, const char *text, struct ph_error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return ph_error_set(err, PH_INVALID, "--option '%s' is not KEY=VALUE", text);
    ph_cleanup(ph_freep) char *key = ph_strndup(text, (size_t)(equals - text));
    ph_writer_string(self->options, key, equals + 1);
    return 0;
}

static int take_option(struct runner_settings *self, int option, struct ph_error *err)
{
    switch (option) {
    case 'e':
        self->plugin.endpoint = optarg;
        return 0;
    case 'p':
        self->plugin.pubsub = optarg;
        return 0;
    case 'm':
        self->module = optarg;
        return 0;
    case 'I':
        add_folder(self, optarg);
        return 0;
    case 'o':
        return add_option(self, optarg, err);
    case 't':
        self->is_selftest = true;
        return 0;
    case 'h':
        fputs(usage, stdout);
        return 1;
    case 'V':
        printf("plughost-plugin %s (protocol %d, plugin ABI %d)\n", PH_VERSION, PH_PROTOCOL,
               PH_PLUGIN_ABI);
        return 1;
    default: /* getopt has said what is wrong */
        ph_error_set(err, PH_INVALID, "wrong usage");
        return ph_error_hint(err, "see plughost-plugin --help");
    }
}

static int read_command_line(struct runner_settings *self, int argc, char **argv,
                             struct ph_error *err)
{
    for (int option;
         (option = getopt_long(argc, argv, "e:p:o:m:I:thV", long_options, NULL)) != -1;) {
        int outcome = take_option(self, option, err);
        if (outcome != 0)
            return outcome;
    }
    if (optind + 1 != argc) {
        ph_error_set(err, PH_INVALID,
                     optind == argc ? "the plugin's NAME is missing"
                                    : "more than one NAME was given");
        return ph_error_hint(err, "see plughost-plugin --help");
    }
    self->plugin.name = argv[optind];
    if (!self->module)
        self->module = self->plugin.name;
    return 0;
}

static ph_message_t *read_message(int fd, struct ph_error *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0) {
        ph_error_sys(err, "cannot read PLUGHOST_FD (%d)", fd);
        return NULL;
    }
    if (status.st_size <= 0 || status.st_size > MAX_MESSAGE) {
        ph_error_set(err, PH_INVALID, "PLUGHOST_FD (%d) holds nothing of plughostd's", fd);
        return NULL;
    }
    size_t size = (size_t)status.st_size;
    ph_cleanup(ph_freep) char *bytes = ph_calloc(1, size);
    ssize_t count = pread(fd, bytes, size, 0);
    if (count < 0 || (size_t)count != size) {
        ph_error_sys(err, "cannot read PLUGHOST_FD (%d)", fd);
        return NULL;
    }
    return ph_message_new(bytes, size, err);
}

/* The daemon's word beats the command line, which only names the plugin for `ps`. */
static int read_inherited(struct runner_settings *self, const char *fd_text, struct ph_error *err)
{
    char *end;
    long number = strtol(fd_text, &end, 10);
    if (end == fd_text || *end || number < 3 || number > INT_MAX)
        return ph_error_set(err, PH_INVALID, "PLUGHOST_FD is '%.40s' and no descriptor", fd_text);
    ph_cleanup(ph_closep) int fd = (int)number;
    self->message = read_message(fd, err);
    if (!self->message)
        return -1;
    unsetenv("PLUGHOST_FD");

    const ph_value_t *body = ph_message_body(self->message);
    self->plugin = (struct ph_plugin_settings){
        .name = ph_value_string(ph_value_get(body, "name"), self->plugin.name),
        .endpoint = ph_value_string(ph_value_get(body, "endpoint"), NULL),
        .pubsub = ph_value_string(ph_value_get(body, "pubsub"), NULL),
        .token = ph_value_string(ph_value_get(body, "token"), NULL),
        .options = ph_value_get(body, "options"),
    };
    self->module = ph_value_string(ph_value_get(body, "module"), self->plugin.name);
    const ph_value_t *folders = ph_value_get(body, "plugin_path");
    for (size_t i = 0; i < ph_value_size(folders); i++)
        add_folder(self, ph_value_string(ph_value_at(folders, i), ""));
    return 0;
}

int runner_settings_read(struct runner_settings *self, int argc, char **argv, struct ph_error *err)
{
    self->options = ph_writer_new();
    int outcome = read_command_line(self, argc, argv, err);
    if (outcome != 0)
        return outcome;

    const char *fd_text = getenv("PLUGHOST_FD");
    if (fd_text)
        return read_inherited(self, fd_text, err);
    size_t size;
    const void *data = ph_writer_data(self->options, &size);
    self->message = ph_message_new(data, size, err);
    self->plugin.options = ph_message_body(self->message);
    return self->message ? 0 : -1;
}

void runner_settings_release(struct runner_settings *self)
{
    ph_writer_destroy(&self->options);
    ph_message_destroy(&self->message);
    free(self->folders);
}
