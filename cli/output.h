/* output.h - results go to stdout, the rest to stderr; neither gets a control character.
 *
 * What a daemon or a plugin says ends on somebody's terminal, which must not obey it. */
#pragma once

#include <plughost/plughost.h>
#include <stdio.h>

/* What the program ends with. */
enum exit_code {
    EXIT_DONE,
    EXIT_REFUSED,   /* the daemon says no, or does not answer in time */
    EXIT_USAGE,     /* the command line makes no sense */
    EXIT_NO_DAEMON, /* nobody listens at the endpoint */
};

/* Prepares both streams: a reader that goes away becomes an error instead of SIGPIPE. Call it
 * before anything opens a descriptor. */
void output_open(void);

/* Prints `size` bytes of UTF-8; control characters become \u00XX, as in JSON. */
void output_text(FILE *stream, const char *text, size_t size);

/* Prints a text as it is, any other value as JSON. NULL prints nothing. */
void output_value(const ph_value_t *value);

/* Prints an entry of a map as "key: value", with a line end. */
void output_entry(const ph_value_t *key, const ph_value_t *value);

/* Prints a value as JSON, without a line end. */
void output_json(const ph_value_t *value);

/* As output_json, with a line end; pretty JSON has a line for each entry. */
void output_json_line(const ph_value_t *value, bool is_pretty);

/* Prints "plughostctl: " and a line made by printf's rules to stderr. */
void output_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints an error and its hint to stderr. */
void output_error(const struct ph_error *error);

/* Hands everything printed so far to the system. Returns 0, or -1 when some of it could not be
 * written; see output_is_unread. */
int output_flush(struct ph_error *err);

/* Says whether an error is only that the reader of stdout wants no more, as in `| head -1`. */
bool output_is_unread(const struct ph_error *error);
