/* reply.h - what the daemon answered, for people. */
#pragma once

#include "options.h"

#include <commands.h>
#include <plughost/value.h>

/* Prints a reply map to stdout in the form of its command; `info` NULL prints it field by field. */
void reply_print(const struct command_info *info, const struct options *options,
                 const ph_value_t *reply);
