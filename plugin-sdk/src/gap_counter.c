#include "gap_counter.h"

#include "stamp.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counted_prefix {
    char *text;
    size_t size;
    uint64_t after; /* events with a higher number count */
    uint64_t until; /* and those with this at most */
};

struct gap_counter {
    char session_epoch[EPOCH_SIZE]; /* of the daemon that counts with us */
    char told_epoch[EPOCH_SIZE];    /* of the last event that was handed over */
    struct counted_prefix *prefixes;
    size_t prefix_count;
    uint64_t count;      /* as the daemon's own */
    uint64_t missed;     /* since the session began */
    uint64_t agreed_seq; /* where both counts were known to be the same */
    /* What was published while there was no session: after the number where the counts agreed last
     * in the one before; up to where the next one begins to count. 0: told, or not known yet. */
    uint64_t absent_after, absent_until;
    uint64_t last_seq; /* of everything; 0: not known, or not everything is received */
};

gap_counter_t *gap_counter_new(void)
{
    return ph_calloc(1, sizeof(struct gap_counter));
}

static void forget_prefix(gap_counter_t *self, size_t index)
{
    free(self->prefixes[index].text);
    self->prefixes[index] = self->prefixes[--self->prefix_count];
}

static void forget_prefixes(gap_counter_t *self)
{
    while (self->prefix_count > 0)
        forget_prefix(self, self->prefix_count - 1);
}

void gap_counter_destroy(gap_counter_t **self_p)
{
    gap_counter_t *self = *self_p;
    if (!self)
        return;
    forget_prefixes(self);
    free(self->prefixes);
    free(self);
    *self_p = NULL;
}

static bool is_subscribed(const gap_counter_t *self)
{
    for (size_t i = 0; i < self->prefix_count; i++)
        if (self->prefixes[i].until == UINT64_MAX)
            return true;
    return false;
}

/* A session may end before it has told what was missed before it: the next one tells all. */
static void begin_absence(gap_counter_t *self)
{
    if (self->absent_after == 0 && is_subscribed(self))
        self->absent_after = self->agreed_seq;
    self->absent_until = 0;
}

void gap_counter_begin(gap_counter_t *self, const char *epoch)
{
    begin_absence(self);
    forget_prefixes(self);
    self->count = self->missed = self->agreed_seq = 0;
    if (strcmp(self->session_epoch, epoch) != 0)
        self->last_seq = self->absent_after = 0;
    snprintf(self->session_epoch, sizeof self->session_epoch, "%s", epoch);
    if (!self->told_epoch[0])
        snprintf(self->told_epoch, sizeof self->told_epoch, "%s", epoch);
}

void gap_counter_subscribe(gap_counter_t *self, const char *prefix, uint64_t seq)
{
    self->prefixes =
        ph_realloc_array(self->prefixes, self->prefix_count + 1, sizeof *self->prefixes);
    self->prefixes[self->prefix_count++] = (struct counted_prefix){
        .text = ph_strdup(prefix), .size = strlen(prefix), .after = seq, .until = UINT64_MAX};
    if (self->agreed_seq == 0) {
        self->agreed_seq = seq;
        self->absent_until = self->absent_after > 0 ? seq : 0;
    }
    if (!prefix[0] && self->last_seq == 0)
        self->last_seq = seq;
}

void gap_counter_unsubscribe(gap_counter_t *self, const char *prefix, uint64_t seq)
{
    for (size_t i = 0; i < self->prefix_count; i++)
        if (self->prefixes[i].until == UINT64_MAX && strcmp(self->prefixes[i].text, prefix) == 0)
            self->prefixes[i].until = seq;
    if (!prefix[0])
        self->last_seq = 0;
}

static bool fits(const struct counted_prefix *prefix, const char *topic, uint64_t seq)
{
    return seq > prefix->after && seq <= prefix->until &&
           strncmp(topic, prefix->text, prefix->size) == 0;
}

static bool is_counted(const gap_counter_t *self, const char *topic, uint64_t seq)
{
    for (size_t i = 0; i < self->prefix_count; i++)
        if (fits(&self->prefixes[i], topic, seq))
            return true;
    return false;
}

