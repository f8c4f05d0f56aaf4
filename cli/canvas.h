/* canvas.h - lines that are drawn over what was drawn before, on the terminal of stderr.
 *
 * A picture is put together first and then written at once, so that nobody sees half of it. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct canvas {
    size_t rows, columns; /* of the window; the rest is its own */
    FILE *file;
    char *text;
    size_t size;
    size_t left; /* columns that the current line still has */
    bool is_coloured;
};

/* Begins a picture of the window's size now. */
void canvas_init(struct canvas *self, bool is_coloured);

/* Writes the picture. */
void canvas_release(struct canvas *self);

/* Goes back to the first of `rows` lines above, as far as the window reaches. */
void canvas_go_up(struct canvas *self, size_t rows);

/* Puts text into the current line as far as it fits, and blanks up to `width` columns. What is not
 * printable becomes a question mark. `colour` is an escape sequence or "". */
void canvas_put(struct canvas *self, const char *colour, const char *text, size_t width);

/* Ends a line, and erases what stood behind it. */
void canvas_end_line(struct canvas *self);

/* Erases all that stood below. */
void canvas_erase_below(struct canvas *self);
