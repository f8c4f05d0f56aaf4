#include "usage.h"

static void spread_add(struct spread *spread, double value, bool is_first)
{
    if (is_first || value > spread->max)
        spread->max = value;
    if (is_first || value < spread->min)
        spread->min = value;
    spread->sum += value;
}

void usage_add(struct usage *usage, double cpu, double mem, double rss)
{
    bool is_first = usage->count == 0;
    spread_add(&usage->cpu, cpu, is_first);
    spread_add(&usage->mem, mem, is_first);
    spread_add(&usage->rss, rss, is_first);
    usage->count++;
}

void usage_read(const ph_value_t *info, struct usage *usage)
{
    *usage = (struct usage){0};
    const ph_value_t *pid;
    for (size_t i = 0; i < ph_value_size(info); i++) {
        const ph_value_t *process = ph_value_entry(info, i, &pid);
        if (ph_value_type(process) == PH_MAP)
            usage_add(usage, ph_value_float(ph_value_get(process, "cpu"), 0),
                      ph_value_float(ph_value_get(process, "mem"), 0),
                      ph_value_float(ph_value_get(process, "rss"), 0));
    }
}
