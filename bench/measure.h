/* measure.h - what the programs here share: the clock, numbers of the command line, the end of a
 * program that cannot go on. */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Ends the program with the text of errno. */
static inline _Noreturn void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static inline _Noreturn void fail_usage(const char *usage)
{
    fprintf(stderr, "usage: %s\n", usage);
    exit(EXIT_FAILURE);
}

/* Reads a number from 0; what is none ends the program. */
static inline size_t number(const char *text)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || *end || end == text)
        fail_usage("numbers are digits only");
    return value;
}
