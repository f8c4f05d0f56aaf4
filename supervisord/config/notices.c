#include "notices.h"

#include <alloc.h>
#include <stdlib.h>

void notices_add(struct notices *self, struct place place, const char *format, ...)
{
    va_list args;
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    struct notice *notice = &self->items[self->count++];
    *notice = (struct notice){.file = ph_strdup(place.file), .line = place.line};
    va_start(args, format);
    notice->text = ph_format_va(format, args);
    va_end(args);
}

char *notice_text(const struct notice *self, const char *file)
{
    ph_cleanup(ph_freep) char *line = self->line > 0 ? ph_format(":%u", self->line) : NULL;
    return ph_format("%s%s: %s", self->file ? self->file : file, line ? line : "", self->text);
}

void notices_release(struct notices *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].file);
        free(self->items[i].text);
    }
    free(self->items);
    *self = (struct notices){0};
}
