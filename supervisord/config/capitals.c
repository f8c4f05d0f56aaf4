#include "capitals.h"

#include <alloc.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

char *capitals_expand(const char *text)
{
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    char *made = ph_strdup("");
    while (*text) {
        size_t plain = strcspn(text, "$");
        bool may_begin = text[plain] && !isdigit((unsigned char)text[plain + 1]);
        size_t length = may_begin ? strspn(text + plain + 1, capitals) : 0;
        ph_cleanup(ph_freep) char *name = ph_strndup(text + plain + (length > 0), length);
        ph_cleanup(ph_freep) char *before = made;
        bool is_variable = length > 0 && strcmp(name, "WID") != 0;
        const char *value = is_variable ? getenv(name) : NULL;
        size_t kept = is_variable ? plain : plain + (text[plain] != '\0');
        made = ph_format("%s%.*s%s", before, (int)kept, text, value ? value : "");
        text += is_variable ? plain + 1 + length : kept;
    }
    return made;
}
