#include "text.h"

#include <alloc.h>
#include <string.h>

bool text_is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

void text_append(char **list_p, const char *separator, const char *item)
{
    ph_cleanup(ph_freep) char *before = *list_p;
    *list_p = before ? ph_format("%s%s%s", before, separator, item) : ph_strdup(item);
}
