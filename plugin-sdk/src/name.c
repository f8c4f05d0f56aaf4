#include "name.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

bool name_is_valid(const char *name, size_t most)
{
    size_t size = 0;
    while (size <= most && is_letter(name[size]))
        size++;
    return size >= 1 && size <= most && name[size] == '\0';
}
