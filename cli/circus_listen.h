/* circus_listen.h - events as circusctl shows them. */
#pragma once

#include "word.h"

/* Prints an event of our own on one line, as circusctl prints those that it gets. */
void circus_print_event(const ph_event_t *event);

/* Prints events of what is at an endpoint and does not answer our 'version', for the reason in
 * `err`: it is an endpoint for Circus's clients, which says where its events come from, or that
 * place itself, which is what circusctl wants to have. They come until a signal ends the program; a
 * daemon that goes is waited for. Returns -1 with `err` filled. */
int circus_listen(const struct invocation *invocation, const char *endpoint, struct ph_error *err);
