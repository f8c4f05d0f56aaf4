#include "help.h"

#include "word.h"

#include <alloc.h>
#include <stdio.h>
#include <string.h>

static const char end_text[] =
    "Without --endpoint the variable PLUGHOST_ENDPOINT names the daemon, or, as for\n"
    "circusctl, CIRCUSCTL_ENDPOINT; without both it is the one in /run/plughost for\n"
    "root, else in $XDG_RUNTIME_DIR/plughost. Without COMMAND a shell is opened.\n"
    "Exit codes: 0 done, 1 refused or no answer in time, 2 wrong usage, 3 no daemon.\n";

enum { COLUMNS = 80, MAX_LEFT = 24, OPTION_WIDTH = 16 };

/* A row whose left side is too wide has its text on a line of its own. */
static void print_row(const char *left, int width, const char *text)
{
    int length = (int)strlen(left);
    if (length > width)
        printf("  %s\n  %*s  %s\n", left, width, "", text);
    else
        printf("  %-*s  %s\n", width, left, text);
}

/* ---- the usage, in parts such as "[--lines N]" and "[NAME...]" ---- */

/* Returns the length of the first part of a usage: up to the blank outside of brackets. */
static size_t part_length(const char *usage)
{
    int depth = 0;
    size_t length = 0;
    for (; usage[length] && (depth > 0 || usage[length] != ' '); length++)
        depth += (usage[length] == '[') - (usage[length] == ']');
    return length;
}

static const char *next_part(const char *part)
{
    part += part_length(part);
    return part + strspn(part, " ");
}

/* Prints the parts with `indent` before each line but the first, which begins at column
 * `column`. */
static void print_usage(const char *usage, size_t column, size_t indent)
{
    for (const char *part = usage; *part; part = next_part(part)) {
        size_t length = part_length(part);
        if (column + 1 + length > COLUMNS) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        }
        printf(" %.*s", (int)length, part);
        column += 1 + length;
    }
}

/* Returns a word and its arguments without the options, which the caller frees. */
static char *overview(const struct command_info *info)
{
    char *text = ph_strdup(info->name);
    for (const char *part = info->usage; *part; part = next_part(part)) {
        if (strncmp(part, "[-", 2) == 0)
            continue;
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s %.*s", before, (int)part_length(part), part);
    }
    return text;
}

static void print_options(void)
{
    struct option_text option;
    puts("\nOptions:");
    for (size_t i = 0; options_common_at(i, &option); i++) {
        char letter[] = {'-', option.letter, ',', '\0'};
        ph_cleanup(ph_freep) char *left = ph_format("%3s --%s %s", option.letter ? letter : "",
                                                    option.name, option.value ? option.value : "");
        print_row(left, OPTION_WIDTH, option.summary);
    }
}

void help_print_all(void)
{
    puts("usage: plughostctl [OPTION...] COMMAND [ARGUMENT...]\n"
         "\n"
         "Controls a running plughostd.\n"
         "\n"
         "Commands; 'plughostctl help COMMAND' tells what one takes:");
    for (size_t i = 0; word_at(i).info; i++) {
        ph_cleanup(ph_freep) char *left = overview(word_at(i).info);
        print_row(left, MAX_LEFT, word_at(i).info->summary);
    }
    print_options();
    printf("\n%s", end_text);
}

/* ---- one word ---- */

/* Returns what stands for a property on the command line; NULL: nothing does. The caller frees
 * it. */
static char *property_label(const struct property *property)
{
    if (property->argument && property->letter)
        return ph_format("-%c, %s", property->letter, property->argument);
    return ph_strdup(property->argument);
}

/* What is not in the row of a command but in this program. */
static void print_extras(const struct command_info *info, int width)
{
    if (info->flags & COMMAND_FOLLOWS)
        print_row("-f, --follow", width, options_follow.summary);
}

static int label_width(const struct command_info *info)
{
    size_t width = strlen(info->flags & COMMAND_FOLLOWS ? "-f, --follow" : "KEY=VALUE");
    for (const struct property *property = info->properties; property->name; property++) {
        ph_cleanup(ph_freep) char *label = property_label(property);
        width = label && strlen(label) > width ? strlen(label) : width;
    }
    return (int)width;
}

void help_print_word(const struct command_info *info)
{
    static const char begin[] = "usage: plughostctl [OPTION...]";
    int width = label_width(info);
    printf("%s %s", begin, info->name);
    print_usage(info->usage, sizeof begin + strlen(info->name), strlen("usage: plughostctl"));
    printf("\n\n%s\n", info->summary);
    if (info->properties[0].name)
        putchar('\n');
    for (const struct property *property = info->properties; property->name; property++) {
        ph_cleanup(ph_freep) char *label = property_label(property);
        if (label)
            print_row(label, width, property->summary);
    }
    print_extras(info, width);
}
