/* Typed access to a plugin's options. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

int option_parse_int(const char *key, const char *text, int64_t *value, struct ph_error *err)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end || errno)
        return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is not an integer", key, text);
    *value = number;
    return 0;
}

int option_parse_float(const char *key, const char *text, double *value, struct ph_error *err)
{
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (end == text || *end || errno)
        return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is not a number", key, text);
    *value = number;
    return 0;
}

int option_parse_bool(const char *key, const char *text, bool *value, struct ph_error *err)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (int truth = 0; truth < 2; truth++) {
            if (strcasecmp(text, words[i][truth]) == 0) {
                *value = truth;
                return 0;
            }
        }
    }
    return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is neither yes nor no", key, text);
}
