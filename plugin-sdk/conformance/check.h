/* check.h - the checks: one table, and the functions behind it by theme. */
#pragma once

#include "trial.h"

/* Looks at one start of the plugin. A verdict that is left alone is ok. */
typedef void check_fn(trial_t *trial, struct verdict *verdict);

struct check {
    const char *name;
    const char *rule;    /* what the protocol wants, one sentence */
    const char *section; /* of docs/protocol.md */
    check_fn *run;
    struct script script;
};

/* Returns the check at `index`, in the order in which they run, or NULL. */
const struct check *check_at(size_t index);

/* Returns the check of that name, or NULL. */
const struct check *check_find(const char *name);

/* ---- hello ---- */
check_fn check_hello, check_token, check_protocol, check_declarations, check_welcome, check_ready,
    check_incompatible, check_denied;

/* ---- what is inherited ---- */
check_fn check_argv, check_descriptor;

/* ---- events and signs of life ---- */
check_fn check_marker, check_counted, check_mark_topic, check_heartbeat, check_no_heartbeat,
    check_missed;

/* ---- requests ---- */
check_fn check_messages, check_unknown_request, check_request_ids, check_one_reply,
    check_unknown_cast, check_unknown_fields, check_invoke_unknown, check_invoke, check_cancel,
    check_reconfigure, check_reopen;

/* ---- bad input ---- */
check_fn check_garbage, check_empty_frame, check_no_map, check_no_command, check_unknown_reply,
    check_broken_event, check_unknown_topic;

/* ---- the end, and another daemon ---- */
check_fn check_stop, check_sigterm, check_reconnect, check_reconnect_denied;

/* ---- for several of them ---- */

/* Returns a topic that fits a prefix which the plugin has named in `plugin.subscribe`; the caller
 * frees it. NULL, with the verdict filled, if there is none. */
char *check_topic(const trial_t *trial, struct verdict *verdict);

/* Says whether the list `key` of the plugin's hello has this text. */
bool check_hello_lists(const trial_t *trial, const char *key, const char *text);
