/* http_check.h - asks an HTTP server for one URL, without waiting for it. */
#pragma once

#include <plughost/plugin.h>

typedef struct http_check http_check_t;

struct http_result {
    long status;    /* of the server; 599 when there was none: no connection, no answer in time */
    double seconds; /* how long it took */
    const char *error; /* what is wrong, NULL when all is well: a status below 400 */
};

/* Called when the server has answered, or is not to be expected to any more. `result` is borrowed.
 */
typedef void http_check_fn(ph_plugin_t *plugin, const struct http_result *result);

/* Prepares to ask for `url`, http or https, with at most `timeout_ms` for all of it; redirections
 * are followed, five at most. The caller owns the result. Returns NULL with PH_INVALID for what is
 * no such URL. `plugin` must outlive it. */
http_check_t *http_check_new(ph_plugin_t *plugin, const char *url, int timeout_ms,
                             http_check_fn *function, struct ph_error *err);

/* Gives up what is under way, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. Not to be
 * called from its function. */
void http_check_destroy(http_check_t **self_p);

/* Asks, and calls the function once, later. Does nothing while an earlier question is not answered.
 */
void http_check_begin(http_check_t *self);
