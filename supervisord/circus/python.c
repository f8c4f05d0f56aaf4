#include "python.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Letters that are not ASCII stay as they are in a text, and become \x.. in bytes. */
static void write_letter(FILE *file, unsigned char c, char quote, bool is_text)
{
    static const char plain[] = "\n\r\t";
    static const char names[] = "nrt";
    const char *found = c ? strchr(plain, c) : NULL;
    if (found)
        fprintf(file, "\\%c", names[found - plain]);
    else if (c == '\\' || c == (unsigned char)quote)
        fprintf(file, "\\%c", c);
    else if (c < 0x20 || c == 0x7f || (c > 0x7f && !is_text))
        fprintf(file, "\\x%02x", c);
    else
        fputc(c, file);
}

static char *repr(const char *prefix, const char *data, size_t size, const char *rest)
{
    char *text = NULL;
    size_t length;
    bool is_text = *prefix == '\0';
    char quote = memchr(data, '\'', size) && !memchr(data, '"', size) ? '"' : '\'';
    FILE *file = open_memstream(&text, &length);
    if (!file)
        abort();
    fprintf(file, "%s%c", prefix, quote);
    for (size_t i = 0; i < size; i++)
        write_letter(file, (unsigned char)data[i], quote, is_text);
    fprintf(file, "%s%c", rest, quote);
    fclose(file);
    return text;
}

char *python_repr_text(const char *text)
{
    return repr("", text, strlen(text), "");
}

char *python_repr_bytes(const void *data, size_t size, size_t max)
{
    return repr("b", data, size > max ? max : size, size > max ? "..." : "");
}
