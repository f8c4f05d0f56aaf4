/* circus_stats.h - what circusctl would print of 'stats' and 'dstats'. */
#pragma once

#include "word.h"

void circus_print_stats(const struct invocation *invocation, const ph_value_t *reply);
void circus_print_daemon_stats(const struct invocation *invocation, const ph_value_t *reply);
