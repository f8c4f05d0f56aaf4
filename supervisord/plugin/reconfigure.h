/* reconfigure.h - asking a plugin that runs to take other options. */
#pragma once

#include "../process/options.h"
#include "session.h"

/* Called once: with NULL when it has taken them, else with why not. */
typedef void reconfigure_fn(void *arg, const struct ph_error *err);

/* Says whether a session, or NULL, can be asked; it cannot be while it is asked already. */
bool reconfigure_is_possible(const session_t *session);

/* Asks it to take `options`, which are all of its own and are copied. */
void reconfigure_ask(session_t *session, const struct pairs *options, reconfigure_fn *done,
                     void *arg);
