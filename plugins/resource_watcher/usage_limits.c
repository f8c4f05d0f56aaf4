#include "usage_limits.h"

#include <math.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

/* Returns how many bytes a unit has, 0 for what is none. */
static double unit_bytes(const char *unit)
{
    static const char units[] = "BKMGT";
    const char *at = *unit && !unit[1] ? strchr(units, *unit) : NULL;
    return at ? pow(1024, (double)(at - units)) : 0;
}

int memory_limit_read(struct memory_limit *limit, const char *option, const char *text,
                      struct ph_error *err)
{
    char *unit;
    *limit = (struct memory_limit){0};
    if (!text || !*text)
        return 0;
    double number = strtod(text, &unit);
    bool is_percent = strcmp(unit, "") == 0 || strcmp(unit, "%") == 0;
    double bytes = unit_bytes(unit);
    if (text[strspn(text, "0123456789.")] != *unit || unit == text || !isfinite(number) ||
        (!is_percent && bytes == 0.0))
        return ph_error_set(err, PH_INVALID,
                            "option '%s': '%.80s' is neither a percentage nor a size such as 250M",
                            option, text);
    *limit = (struct memory_limit){
        .is_set = true, .is_bytes = !is_percent, .value = is_percent ? number : number * bytes};
    return 0;
}

static bool is_over(const struct memory_limit *limit, const struct usage *usage)
{
    double used = limit->is_bytes ? usage->rss.max : usage->mem.max;
    return limit->is_set && limit->value > 0 && used > limit->value;
}

static bool is_under(const struct memory_limit *limit, const struct usage *usage)
{
    double used = limit->is_bytes ? usage->rss.min : usage->mem.min;
    return limit->is_set && used <= limit->value;
}

/* ---- all of them ---- */

const char *limit_name(enum limit limit)
{
    static const char *const names[LIMITS] = {
        [LIMIT_OVER_CPU] = "over_cpu",       [LIMIT_UNDER_CPU] = "under_cpu",
        [LIMIT_OVER_MEMORY] = "over_memory", [LIMIT_UNDER_MEMORY] = "under_memory",
        [LIMIT_OVER_HEALTH] = "over_health",
    };
    return names[limit];
}

void limits_check(const struct limits *limits, const struct usage *usage, bool broken[LIMITS])
{
    double health = (usage->cpu.max + usage->mem.max) / 2;
    memset(broken, 0, LIMITS * sizeof *broken);
    if (usage->count == 0)
        return;
    broken[LIMIT_OVER_CPU] = limits->max_cpu > 0 && usage->cpu.max > limits->max_cpu;
    broken[LIMIT_UNDER_CPU] = limits->has_min_cpu && usage->cpu.min <= limits->min_cpu;
    broken[LIMIT_OVER_MEMORY] = is_over(&limits->max_mem, usage);
    broken[LIMIT_UNDER_MEMORY] = is_under(&limits->min_mem, usage);
    broken[LIMIT_OVER_HEALTH] = limits->health_threshold > 0 && health > limits->health_threshold;
}

enum limit breaches_count(struct breaches *self, const struct limits *limits,
                          const bool broken[LIMITS])
{
    enum limit worst = LIMITS;
    for (int i = LIMITS - 1; i >= 0; i--) {
        self->counts[i] = broken[i] ? self->counts[i] + 1 : 0;
        if (self->counts[i] > limits->max_count)
            worst = (enum limit)i;
    }
    if (worst != LIMITS)
        *self = (struct breaches){0};
    return worst;
}
