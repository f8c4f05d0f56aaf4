/* schema_parse.h - the values of options, read by what they are. Only schema_parse.c uses it, but
 * for absolute_path. */
#pragma once

#include "schema.h"

/* Refuses a value with PH_INVALID; the hint says what the option takes. Returns -1. */
int option_refuse(const struct option_spec *self, const char *text, const char *why,
                  struct ph_error *err);

/* Each reads `text` into the option's `member`, and leaves it as it is where it returns -1. */
int parse_number(const struct option_spec *self, const char *text, void *member,
                 struct ph_error *err);
int parse_bytes(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err);
int parse_octal(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err);
int parse_limit(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err);
int parse_statuses(const struct option_spec *self, const char *text, void *member,
                   struct ph_error *err);
int parse_words(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err);
int parse_names(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err);
int parse_paths(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err);
int parse_variables(const struct option_spec *self, const char *text, void *member,
                    struct ph_error *err);
int parse_hook(const struct option_spec *self, const char *text, void *member,
               struct ph_error *err);

/* Returns a path that does not depend on the folder of the daemon; one that begins with a variable
 * stays as it is. The caller frees it. */
char *absolute_path(const char *path);
