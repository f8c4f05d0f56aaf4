#include "canvas.h"

#include "colour.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { DEFAULT_ROWS = 24, DEFAULT_COLUMNS = 80 };

/* A terminal whose last column is written to would erase it with the rest of the line: it stays
 * free. */
void canvas_init(struct canvas *self, bool is_coloured)
{
    struct winsize window = {0};
    ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
    *self = (struct canvas){.rows = window.ws_row ? window.ws_row : DEFAULT_ROWS,
                            .columns = window.ws_col ? window.ws_col : DEFAULT_COLUMNS,
                            .is_coloured = is_coloured};
    self->file = open_memstream(&self->text, &self->size);
    if (!self->file)
        abort();
    self->left = self->columns - 1;
}

void canvas_release(struct canvas *self)
{
    fclose(self->file);
    /* What a terminal does not take now is drawn again soon. */
    for (size_t done = 0; done < self->size;) {
        ssize_t count = write(STDERR_FILENO, self->text + done, self->size - done);
        if (count <= 0)
            break;
        done += (size_t)count;
    }
    free(self->text);
}

void canvas_go_up(struct canvas *self, size_t rows)
{
    size_t most = self->rows - 1;
    if (rows > 0 && most > 0)
        fprintf(self->file, "\033[%zuA", rows < most ? rows : most);
}

void canvas_put(struct canvas *self, const char *colour, const char *text, size_t width)
{
    size_t used = 0;
    mbstate_t state = {0};
    fputs(self->is_coloured ? colour : "", self->file);
    while (*text) {
        wchar_t wide;
        size_t length = mbrtowc(&wide, text, strlen(text), &state);
        bool is_valid = length != (size_t)-1 && length != (size_t)-2;
        if (!is_valid)
            state = (mbstate_t){0};
        int columns = is_valid ? wcwidth(wide) : -1;
        size_t taken = columns < 0 ? 1 : (size_t)columns;
        if (used + taken > self->left)
            break;
        fwrite(columns < 0 ? "?" : text, 1, columns < 0 ? 1 : length, self->file);
        used += taken;
        text += is_valid ? length : 1;
    }
    for (; used < width && used < self->left; used++)
        putc(' ', self->file);
    self->left -= used;
    fputs(self->is_coloured && colour[0] ? COLOUR_END : "", self->file);
}

void canvas_end_line(struct canvas *self)
{
    fputs("\033[K\n", self->file);
    self->left = self->columns - 1;
}

void canvas_erase_below(struct canvas *self)
{
    fputs("\033[J", self->file);
}
