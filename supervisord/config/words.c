#include "words.h"

#include "../process/options.h"

#include <alloc.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct splitter {
    const char *at;
    char *word; /* as long as the whole text: no word is longer */
    size_t length;
    char quote; /* the one that is open, or 0 */
};

/* Takes one character of a word. Returns false at the blank behind it. */
static bool take(struct splitter *self)
{
    char c = *self->at++;
    if (c == '\\' && self->quote != '\'' && *self->at &&
        (!self->quote || strchr("\"\\", *self->at)))
        self->word[self->length++] = *self->at++;
    else if (self->quote ? c == self->quote : c == '\'' || c == '"')
        self->quote = self->quote ? '\0' : c;
    else if (!self->quote && isspace((unsigned char)c))
        return false;
    else
        self->word[self->length++] = c;
    return true;
}

char **words_split(const char *text, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *room = ph_calloc(1, strlen(text) + 1);
    ph_cleanup(words_destroy) char **words = ph_calloc(1, sizeof *words);
    struct splitter splitter = {.at = text, .word = room};
    size_t count = 0, places = 1;

    while (*(splitter.at += strspn(splitter.at, " \t\r\n\v\f"))) {
        splitter.length = 0;
        while (*splitter.at && take(&splitter))
            continue;
        if (splitter.quote) {
            ph_error_set(err, PH_INVALID, "a %c is not closed", splitter.quote);
            return NULL;
        }
        if (count + 2 > places) {
            places = 2 * (count + 2);
            words = ph_realloc_array(words, places, sizeof *words);
        }
        words[count++] = ph_strndup(splitter.word, splitter.length);
        words[count] = NULL;
    }
    return ph_steal(&words);
}
