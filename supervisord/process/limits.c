#include "limits.h"

#include <alloc.h>
#include <ctype.h>
#include <errno.h>
#include <nearest.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct resource {
    const char *name;
    int number;
} resources[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},
    {"cpu", RLIMIT_CPU},         {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE},     {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE},
    {"nice", RLIMIT_NICE},       {"nofile", RLIMIT_NOFILE},
    {"nproc", RLIMIT_NPROC},     {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},
    {"stack", RLIMIT_STACK},     {"sigpending", RLIMIT_SIGPENDING},
};

enum { RESOURCE_COUNT = sizeof resources / sizeof resources[0] };

static const struct resource *find_resource(const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        if (strcasecmp(resources[i].name, name) == 0)
            return &resources[i];
        ph_nearest_consider(&nearest, name, resources[i].name);
    }
    ph_error_set(err, PH_NOT_FOUND, "there is no limit '%s'", name);
    if (nearest.name)
        ph_error_hint(err, "did you mean '%s'?", nearest.name);
    return NULL;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static bool parse_value(const char *text, size_t length, rlim_t *value)
{
    if (length == 0 || is_word(text, length, "unlimited") || is_word(text, length, "infinity")) {
        *value = RLIM_INFINITY;
        return true;
    }
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *value = (rlim_t)number;
    return isdigit((unsigned char)*text) && end == text + length && errno == 0;
}

int limit_parse(const char *name, const char *text, struct limit *limit, struct ph_error *err)
{
    const struct resource *resource = find_resource(name, err);
    if (!resource)
        return -1;
    struct rlimit value;
    size_t soft_length = strcspn(text, ":");
    const char *hard = text[soft_length] ? text + soft_length + 1 : text;
    if (!parse_value(text, soft_length, &value.rlim_cur) ||
        !parse_value(hard, strlen(hard), &value.rlim_max))
        return ph_error_set(err, PH_INVALID,
                            "the limit '%s' cannot be '%s': it takes a number, unlimited, or "
                            "SOFT:HARD",
                            resource->name, text);
    if (value.rlim_cur > value.rlim_max)
        return ph_error_set(err, PH_INVALID,
                            "the limit '%s' cannot be '%s': the first is more than the second",
                            resource->name, text);
    *limit = (struct limit){.resource = resource->number, .value = value};
    return 0;
}

const char *limit_name(int resource)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        if (resources[i].number == resource)
            return resources[i].name;
    return "an unknown resource";
}
