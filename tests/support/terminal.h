/* terminal.h - a terminal that a program runs on. */
#pragma once

#include "program.h"

struct terminal {
    int fd; /* our side */
    char text[65536];
    size_t size; /* of what was written to it so far, as far as it was read */
};

/* Opens a terminal with a window of that size. It is large: make it static. */
void terminal_open(struct terminal *self, unsigned short rows, unsigned short columns);

/* Closes our side, which hangs up on the programs on it. */
void terminal_close(struct terminal *self);

/* Returns the path of the programs' side. */
const char *terminal_path(const struct terminal *self);

/* Types a text. */
void terminal_type(struct terminal *self, const char *text);

/* Reads until `text` was written. Returns false when the time is over. */
bool terminal_wait(struct terminal *self, const char *text, int timeout_ms);

/* Forgets what was read, so that the next wait is for something new. */
void terminal_forget(struct terminal *self);
