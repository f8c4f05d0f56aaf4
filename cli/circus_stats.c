#include "circus_stats.h"

#include "output.h"

#include <inttypes.h>
#include <string.h>

/* Circus shows the program alone. */
static void print_program(const char *cmdline)
{
    size_t length = strcspn(cmdline, " ");
    size_t begin = length;
    while (begin > 0 && cmdline[begin - 1] != '/')
        begin--;
    output_text(stdout, cmdline + begin, length - begin);
}

static void print_usage(const ph_value_t *info)
{
    printf("%" PRId64 "  ", ph_value_int(ph_value_get(info, "pid"), 0));
    print_program(ph_value_string(ph_value_get(info, "cmdline"), ""));
    static const char *const texts[] = {"username", "nice", "mem_info1", "mem_info2"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        putchar(' ');
        output_value(ph_value_get(info, texts[i]));
    }
    printf(" %.1f %.1f ", ph_value_float(ph_value_get(info, "cpu"), 0),
           ph_value_float(ph_value_get(info, "mem"), 0));
    output_value(ph_value_get(info, "ctime"));
    putchar('\n');
}

/* A process that has just ended has a sentence instead. */
static void print_process(const ph_value_t *info)
{
    if (ph_value_type(info) != PH_MAP) {
        output_value(info);
        putchar('\n');
        return;
    }
    print_usage(info);
    const ph_value_t *children = ph_value_get(info, "children");
    for (size_t i = 0; ph_value_type(children) == PH_ARRAY && i < ph_value_size(children); i++) {
        fputs("   ", stdout);
        print_usage(ph_value_at(children, i));
    }
}

static void print_watcher(const ph_value_t *name, const ph_value_t *infos)
{
    output_value(name);
    puts(":");
    for (size_t i = 0; i < ph_value_size(infos); i++) {
        const ph_value_t *pid = NULL;
        const ph_value_t *info = ph_value_entry(infos, i, &pid);
        output_value(pid);
        fputs(": ", stdout);
        print_process(info);
    }
}

void circus_print_stats(const struct invocation *invocation, const ph_value_t *reply)
{
    (void)invocation;
    const ph_value_t *infos = ph_value_get(reply, "infos");
    const ph_value_t *process = ph_value_get(reply, "process");
    if (process) {
        output_value(process);
        fputs(": ", stdout);
        print_process(ph_value_get(reply, "info"));
        putchar('\n'); /* circusctl does so */
    } else if (!infos) {
        print_watcher(ph_value_get(reply, "name"), ph_value_get(reply, "info"));
    }
    for (size_t i = 0; i < ph_value_size(infos); i++) {
        const ph_value_t *name = NULL;
        const ph_value_t *info = ph_value_entry(infos, i, &name);
        print_watcher(name, info);
    }
}

void circus_print_daemon_stats(const struct invocation *invocation, const ph_value_t *reply)
{
    (void)invocation;
    const ph_value_t *info = ph_value_get(reply, "info");
    const ph_value_t *children = ph_value_get(info, "children");
    size_t count = ph_value_type(children) == PH_ARRAY ? ph_value_size(children) : 0;
    fputs("Main Process:\n    ", stdout);
    print_usage(info);
    fputs(count > 0 ? "Children:\n" : "", stdout);
    for (size_t i = 0; i < count; i++) {
        fputs("    ", stdout);
        print_usage(ph_value_at(children, i));
    }
}