/* What ended counts no more once an event has come that is above. */
static void forget_ended(gap_counter_t *self, uint64_t seq)
{
    for (size_t i = self->prefix_count; i-- > 0;)
        if (self->prefixes[i].until < seq)
            forget_prefix(self, i);
}

/* Returns from which number on everything counts; UINT64_MAX: it does not. */
static uint64_t everything_after(const gap_counter_t *self)
{
    for (size_t i = 0; i < self->prefix_count; i++)
        if (self->prefixes[i].size == 0 && self->prefixes[i].until == UINT64_MAX)
            return self->prefixes[i].after;
    return UINT64_MAX;
}

/* Stays at the most there is: the numbers come from outside. */
static void add_missed(gap_counter_t *self, uint64_t missed)
{
    if (__builtin_add_overflow(self->missed, missed, &self->missed))
        self->missed = UINT64_MAX;
}

static bool tell_jump(gap_counter_t *self, uint64_t seq, struct ph_gap *gap)
{
    uint64_t last = self->last_seq;
    if (last == 0 || seq <= last)
        return false;
    self->last_seq = seq;
    if (seq == last + 1)
        return false;
    *gap = (struct ph_gap){.missed = seq - last - 1, .from = last + 1, .to = seq - 1};
    add_missed(self, gap->missed);
    uint64_t after = everything_after(self);
    if (seq - 1 > after)
        self->count += seq - 1 - (after > last ? after : last);
    return true;
}

static bool tell_new_epoch(gap_counter_t *self, const char *epoch, uint64_t to, struct ph_gap *gap)
{
    if (strcmp(self->told_epoch, epoch) == 0)
        return false;
    snprintf(self->told_epoch, sizeof self->told_epoch, "%s", epoch);
    *gap = (struct ph_gap){.is_new_epoch = true, .from = 1, .to = to};
    return true;
}

/* Only who receives everything knows which numbers came. */
bool gap_counter_return(gap_counter_t *self, const struct place *reached, struct ph_gap *gap)
{
    uint64_t until = self->absent_until;
    uint64_t after = self->last_seq > 0 ? self->last_seq : self->absent_after;
    if (until == 0 || reached->seq < until || strcmp(reached->epoch, self->session_epoch) != 0)
        return false;
    self->absent_after = self->absent_until = 0;
    if (until <= after)
        return false;
    *gap = (struct ph_gap){.from = after + 1, .to = until};
    if (self->last_seq == 0)
        return true;
    gap->missed = until - after;
    add_missed(self, gap->missed);
    self->last_seq = until;
    return true;
}

bool gap_counter_take(gap_counter_t *self, const char *topic, const struct place *place,
                      struct ph_gap *gap)
{
    uint64_t before = place->seq > 0 ? place->seq - 1 : 0;
    bool is_gap = tell_new_epoch(self, place->epoch, before, gap);
    if (strcmp(place->epoch, self->session_epoch) != 0)
        return is_gap;
    struct ph_gap jump;
    bool is_jump = tell_jump(self, place->seq, &jump);
    if (is_jump && !is_gap)
        *gap = jump;
    self->count += is_counted(self, topic, place->seq);
    return is_gap || is_jump;
}

bool gap_counter_mark(gap_counter_t *self, uint64_t expected, const struct place *place,
                      struct ph_gap *gap)
{
    if (strcmp(place->epoch, self->session_epoch) != 0)
        return false;
    bool is_gap = expected > self->count;
    if (is_gap) {
        *gap = (struct ph_gap){
            .missed = expected - self->count, .from = self->agreed_seq + 1, .to = place->seq};
        add_missed(self, gap->missed);
    }
    self->count = expected;
    self->agreed_seq = place->seq;
    if (self->last_seq != 0 && self->last_seq < place->seq)
        self->last_seq = place->seq;
    forget_ended(self, place->seq);
    return is_gap;
}

bool gap_counter_settle(gap_counter_t *self, struct ph_gap *gap)
{
    return tell_new_epoch(self, self->session_epoch, self->agreed_seq, gap);
}

uint64_t gap_counter_missed(const gap_counter_t *self)
{
    return self->missed;
}
