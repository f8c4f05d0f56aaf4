/* follow.h - events as they come, until the daemon ends or a signal ends the program. */
#pragma once

#include <plughost/plughost.h>

/* Gets ready to follow: SIGINT and SIGTERM end the program with EXIT_DONE from now on, and the
 * daemon's end is subscribed to. Returns 0, or -1 with `err` filled. */
int follow_begin(ph_client_t *client, int timeout_ms, struct ph_error *err);

/* Calls `take` for each event and flushes the output after it. Events of the daemon's end come
 * along, whatever else was subscribed to. Returns 0 when the daemon said that it ends, or -1 with
 * `err` filled: the daemon is gone, or the output cannot be written. */
int follow_run(ph_client_t *client, void (*take)(void *arg, const ph_event_t *event), void *arg,
               struct ph_error *err);

/* Prints an event as one line of JSON. */
void follow_print_json(const ph_event_t *event);
