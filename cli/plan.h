/* plan.h - what reading the configuration again does, or would do. */
#pragma once

#include "word.h"

/* Prints the steps of a plan, or of what was done, to stdout. */
void plan_print(const ph_value_t *reply);

/* The words `plan`; and `apply` and `reloadconfig`, which list all mistakes of a configuration that
 * was refused. Return 0, or -1 with `err` filled. */
int plan_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);
int plan_run_reload(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);
