#include "lower.h"

#include <ctype.h>

char *ph_lower(char *text)
{
    for (char *at = text; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return text;
}
