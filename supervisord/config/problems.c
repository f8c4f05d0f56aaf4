#include "problems.h"

#include <alloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void problems_add(struct problems *self, struct place place, const struct ph_error *error)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count] = (struct problem){.file = ph_strdup(place.file),
                                                .line = place.line,
                                                .number = (unsigned)self->count,
                                                .error = *error};
    self->count++;
}

static int compare_files(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int by_place(const void *a, const void *b)
{
    const struct problem *first = a, *second = b;
    int files = compare_files(first->file, second->file);
    if (files != 0)
        return files;
    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    return first->number < second->number ? -1 : 1;
}

char *problem_text(const struct problem *self, const char *file)
{
    const struct ph_error *error = &self->error;
    bool has_hint = error->hint[0] != '\0';
    ph_cleanup(ph_freep) char *line = self->line > 0 ? ph_format(":%u", self->line) : NULL;
    return ph_format("%s%s: %s%s%s%s", self->file ? self->file : file, line ? line : "",
                     error->message, has_hint ? " (" : "", error->hint, has_hint ? ")" : "");
}

void problems_print(struct problems *self, const char *file, FILE *out)
{
    if (self->count > 0)
        qsort(self->items, self->count, sizeof *self->items, by_place);
    for (size_t i = 0; i < self->count; i++) {
        ph_cleanup(ph_freep) char *text = problem_text(&self->items[i], file);
        fprintf(out, "%s\n", text);
    }
}

void problems_release(struct problems *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i].file);
    free(self->items);
    *self = (struct problems){0};
}
