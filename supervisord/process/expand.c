#include "expand.h"

#include <alloc.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What follows the opening, "$(" or "((", and the closing that belongs to it. */
static const struct form {
    const char *opening;
    const char *closing;
} forms[] = {
    {"$(circus.", ")"},
    {"$(plughost.", ")"},
    {"((circus.", "))"},
    {"((plughost.", "))"},
};

static const char short_form[] = "$WID";

/* One variable in a text. */
struct place {
    const char *start;
    size_t length;
    const char *name; /* as it is written */
    size_t name_length;
};

static bool is_name_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Says whether a variable in this form begins right at `text`. */
static bool matches(const char *text, const struct form *form, struct place *place)
{
    size_t opening = strlen(form->opening), closing = strlen(form->closing);
    if (strncasecmp(text, form->opening, opening) != 0)
        return false;
    const char *name = text + opening, *end = name;
    while (is_name_letter(*end))
        end++;
    if (end == name || strncmp(end, form->closing, closing) != 0)
        return false;
    *place = (struct place){.start = text,
                            .length = (size_t)(end - text) + closing,
                            .name = name,
                            .name_length = (size_t)(end - name)};
    return true;
}

static bool matches_short_form(const char *text, struct place *place)
{
    size_t length = sizeof short_form - 1;
    if (strncmp(text, short_form, length) != 0 || isalnum((unsigned char)text[length]) ||
        text[length] == '_')
        return false;
    *place = (struct place){
        .start = text, .length = length, .name = text + 1, .name_length = length - 1};
    return true;
}

/* Finds the first variable from `text` on. */
static bool find(const char *text, struct place *place)
{
    while (*(text += strcspn(text, "$("))) {
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
            if (matches(text, &forms[i], place))
                return true;
        if (matches_short_form(text, place))
            return true;
        text++;
    }
    return false;
}

/* Returns the value of a variable, which the caller frees, or NULL. */
static char *look_up(const struct place *place, expand_lookup_fn *lookup, void *arg)
{
    ph_cleanup(ph_freep) char *name = ph_strndup(place->name, place->name_length);
    size_t length = strncasecmp(name, "env.", 4) == 0 ? 4 : place->name_length;
    for (size_t i = 0; i < length; i++)
        name[i] = (char)tolower((unsigned char)name[i]);
    return lookup(arg, name);
}

bool expand_uses(const char *text)
{
    struct place place;
    return find(text, &place);
}

char *expand(const char *text, expand_lookup_fn *lookup, void *arg)
{
    struct place place;
    char *result = NULL;
    while (find(text, &place)) {
        ph_cleanup(ph_freep) char *before = ph_steal(&result);
        ph_cleanup(ph_freep) char *value = look_up(&place, lookup, arg);
        size_t end = (size_t)(place.start - text) + (value ? 0 : place.length);
        result = ph_format("%s%.*s%s", before ? before : "", (int)end, text, value ? value : "");
        text = place.start + place.length;
    }
    ph_cleanup(ph_freep) char *before = result;
    return before ? ph_format("%s%s", before, text) : ph_strdup(text);
}

int expand_check(const char *text, expand_lookup_fn *lookup, void *arg, struct ph_error *err)
{
    struct place place;
    for (; find(text, &place); text = place.start + place.length) {
        ph_cleanup(ph_freep) char *value = look_up(&place, lookup, arg);
        if (!value)
            return ph_error_set(err, PH_NOT_FOUND, "there is nothing to put in place of '%.*s'",
                                (int)place.length, place.start);
    }
    return 0;
}
