/* supervisor_group.h - [group:NAME]: programs that belong together. */
#pragma once

#include "supervisor_part.h"

/* Returns the section [group:NAME] that names a program, or NULL. */
const struct ph_circus_section *supervisor_group_find(const struct ph_circus_ini *ini,
                                                      const char *program);

/* Says what to use in place of a group, and refuses one of programs that are not there. */
void supervisor_group_take(struct supervisor_part *part);
