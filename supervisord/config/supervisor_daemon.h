/* supervisor_daemon.h - [supervisord] of supervisord's. */
#pragma once

#include "circus_daemon.h"
#include "supervisor_part.h"

/* Makes sections [plughost] and [env:*], and fills `said`. */
void supervisor_daemon_take(struct supervisor_part *part, struct circus_said *said);
