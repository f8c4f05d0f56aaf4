/* place.h - where something stands in a configuration. */
#pragma once

struct place {
    const char *file; /* borrowed; NULL: the main file */
    unsigned line;    /* 0: no line in particular */
};

#define NOWHERE ((struct place){0})
#define SOMEWHERE ((struct place){.line = 1}) /* in a file, which is forgotten */
