/* life.c - a plugin that does on demand what can go right and wrong in the life of one; life.py is
 * the same in Python. Built with LIFE_PLAIN it takes events in batches and knows no new options.
 *
 * It counts the events below event.load, and adds lines about its life to the file `record`. */
#include "life_methods.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLOW_STOP_MS = 2000 };

void life_record(ph_plugin_t *plugin, const char *line)
{
    int fd = open(ph_plugin_option(plugin, "record", "/dev/null"),
                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    dprintf(fd, "%s\n", line);
    close(fd);
}

void life_sleep(int64_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) < 0) {
        /* A signal is no reason to go on. */
    }
}

void life_hang(void)
{
    for (;;)
        pause();
}

static bool is_option(ph_plugin_t *plugin, const char *key, const char *value)
{
    return strcmp(ph_plugin_option(plugin, key, ""), value) == 0;
}

/* ---- from the first to the last moment ---- */

/* Waits until somebody writes to the pipe `gate`. */
static void pass_gate(ph_plugin_t *plugin)
{
    char byte;
    int fd = open(ph_plugin_option(plugin, "gate", ""), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    while (read(fd, &byte, 1) < 0) {
        /* A signal is no reason to go on. */
    }
    close(fd);
}

static int life_init(ph_plugin_t *plugin, struct ph_error *err)
{
    struct life *life = calloc(1, sizeof *life);
    if (!life)
        return ph_error_sys(err, "cannot begin");
    ph_plugin_set_data(plugin, life);
    life_record(plugin, "init");
    if (!is_option(plugin, "gate", ""))
        pass_gate(plugin);
    if (is_option(plugin, "init", "fail")) {
        free(life);
        ph_error_set(err, PH_SYSTEM, "the disk is full");
        return ph_error_hint(err, "buy another");
    }
    return 0;
}

static void life_stop(ph_plugin_t *plugin)
{
    life_record(plugin, "stop begins");
    if (is_option(plugin, "stop", "never"))
        life_hang();
    if (is_option(plugin, "stop", "slow"))
        life_sleep(SLOW_STOP_MS);
    free(ph_plugin_data(plugin));
    life_record(plugin, "stop ends");
}

/* ---- events ---- */

static void take(ph_plugin_t *plugin, const ph_event_t *event)
{
    struct life *life = ph_plugin_data(plugin);
    int64_t number = ph_value_int(ph_value_get(ph_event_body(event), "n"), -1);
    life->is_in_order = life->received == 0 || (life->is_in_order && number > life->last);
    life->last = number;
    life->received++;
}

static void life_gap(ph_plugin_t *plugin, const struct ph_gap *gap)
{
    struct life *life = ph_plugin_data(plugin);
    if (gap->is_new_epoch)
        life_record(plugin, "new epoch");
    life->missed += (int64_t)gap->missed;
    life_check_total(plugin);
}

#ifdef LIFE_PLAIN
static void life_batch(ph_plugin_t *plugin, const ph_event_t *const *events, size_t count)
{
    char line[40];
    snprintf(line, sizeof line, "batch of %zu", count);
    life_record(plugin, line);
    for (size_t i = 0; i < count; i++)
        take(plugin, events[i]);
    life_check_total(plugin);
}
#else
static void life_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    take(plugin, event);
    life_check_total(plugin);
}

static int life_reconfigure(ph_plugin_t *plugin, struct ph_error *err)
{
    if (is_option(plugin, "number", "7"))
        return ph_error_set(err, PH_INVALID, "7 is not to be had");
    life_record(plugin, "reconfigured");
    return 0;
}
#endif

/* ---- what it takes and offers ---- */

static const char *const inits[] = {"ok", "fail", NULL};
static const char *const stops[] = {"ok", "slow", "never", NULL};

static const struct ph_option options[] = {
    {.name = "record", .is_required = true, .text = "A file for what happens."},
    {.name = "gate", .fallback = "", .text = "A pipe; it starts when something is written to it."},
    {.name = "init", .type = PH_OPTION_CHOICE, .fallback = "ok", .choices = inits},
    {.name = "stop", .type = PH_OPTION_CHOICE, .fallback = "ok", .choices = stops},
    {.name = "number", .type = PH_OPTION_INT, .fallback = "3", .min = 1, .max = 9},
    {0},
};

static const char *const topics[] = {"event.load", NULL};

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,           .version = "1.0",         .summary = "Lives and dies on demand.",
    .topics = topics,           .handle_init = life_init, .handle_stop = life_stop,
    .options = options,         .methods = life_methods,  .handle_gap = life_gap,
#ifdef LIFE_PLAIN
    .handle_batch = life_batch, .batch_max = 4,           .batch_age_ms = 100,
#else
    .handle_recv = life_recv,
    .handle_reconfigure = life_reconfigure,
#endif
};
