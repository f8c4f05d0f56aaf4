#include "commands.h"

#include <string.h>

const struct command_info command_infos[COMMAND_COUNT] = {
    [COMMAND_PING] = {.name = "ping", .usage = "", .summary = "Ask whether the daemon answers."},
    [COMMAND_VERSION] = {.name = "version",
                         .usage = "",
                         .summary = "Show the daemon's version, protocol and endpoints."},
    [COMMAND_LIST] = {.name = "list", .usage = "", .summary = "List the watchers."},
    [COMMAND_STATUS] = {.name = "status",
                        .usage = "[NAME...]",
                        .summary = "Show how the watchers are, and why.",
                        .properties = {{.name = "name",
                                        .type = PROPERTY_NAMES,
                                        .summary = "watchers to show; all if left out"}}},
    [COMMAND_START] = {.name = "start",
                       .usage = "[--wait] [NAME...]",
                       .summary = "Start the named watchers, or all of them.",
                       .flags = COMMAND_WAITS,
                       .properties = {{.name = "name",
                                       .type = PROPERTY_NAMES,
                                       .summary = "watchers to start; all if left out"},
                                      {.name = "waiting",
                                       .type = PROPERTY_BOOL,
                                       .summary = "answer when all of them run"}}},
    [COMMAND_STOP] = {.name = "stop",
                      .usage = "[--wait] [NAME...]",
                      .summary = "Stop the named watchers, or all of them.",
                      .flags = COMMAND_WAITS,
                      .properties = {{.name = "name",
                                      .type = PROPERTY_NAMES,
                                      .summary = "watchers to stop; all if left out"},
                                     {.name = "waiting",
                                      .type = PROPERTY_BOOL,
                                      .summary = "answer when all of them are gone"}}},
    [COMMAND_RESTART] = {.name = "restart",
                         .usage = "[--wait] [NAME...]",
                         .summary = "Stop and start the named watchers, or all.",
                         .flags = COMMAND_WAITS,
                         .properties = {{.name = "name",
                                         .type = PROPERTY_NAMES,
                                         .summary = "watchers to restart; all if left out"},
                                        {.name = "waiting",
                                         .type = PROPERTY_BOOL,
                                         .summary = "answer when all of them run again"}}},
    [COMMAND_REOPEN] = {.name = "reopen",
                        .usage = "[NAME...]",
                        .summary = "Open log files again after they were moved.",
                        .properties = {{.name = "name",
                                        .type = PROPERTY_NAMES,
                                        .summary =
                                            "plugins to tell; all and the daemon if left out"}}},
    [COMMAND_QUIT] = {.name = "quit",
                      .usage = "[--wait]",
                      .summary = "End the daemon and all it runs.",
                      .flags = COMMAND_WAITS,
                      .properties = {{.name = "waiting",
                                      .type = PROPERTY_BOOL,
                                      .summary = "answer when all processes are gone"}}},
    [COMMAND_HELP] = {.name = "help",
                      .usage = "[COMMAND]",
                      .summary = "Describe the commands.",
                      .properties = {{.name = "name",
                                      .type = PROPERTY_TEXT,
                                      .summary = "the command to describe; all if left out"}}},
    [COMMAND_PLUGIN_HELLO] =
        {.name = "plugin.hello",
         .usage = "",
         .summary = "A plugin begins its session.",
         .flags = COMMAND_PLUGIN,
         .properties = {{.name = "name",
                         .type = PROPERTY_TEXT,
                         .is_required = true,
                         .summary = "the plugin's name"},
                        {.name = "protocol_min",
                         .type = PROPERTY_INT,
                         .is_required = true,
                         .summary = "oldest protocol it speaks"},
                        {.name = "protocol_max",
                         .type = PROPERTY_INT,
                         .is_required = true,
                         .summary = "newest protocol it speaks"},
                        {.name = "token",
                         .type = PROPERTY_TEXT,
                         .summary = "what the daemon gave it"},
                        {.name = "pid", .type = PROPERTY_INT, .summary = "its process"},
                        {.name = "sdk",
                         .type = PROPERTY_TEXT,
                         .summary = "library and version it is built on"},
                        {.name = "version", .type = PROPERTY_TEXT, .summary = "its own version"}}},
    [COMMAND_PLUGIN_READY] = {.name = "plugin.ready",
                              .usage = "",
                              .summary = "A plugin is initialized.",
                              .flags = COMMAND_PLUGIN},
    [COMMAND_PLUGIN_FAILED] =
        {.name = "plugin.failed",
         .usage = "",
         .summary = "A plugin cannot run and will end.",
         .flags = COMMAND_PLUGIN,
         .properties = {{.name = "reason",
                         .type = PROPERTY_TEXT,
                         .is_required = true,
                         .summary = "why, for people"},
                        {.name = "name", .type = PROPERTY_TEXT, .summary = "the plugin's name"},
                        {.name = "token",
                         .type = PROPERTY_TEXT,
                         .summary = "what the daemon gave it"}}},
    [COMMAND_PLUGIN_LOG] = {.name = "plugin.log",
                            .usage = "",
                            .summary = "A plugin has a line for the daemon's log.",
                            .flags = COMMAND_PLUGIN,
                            .properties = {{.name = "text",
                                            .type = PROPERTY_TEXT,
                                            .is_required = true,
                                            .summary = "the line"},
                                           {.name = "level",
                                            .type = PROPERTY_TEXT,
                                            .summary = "debug, info, warning or error"}}},
};

const struct command_info *command_info_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(command_infos[i].name, name) == 0)
            return &command_infos[i];
    return NULL;
}

const struct property *command_info_property(const struct command_info *self, const char *name)
{
    for (const struct property *property = self->properties; property->name; property++)
        if (strcmp(property->name, name) == 0)
            return property;
    return NULL;
}

const char *property_type_name(enum property_type type)
{
    switch (type) {
    case PROPERTY_TEXT:
        return "text";
    case PROPERTY_NAMES:
        return "text or list of texts";
    case PROPERTY_BOOL:
        return "boolean";
    case PROPERTY_INT:
        return "integer";
    }
    return "value";
}
