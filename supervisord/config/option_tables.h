/* option_tables.h - the options by theme. Each table is ended by a row without a name. */
#pragma once

#include "schema.h"

#include <stddef.h>

enum { PROGRAMS = SECTION_WATCHER | SECTION_PLUGIN };

#define SETTING(member) offsetof(struct settings, member)
#define WATCHER(member) offsetof(struct watcher_options, member)

struct option_table {
    const char *heading;
    const struct option_spec *rows;
};

/* In the order in which they are shown; ended by one without rows. */
extern const struct option_table option_tables[];

extern const struct option_spec circus_specs[];
extern const struct option_spec daemon_specs[];
extern const struct option_spec program_specs[];
extern const struct option_spec number_specs[];
extern const struct option_spec readiness_specs[];
extern const struct option_spec end_specs[];
extern const struct option_spec restart_specs[];
extern const struct option_spec identity_specs[];
extern const struct option_spec limit_specs[];
extern const struct option_spec environment_specs[];
extern const struct option_spec output_specs[];
extern const struct option_spec hook_specs[];
extern const struct option_spec socket_specs[];
