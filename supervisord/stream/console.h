/* console.h - the daemon's own standard output or error, which is never waited for. */
#pragma once

#include "loss.h"

typedef struct console console_t;

/* `fd` and the listener are borrowed. The caller owns the result. */
console_t *console_new(int fd, const struct loss_listener *listener);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void console_destroy(console_t **self_p);

/* Writes whole lines as long as they are taken at once; the others are lost and counted. */
void console_write(console_t *self, const struct block *block);

/* Says whether it is a terminal whose user wants colours: NO_COLOR is not set. */
bool console_has_color(const console_t *self);
