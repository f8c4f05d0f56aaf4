#include "help.h"

#include "word.h"

#include <alloc.h>
#include <stdio.h>
#include <string.h>

static const char options_text[] =
    "Options:\n"
    "  -e, --endpoint E   talk to the daemon at E: ipc://PATH or tcp://HOST:PORT\n"
    "  -t, --timeout S    wait S seconds for an answer (5, for ever with --wait)\n"
    "  -j, --json         print replies and events as JSON, one to a line\n"
    "  -h, --help         print this, or what COMMAND does\n"
    "  -V, --version      print the version of this program\n"
    "\n"
    "Without --endpoint the variable PLUGHOST_ENDPOINT names the daemon; without that\n"
    "it is the one in /run/plughost for root, else in $XDG_RUNTIME_DIR/plughost.\n"
    "Exit codes: 0 done, 1 refused or no answer in time, 2 wrong usage, 3 no daemon.\n";

static void print_row(const char *name, const char *usage, int width, const char *text)
{
    ph_cleanup(ph_freep) char *left = ph_format("%s%s%s", name, usage[0] ? " " : "", usage);
    printf("  %-*s  %s\n", width, left, text);
}

void help_print_all(void)
{
    puts("usage: plughostctl [OPTION...] COMMAND [ARGUMENT...]\n"
         "\n"
         "Controls a running plughostd.\n"
         "\n"
         "Commands:");

    size_t width = 0;
    for (size_t i = 0; word_at(i).info; i++) {
        const struct command_info *info = word_at(i).info;
        size_t length = strlen(info->name) + 1 + strlen(info->usage);
        width = length > width ? length : width;
    }
    for (size_t i = 0; word_at(i).info; i++) {
        const struct command_info *info = word_at(i).info;
        print_row(info->name, info->usage, (int)width, info->summary);
    }
    printf("\n%s", options_text);
}

/* What stands for a property in the usage: "--wait" for a boolean, else the last word in brackets,
 * such as NAME of "[--wait] [NAME...]". The caller frees it. */
static char *property_label(const struct command_info *info, const struct property *property)
{
    if (property->type == PROPERTY_BOOL)
        return ph_strdup("--wait");
    const char *bracket = strrchr(info->usage, '[');
    return bracket ? ph_strndup(bracket + 1, strcspn(bracket + 1, "].")) : ph_strdup(info->usage);
}

void help_print_word(const struct command_info *info)
{
    printf("usage: plughostctl [OPTION...] %s%s%s\n\n%s\n", info->name, info->usage[0] ? " " : "",
           info->usage, info->summary);
    if (info->properties[0].name)
        putchar('\n');
    for (const struct property *property = info->properties; property->name; property++) {
        ph_cleanup(ph_freep) char *label = property_label(info, property);
        print_row(label, "", (int)strlen("KEY=VALUE"), property->summary);
    }
}
