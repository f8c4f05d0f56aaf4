#include "circus_remarks.h"

#include "../text.h"

#include <alloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; at && (at = strstr(at, word)); at += length)
        if ((at == words || at[-1] == ' ') && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

static void add_word(struct circus_remark *self, const char *word)
{
    if (!has_word(self->words, word))
        text_append(&self->words, ", ", word);
}

void circus_remarks_ignore(struct circus_remarks *self, const char *option, const char *why)
{
    size_t place = 0;
    while (place < self->ignored_count && strcmp(self->ignored[place].why, why) != 0)
        place++;
    if (place == self->ignored_count) {
        self->ignored = ph_realloc_array(self->ignored, place + 1, sizeof *self->ignored);
        self->ignored[self->ignored_count++] = (struct circus_remark){.why = why};
    }
    add_word(&self->ignored[place], option);
}

void circus_remarks_keep(struct circus_remarks *self, const char *option)
{
    add_word(&self->kept, option);
}

void circus_remarks_skip(struct circus_remarks *self, const char *section)
{
    add_word(&self->unread, section);
}

static void tell_ignored(const struct circus_remarks *self, struct notices *notices)
{
    ph_cleanup(ph_freep) char *text = ph_strdup("without meaning here:");
    for (size_t i = 0; i < self->ignored_count; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s%s %s (%s)", before, i > 0 ? ";" : "", self->ignored[i].words,
                         self->ignored[i].why);
    }
    if (self->ignored_count > 0)
        notices_add(notices, NOWHERE, "%s", text);
}

void circus_remarks_tell(const struct circus_remarks *self, struct notices *notices)
{
    tell_ignored(self, notices);
    if (self->kept.words)
        notices_add(notices, NOWHERE, "unknown options, kept as text that changes nothing: %s",
                    self->kept.words);
    if (self->unread.words)
        notices_add(notices, NOWHERE, "sections that are not read: %s", self->unread.words);
}

void circus_remarks_release(struct circus_remarks *self)
{
    for (size_t i = 0; i < self->ignored_count; i++)
        free(self->ignored[i].words);
    free(self->ignored);
    free(self->kept.words);
    free(self->unread.words);
    *self = (struct circus_remarks){0};
}
