/* redis_look.h - one look at a Redis server: connects, asks for INFO, goes. Nothing of it waits. */
#pragma once

#include "redis_url.h"

#include <plughost/plugin.h>
#include <stdbool.h>

typedef struct redis_look redis_look_t;

struct redis_result {
    const char *info;  /* the answer to INFO: lines of NAME:VALUE; NULL when it failed */
    const char *error; /* what failed, NULL when nothing did */
    bool is_refused;   /* the server is there and said no: a wrong password, say */
};

/* Called once, when INFO has come or is not to be expected to any more. `result` is borrowed. The
 * function must not destroy the look. */
typedef void redis_look_fn(ph_plugin_t *plugin, const struct redis_result *result);

/* Begins a look, which may take `timeout_ms` altogether. `url` is borrowed for as long as the look
 * lasts. The caller owns the result; `function` is never called before this has returned. */
redis_look_t *redis_look_new(ph_plugin_t *plugin, const struct redis_url *url, int timeout_ms,
                             redis_look_fn *function);

/* Gives up if it still looks, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void redis_look_destroy(redis_look_t **self_p);

/* Says whether the function is still to be called. */
bool redis_look_is_running(const redis_look_t *self);

/* Finds the value of a line of INFO that is a number. Returns 0, or -1: there is no such line. */
int redis_look_number(const char *info, const char *name, double *value);
