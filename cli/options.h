/* options.h - the command line: what is asked for, before anything is done about it. */
#pragma once

#include <commands.h>
#include <plughost/error.h>

enum { OPTION_MAX_NAME_BYTES = 32 };

/* One option, for those who list them. The texts belong to the program. */
struct option_text {
    char name[OPTION_MAX_NAME_BYTES]; /* without "--" */
    char letter;                      /* or 0 */
    const char *value; /* what stands for its value, such as "N"; NULL: it has none */
    const char *summary;
};

/* The texts belong to argv, or to the environment. */
struct options {
    const char *endpoint; /* NULL: libplughost's default */
    int timeout_ms;       /* 0: not given; see options_timeout_ms */
    bool is_json;
    bool is_pretty;    /* JSON for people */
    bool is_circus;    /* printed as circusctl does, and its exit codes */
    bool is_in_shell;  /* the line was typed in our own shell */
    bool is_waiting;   /* --wait */
    bool is_following; /* --follow */
    bool is_help;
    bool is_version;
    const char *word; /* COMMAND, or NULL */
    char **args;      /* what follows it, options taken out */
    size_t arg_count;
    size_t plain_from; /* so many arguments stand before "--", or before the program of `add` */

    /* What was given for the properties that are options of COMMAND, in the order of its row: their
     * values, "" for those without; NULL: not given. */
    const char *values[COMMAND_MAX_PROPERTIES];
};

/* Reads the command line up to COMMAND. What it does not say stays as `options` has it: all zero,
 * or what the whole shell was given. Returns 0, or -1 with PH_INVALID. */
int options_parse(int argc, char **argv, struct options *options, struct ph_error *err);

/* Reads what follows COMMAND, whose row `info` is: the options may stand anywhere between the
 * arguments, but not in the command line of a program that is to be added. The order of argv
 * changes; `argc` and `argv` are those of options_parse. Returns 0, or -1 with PH_INVALID. */
int options_parse_word(int argc, char **argv, const struct command_info *info,
                       struct options *options, struct ph_error *err);

/* Gets option number `index` of those that stand before COMMAND and behind it. Returns false behind
 * the last. */
bool options_common_at(size_t index, struct option_text *text);

/* The option of commands with COMMAND_FOLLOWS. */
extern const struct option_text options_follow;

/* Gets option number `index` of those that only COMMAND takes. Returns false behind the last. */
bool options_own_at(const struct command_info *info, size_t index, struct option_text *text);

/* Says whether a property is an option of COMMAND, not an argument. */
bool options_has(const struct property *property);

/* Says whether the option of that property was given. */
bool options_is_given(const struct options *options, const struct command_info *info,
                      const char *property);

/* Returns how long to wait for an answer, -1 for ever: what was given, else 5 seconds, or for ever
 * with --wait. */
int options_timeout_ms(const struct options *options);

/* Says that the command line is wrong, with the usage of the word as hint; fill `err` with what is
 * wrong first. Returns -1. */
int options_refuse(const struct command_info *info, struct ph_error *err);
