#include "why.h"

#include "colour.h"
#include "output.h"
#include "units.h"

#include <alloc.h>
#include <inttypes.h>
#include <string.h>

static void print_text(const char *text)
{
    output_text(stdout, text, strlen(text));
}

static double number(const ph_value_t *map, const char *key)
{
    return ph_value_float(ph_value_get(map, key), -1);
}

static int64_t integer(const ph_value_t *map, const char *key)
{
    return ph_value_int(ph_value_get(map, key), 0);
}

/* ---- the present ---- */

/* Returns the process that is tried again next, or NULL. */
static const ph_value_t *next_to_try(const ph_value_t *watcher)
{
    const ph_value_t *processes = ph_value_get(watcher, "processes");
    const ph_value_t *next = NULL;
    for (size_t i = 0; i < ph_value_size(processes); i++) {
        const ph_value_t *process = ph_value_at(processes, i);
        double retry_in = number(process, "retry_in");
        if (retry_in >= 0 && (!next || retry_in < number(next, "retry_in")))
            next = process;
    }
    return next;
}

/* `attempt` counts the deaths in a row, so the next try is one more. */
static void print_retry(const ph_value_t *process)
{
    ph_cleanup(ph_freep) char *delay = units_fine_duration(number(process, "retry_in"));
    printf("next try in %s", delay);
    if (integer(process, "attempt") > 0)
        printf(" (attempt %" PRId64 ")", integer(process, "attempt") + 1);
}

static void print_head(const ph_value_t *watcher)
{
    const char *status = ph_value_string(ph_value_get(watcher, "status"), "?");
    const char *reason = ph_value_string(ph_value_get(watcher, "reason"), "");
    bool is_coloured = colour_is_wanted(stdout);
    const ph_value_t *next = next_to_try(watcher);
    print_text(ph_value_string(ph_value_get(watcher, "name"), "?"));
    fputs(" is ", stdout);
    fputs(is_coloured ? colour_sequence(colour_of_status(status)) : "", stdout);
    print_text(status);
    fputs(is_coloured ? COLOUR_END : "", stdout);
    fputs(": ", stdout);
    if (next)
        print_retry(next);
    else if (strcmp(status, "active") == 0 || !reason[0])
        printf("%" PRId64 " of %" PRId64 " running", integer(watcher, "running"),
               integer(watcher, "numprocesses"));
    else
        print_text(reason);
    fputs(ph_value_size(ph_value_get(watcher, "deaths")) == 0 ? "; nothing has died\n" : "\n",
          stdout);
}

/* ---- the past ---- */

static void print_cause(const ph_value_t *death)
{
    double uptime = number(death, "uptime");
    if (integer(death, "pid") > 0)
        printf("process %" PRId64 " (wid %" PRId64 ") ended", integer(death, "pid"),
               integer(death, "wid"));
    else
        printf("wid %" PRId64 " was not started", integer(death, "wid"));
    if (uptime >= 0) {
        ph_cleanup(ph_freep) char *duration = units_fine_duration(uptime);
        printf(" after %s", duration);
    }
    fputs(": ", stdout);
    print_text(ph_value_string(ph_value_get(death, "cause"), "?"));
    if (integer(death, "attempt") > 1)
        printf("   attempt %" PRId64, integer(death, "attempt"));
    putchar('\n');
}

static void print_lines(int indent, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, "\n");
        printf("%*s| ", indent, "");
        output_text(stdout, text, size);
        putchar('\n');
        text += size + (text[size] == '\n');
    }
}

static void print_use(int indent, const ph_value_t *death, bool has_output)
{
    ph_cleanup(ph_freep) char *cpu =
        units_fine_duration(number(death, "user_time") + number(death, "system_time"));
    ph_cleanup(ph_freep) char *memory = units_size(integer(death, "max_rss"));
    printf("%*sused %s cpu, at most %s of memory%s\n", indent, "", cpu, memory,
           has_output ? "; its last lines:" : "");
}

static void print_death(const ph_value_t *death)
{
    ph_cleanup(ph_freep) char *clock = units_clock(number(death, "time"), time(NULL));
    const char *output = ph_value_string(ph_value_get(death, "output"), "");
    int indent = (int)strlen(clock) + 4;
    printf("  %s  ", clock);
    print_cause(death);
    if (integer(death, "pid") > 0)
        print_use(indent, death, output[0] != '\0');
    print_lines(indent, output);
}

void why_print(const ph_value_t *watchers)
{
    if (ph_value_size(watchers) == 0)
        output_note("there are no watchers");
    for (size_t i = 0; i < ph_value_size(watchers); i++) {
        const ph_value_t *watcher = ph_value_at(watchers, i);
        const ph_value_t *deaths = ph_value_get(watcher, "deaths");
        print_head(watcher);
        for (size_t k = ph_value_size(deaths); k > 0; k--)
            print_death(ph_value_at(deaths, k - 1));
    }
}
