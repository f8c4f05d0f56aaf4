#include "../text.h"
#include "schema.h"

#include <string.h>

static bool is_same_text(const void *a, const void *b)
{
    return text_is_same(*(char *const *)a, *(char *const *)b);
}

/* A list that is empty is one that is not there. */
static bool are_same_words(const void *a, const void *b)
{
    char *const *first = *(char **const *)a, *const *second = *(char **const *)b;
    static char *const none[] = {NULL};
    first = first ? first : none;
    second = second ? second : none;
    while (*first && *second && strcmp(*first, *second) == 0)
        first++, second++;
    return !*first && !*second;
}

static bool are_same_variables(const void *a, const void *b)
{
    const struct pairs *first = a, *second = b;
    bool are_same = first->count == second->count;
    for (size_t i = 0; are_same && i < first->count; i++) {
        const char *other = pairs_get_exact(second, first->items[i].key);
        are_same = other && strcmp(first->items[i].value, other) == 0;
    }
    return are_same;
}

static bool is_same_hook(const void *a, const void *b)
{
    const struct hook_options *first = a, *second = b;
    return first->ignore == second->ignore && are_same_words(&first->cmd, &second->cmd);
}

static bool is_same_limit(const void *a, const void *b)
{
    const struct limit_option *first = a, *second = b;
    return first->is_set == second->is_set && first->limit.rlim_cur == second->limit.rlim_cur &&
           first->limit.rlim_max == second->limit.rlim_max;
}

static bool is_same_bool(const void *a, const void *b)
{
    return *(const bool *)a == *(const bool *)b;
}

static bool is_same_int(const void *a, const void *b)
{
    return *(const int *)a == *(const int *)b;
}

static bool is_same_number(const void *a, const void *b)
{
    return *(const int64_t *)a == *(const int64_t *)b;
}

static bool is_same_share(const void *a, const void *b)
{
    return *(const double *)a >= *(const double *)b && *(const double *)a <= *(const double *)b;
}

static bool are_same_statuses(const void *a, const void *b)
{
    return memcmp(a, b, EXIT_STATUSES * sizeof(bool)) == 0;
}

bool option_is_same(const struct option_spec *self, const void *a, const void *b)
{
    static bool (*const compare[])(const void *a, const void *b) = {
        [OPTION_TEXT] = is_same_text,     [OPTION_NAME] = is_same_text,
        [OPTION_PATH] = is_same_text,     [OPTION_PATHS] = are_same_words,
        [OPTION_ENDPOINT] = is_same_text, [OPTION_WORDS] = are_same_words,
        [OPTION_NAMES] = are_same_words,  [OPTION_VARIABLES] = are_same_variables,
        [OPTION_BOOL] = is_same_bool,     [OPTION_CHOICE] = is_same_int,
        [OPTION_COUNT] = is_same_number,  [OPTION_SECONDS] = is_same_number,
        [OPTION_SHARE] = is_same_share,   [OPTION_BYTES] = is_same_number,
        [OPTION_OCTAL] = is_same_int,     [OPTION_SIGNAL] = is_same_int,
        [OPTION_LIMIT] = is_same_limit,   [OPTION_STATUSES] = are_same_statuses,
        [OPTION_HOOK] = is_same_hook,     [OPTION_STREAM] = is_same_int,
        [OPTION_FAMILY] = is_same_int,    [OPTION_SOCKET_TYPE] = is_same_int,
    };
    return compare[self->type]((const char *)a + self->offset, (const char *)b + self->offset);
}
