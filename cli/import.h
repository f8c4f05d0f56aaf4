/* import.h - `plughostctl import`: has plughostd make a configuration of one of Circus's or
 * supervisord's. */
#pragma once

#include "options.h"

/* Runs the plughostd beside this program, or the one in PATH. Returns its status, or what this
 * program ends with where it could not be run; a file is written only for 0. For the table of
 * words. */
int import_open(const struct options *options);
