/* answers.h - what the scripted daemon answers to each command. */
#pragma once

#include "daemon.h"

/* Does what the last request asks for, and replies unless it is a cast. */
void answer(daemon_t *self, const ph_value_t *request);
