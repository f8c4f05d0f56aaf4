#include "plugin_memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *memory_new(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        abort();
    return memory;
}

void *memory_resize(void *array, size_t count, size_t size)
{
    void *memory = reallocarray(array, count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

char *memory_copy(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort();
    return copy;
}

char *memory_format(const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        abort();
    return text;
}

void memory_free(char **text_p)
{
    free(*text_p);
    *text_p = NULL;
}
