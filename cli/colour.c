#include "colour.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool colour_is_wanted(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(fileno(stream)) && !(no_color && no_color[0]);
}

const char *colour_of_status(const char *status)
{
    static const struct {
        const char *status;
        const char *colour;
    } colours[] = {
        {"active", "green"}, {"starting", "cyan"}, {"stopping", "cyan"},
        {"waiting", "cyan"}, {"backoff", "brown"}, {"failed", "red"},
    };
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++)
        if (strcmp(colours[i].status, status) == 0)
            return colours[i].colour;
    return NULL;
}

const char *colour_sequence(const char *name)
{
    static const struct {
        const char *name;
        const char *sequence;
    } sequences[] = {
        {"green", "\033[32m"}, {"cyan", "\033[36m"}, {"brown", "\033[33m"}, {"red", COLOUR_RED}};
    for (size_t i = 0; name && i < sizeof sequences / sizeof sequences[0]; i++)
        if (strcmp(sequences[i].name, name) == 0)
            return sequences[i].sequence;
    return "";
}

/* Red is not among them: it stands for errors. */
const char *colour_of_name(const char *name)
{
    static const char *const palette[] = {"\033[36m", "\033[33m", "\033[32m", "\033[35m",
                                          "\033[34m", "\033[96m", "\033[93m", "\033[92m"};
    uint32_t hash = 2166136261; /* FNV-1a */
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619;
    return palette[hash % (sizeof palette / sizeof palette[0])];
}
