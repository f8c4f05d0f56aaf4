#include "problems.h"

#include <alloc.h>
#include <stdlib.h>

void problems_add(struct problems *self, unsigned line, const struct ph_error *error)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count] = (struct problem){line, (unsigned)self->count, *error};
    self->count++;
}

static int by_line(const void *a, const void *b)
{
    const struct problem *first = a, *second = b;
    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    return first->number < second->number ? -1 : 1;
}

void problems_print(struct problems *self, const char *file, FILE *out)
{
    if (self->count > 0)
        qsort(self->items, self->count, sizeof *self->items, by_line);
    for (size_t i = 0; i < self->count; i++) {
        const struct problem *problem = &self->items[i];
        const struct ph_error *error = &problem->error;
        fputs(file, out);
        if (problem->line > 0)
            fprintf(out, ":%u", problem->line);
        fprintf(out, ": %s", error->message);
        if (error->hint[0])
            fprintf(out, " (%s)", error->hint);
        fputc('\n', out);
    }
}

void problems_release(struct problems *self)
{
    free(self->items);
    *self = (struct problems){0};
}
