/* limits.h - what a child may use: the rlimit_* options. */
#pragma once

#include <plughost/error.h>
#include <sys/resource.h>

struct limit {
    int resource; /* RLIMIT_NOFILE and so on */
    struct rlimit value;
};

/* Reads a limit. `name` is a resource, such as "nofile", in any case. `text` is a number, in the
 * unit of setrlimit, or "unlimited", "infinity" or nothing, which all mean no limit; or two of
 * these as SOFT:HARD, else both are the same. Returns 0, or -1 with PH_NOT_FOUND or PH_INVALID. */
int limit_parse(const char *name, const char *text, struct limit *limit, struct ph_error *err);

/* Returns the name of a resource, such as "nofile"; it makes no system call. */
const char *limit_name(int resource);
