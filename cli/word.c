#include "word.h"

#include "arguments.h"
#include "completion.h"
#include "import.h"
#include "listen.h"
#include "logs.h"
#include "new_plugin.h"
#include "pairs.h"
#include "plan.h"
#include "request.h"
#include "shell.h"

#include <nearest.h>
#include <string.h>
#include <strings.h>

static const struct command_info listen_info = {
    .name = "listen",
    .usage = "[TOPIC...]",
    .summary = "Print events as they come.",
    .properties = {{.name = "topic",
                    .argument = "TOPIC",
                    .type = PROPERTY_NAMES,
                    .summary = "what the events' topics begin with; all events if left out"}},
};
static const struct command_info call_info = {
    .name = "call",
    .usage = "NAME [KEY=VALUE...]",
    .summary = "Send any command and print the reply.",
    .properties = {{.name = "properties",
                    .argument = "KEY=VALUE",
                    .type = PROPERTY_NAMES,
                    .summary = "a property; JSON is sent as such, the rest as text; the same KEY "
                               "again makes a list"}},
};
static const struct command_info cast_info = {
    .name = "cast",
    .usage = "NAME [KEY=VALUE...]",
    .summary = "Send any command and wait for no answer.",
    .properties = {{.name = "properties",
                    .argument = "KEY=VALUE",
                    .type = PROPERTY_NAMES,
                    .summary = "as for call"}},
};

static const struct command_info new_plugin_info = {
    .name = "new-plugin",
    .usage = "[--dir DIR] NAME",
    .summary = "Write the files of a new plugin.",
    .properties = {{.name = "name",
                    .argument = "NAME",
                    .type = PROPERTY_TEXT,
                    .is_required = true,
                    .summary = "what it is called: a letter, then letters, digits, '_' and '-'"},
                   {.name = "dir",
                    .argument = "--dir DIR",
                    .type = PROPERTY_TEXT,
                    .summary = "the folder for the files, missing or empty; NAME if left out"}},
};

static const struct command_info import_info = {
    .name = "import",
    .usage = "[--format FORMAT] [-o FILE [--force]] CONFIGURATION",
    .summary = "Convert a file of Circus's or supervisord's.",
    .properties = {{.name = "configuration",
                    .argument = "CONFIGURATION",
                    .type = PROPERTY_TEXT,
                    .is_required = true,
                    .summary = "the file of Circus's or supervisord's"},
                   {.name = "format",
                    .argument = "--format FORMAT",
                    .type = PROPERTY_TEXT,
                    .summary = "circus or supervisord; else its sections tell"},
                   {.name = "output",
                    .argument = "--output FILE",
                    .letter = 'o',
                    .type = PROPERTY_TEXT,
                    .summary = "where it goes; to standard output if left out, or for '-'"},
                   {.name = "force",
                    .argument = "--force",
                    .type = PROPERTY_BOOL,
                    .summary = "replace the FILE if it is there"}},
};
static const struct command_info shell_info = {
    .name = "shell",
    .usage = "",
    .summary = "Read commands line by line, from a terminal or not.",
};
static const struct command_info completion_info = {
    .name = "completion",
    .usage = "SHELL",
    .summary = "Print what has a shell complete command lines.",
    .properties = {{.name = "shell",
                    .argument = "SHELL",
                    .type = PROPERTY_TEXT,
                    .is_required = true,
                    .summary = "bash, fish or zsh"}},
};
static const struct command_info complete_info = {
    .name = "complete",
    .usage = "[--] [WORD...] BEGINNING",
    .summary = "Print what can stand next on a command line.",
    .properties = {{.name = "words",
                    .argument = "WORD",
                    .type = PROPERTY_NAMES,
                    .is_required = true,
                    .summary = "the words of the line; of the last one only the beginning"}},
};

static const struct word own_words[] = {
    {.info = &listen_info, .prepare = arguments_read, .run = listen_run},
    {.info = &call_info, .prepare = pairs_read, .run = request_call},
    {.info = &cast_info, .prepare = pairs_read, .run = request_cast},
    {.info = &import_info, .prepare = arguments_read, .open = import_open},
    {.info = &new_plugin_info, .prepare = new_plugin_read, .run = new_plugin_run, .is_local = true},
    {.info = &shell_info, .prepare = arguments_read, .open = shell_open},
    {.info = &completion_info, .prepare = arguments_read, .run = completion_run, .is_local = true},
    {.info = &complete_info, .prepare = arguments_read, .run = completion_list, .is_local = true},
};
enum { OWN_COUNT = sizeof own_words / sizeof own_words[0] };

/* Most words are no more than a request; these are. */
static struct word command_word(const struct command_info *info)
{
    switch ((enum command_id)(info - command_infos)) {
    case COMMAND_HELP:
        return (struct word){.info = info, .prepare = arguments_read};
    case COMMAND_ADD:
        return (struct word){
            .info = info, .prepare = arguments_read_program, .run = request_command};
    case COMMAND_LOGS:
        return (struct word){.info = info, .prepare = arguments_read, .run = logs_run};
    case COMMAND_PLAN:
        return (struct word){.info = info, .prepare = arguments_read, .run = plan_run};
    case COMMAND_APPLY:
    case COMMAND_RELOADCONFIG:
        return (struct word){.info = info, .prepare = arguments_read, .run = plan_run_reload};
    default:
        return (struct word){.info = info, .prepare = arguments_read, .run = request_command};
    }
}

struct word word_at(size_t index)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (command_infos[i].flags & COMMAND_PLUGIN)
            continue;
        if (index-- == 0)
            return command_word(&command_infos[i]);
    }
    return index < OWN_COUNT ? own_words[index] : (struct word){0};
}

struct word word_find(const char *name)
{
    for (size_t i = 0;; i++) {
        struct word word = word_at(i);
        if (!word.info || strcasecmp(word.info->name, name) == 0)
            return word;
    }
}

const char *word_nearest(const char *name)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; word_at(i).info; i++)
        ph_nearest_consider(&nearest, name, word_at(i).info->name);
    return nearest.name;
}
