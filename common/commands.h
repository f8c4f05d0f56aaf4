/* commands.h - what commands there are: the one table behind validation, `help`, the CLI and the
 * docs.
 *
 * The daemon adds the functions (supervisord/control/command.c); plughostctl maps its arguments. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum property_type {
    PROPERTY_TEXT,
    PROPERTY_NAMES, /* a text or a list of texts */
    PROPERTY_BOOL,
    PROPERTY_INT,
    PROPERTY_NUMBER, /* an integer or a float */
    PROPERTY_SIGNAL, /* a number, or a name with or without SIG */
    PROPERTY_WORDS,  /* a text, split as a shell does, or a list of texts, each a word */
    PROPERTY_MAP,    /* values by name */
    PROPERTY_LIST,   /* of any values */
};

struct property {
    const char *name;
    enum property_type type;
    bool is_required;
    /* How plughostctl takes it: "NAME" is an argument, in the order of the rows; "--lines N" an
     * option with a value, "--wait" one without. NULL: not at all. */
    const char *argument;
    char letter;      /* of the option as well, such as 'n' for -n, or 0 */
    bool is_denied;   /* the option means false */
    bool takes_texts; /* a map whose values are sent as typed, not as the JSON that they may be */
    bool takes_lists; /* a map in which the same key again makes a list */
    const char *summary;
};

enum command_id {
    COMMAND_PING,
    COMMAND_VERSION,
    COMMAND_LIST,
    COMMAND_STATUS,
    COMMAND_START,
    COMMAND_STOP,
    COMMAND_RESTART,
    COMMAND_RELOAD,
    COMMAND_RESET,
    COMMAND_WHY,
    COMMAND_LOGS,
    COMMAND_STATS,
    COMMAND_DSTATS,
    COMMAND_INCR,
    COMMAND_DECR,
    COMMAND_SIGNAL,
    COMMAND_KILL,
    COMMAND_ADD,
    COMMAND_RM,
    COMMAND_NUMPROCESSES,
    COMMAND_NUMWATCHERS,
    COMMAND_SET,
    COMMAND_GET,
    COMMAND_OPTIONS,
    COMMAND_GLOBALOPTIONS,
    COMMAND_CONFIG,
    COMMAND_PLAN,
    COMMAND_APPLY,
    COMMAND_RELOADCONFIG,
    COMMAND_INVOKE,
    COMMAND_METHODS,
    COMMAND_DESCRIBE,
    COMMAND_PUBLISH,
    COMMAND_METRICS,
    COMMAND_LISTSOCKETS,
    COMMAND_REOPEN,
    COMMAND_QUIT,
    COMMAND_HELP,
    COMMAND_PLUGIN_HELLO,
    COMMAND_PLUGIN_SUBSCRIBE,
    COMMAND_PLUGIN_UNSUBSCRIBE,
    COMMAND_PLUGIN_METHOD,
    COMMAND_PLUGIN_HEARTBEAT,
    COMMAND_PLUGIN_METRICS,
    COMMAND_PLUGIN_READY,
    COMMAND_PLUGIN_FAILED,
    COMMAND_PLUGIN_LOG,
    COMMAND_COUNT,
};

enum command_flag {
    COMMAND_WAITS = 1,    /* takes `waiting`: the answer may come later */
    COMMAND_PLUGIN = 2,   /* part of the plugin protocol: not shown to people */
    COMMAND_FOLLOWS = 4,  /* plughostctl goes on with events when --follow says so */
    COMMAND_ENCODED = 16, /* its function reads and checks the encoded properties itself */
    COMMAND_CHANGES = 8,  /* doing it twice is not the same as once: it is remembered */
};

enum { COMMAND_MAX_PROPERTIES = 12 };

struct command_info {
    const char *name;
    const char *usage;   /* arguments on a command line, "" for none */
    const char *summary; /* one sentence */
    unsigned flags;      /* of enum command_flag */
    /* Ended by a row without a name. */
    struct property properties[COMMAND_MAX_PROPERTIES + 1];
};

/* The table, in the order of command_id. */
extern const struct command_info command_infos[COMMAND_COUNT];

/* Returns the command of that name, or NULL. */
const struct command_info *command_info_find(const char *name);

/* Returns the property of that name, or NULL. */
const struct property *command_info_property(const struct command_info *self, const char *name);

/* Returns a word for a type, such as "text or list of texts". */
const char *property_type_name(enum property_type type);
