/* life_methods.h - what the plugin `life` offers to others. */
#pragma once

#include <plughost/plughost.h>

/* What it knows of the events it asked for. */
struct life {
    int64_t received, missed;
    int64_t last;     /* the number in the last one */
    bool is_in_order; /* each number was above the one before */
    int64_t total;    /* `waiter` is answered when so many were received or missed */
    ph_deferred_t *waiter;
};

extern const struct ph_method life_methods[];

/* Adds a line to the file of the option `record`. */
void life_record(ph_plugin_t *plugin, const char *line);

/* Sleeps whatever signals come; the second for ever. */
void life_sleep(int64_t ms);
__attribute__((noreturn)) void life_hang(void);

/* Answers who waits for a number of events, if they are there. */
void life_check_total(ph_plugin_t *plugin);
