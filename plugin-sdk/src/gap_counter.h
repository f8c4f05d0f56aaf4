/* gap_counter.h - which events did not arrive (protocol.md, 5.4).
 *
 * It counts the events of a session as the daemon does, and compares at each mark. Whoever receives
 * everything sees a loss earlier, by a jump of the numbers. It is told of all events and marks in
 * the order in which they came. */
#pragma once

#include <plughost/plugin.h>

typedef struct gap_counter gap_counter_t;

/* One event, or one mark: where it stands in the sequence of all. */
struct place {
    const char *epoch;
    uint64_t seq;
};

gap_counter_t *gap_counter_new(void);
void gap_counter_destroy(gap_counter_t **self_p);

/* A session with this run of the daemon begins: nothing is subscribed, counts are 0. */
void gap_counter_begin(gap_counter_t *self, const char *epoch);

/* Events with a number above `seq` count, or count no longer, if they begin with the prefix. */
void gap_counter_subscribe(gap_counter_t *self, const char *prefix, uint64_t seq);
void gap_counter_unsubscribe(gap_counter_t *self, const char *prefix, uint64_t seq);

/* Takes that all has come up to this number. Returns whether something may have been missed between
 * the session before, with the same run of the daemon, and this one, and then fills `gap`. */
bool gap_counter_return(gap_counter_t *self, const struct place *reached, struct ph_gap *gap);

/* Each takes what comes next: a numbered event; a mark with the daemon's count; the end of what is
 * there. Returns whether something was missed before it, and then fills `gap`. */
bool gap_counter_take(gap_counter_t *self, const char *topic, const struct place *place,
                      struct ph_gap *gap);
bool gap_counter_mark(gap_counter_t *self, uint64_t expected, const struct place *place,
                      struct ph_gap *gap);
bool gap_counter_settle(gap_counter_t *self, struct ph_gap *gap);

/* Returns how many events were missed since the session began. */
uint64_t gap_counter_missed(const gap_counter_t *self);
