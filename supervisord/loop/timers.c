#include "timers.h"

#include <alloc.h>
#include <clock.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct timers {
    int fd;
    int64_t armed_ms;    /* what the descriptor is set to: no later than the first; 0: nothing */
    struct timer **heap; /* from 1; each is due no later than the two at 2n and 2n + 1 */
    size_t count;
    size_t capacity;
    uint64_t last_order;
    bool is_held; /* the descriptor is set once at the end */
};

timers_t *timers_new(struct ph_error *err)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0) {
        ph_error_sys(err, "cannot create a timer");
        return NULL;
    }
    timers_t *self = ph_calloc(1, sizeof *self);
    self->fd = fd;
    return self;
}

void timers_destroy(timers_t **self_p)
{
    timers_t *self = *self_p;
    if (!self)
        return;
    ph_closep(&self->fd);
    free(self->heap);
    free(self);
    *self_p = NULL;
}

int timers_fd(const timers_t *self)
{
    return self->fd;
}

static bool is_earlier(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void put(timers_t *self, struct timer *timer, size_t place)
{
    self->heap[place] = timer;
    timer->place = place;
}

static void sift_up(timers_t *self, struct timer *timer, size_t place)
{
    for (; place > 1 && is_earlier(timer, self->heap[place / 2]); place /= 2)
        put(self, self->heap[place / 2], place);
    put(self, timer, place);
}

static void sift_down(timers_t *self, struct timer *timer, size_t place)
{
    for (size_t child; (child = 2 * place) <= self->count; place = child) {
        if (child < self->count && is_earlier(self->heap[child + 1], self->heap[child]))
            child++;
        if (!is_earlier(self->heap[child], timer))
            break;
        put(self, self->heap[child], place);
    }
    put(self, timer, place);
}

static void remove_from_heap(timers_t *self, struct timer *timer)
{
    size_t place = timer->place;
    struct timer *last = self->heap[self->count--];
    timer->place = 0;
    if (last == timer)
        return;
    sift_up(self, last, place);
    sift_down(self, last, last->place);
}

/* Sets the descriptor to the earliest timer. A time that is over is set too: it fires at once.
 * One that is set too early stays: most timers are deadlines, cancelled long before their time, and
 * one wake-up in vain is cheaper than two system calls for each of them. */
static void arm(timers_t *self)
{
    if (self->count == 0 || self->is_held)
        return;
    int64_t due_ms = self->heap[1]->due_ms;
    if (self->armed_ms > 0 && self->armed_ms <= due_ms)
        return;
    struct itimerspec at = {
        .it_value = {.tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000}};
    timerfd_settime(self->fd, TFD_TIMER_ABSTIME, &at, NULL);
    self->armed_ms = due_ms;
}

void timers_start(timers_t *self, struct timer *timer, int64_t delay_ms)
{
    if (timer->place > 0)
        remove_from_heap(self, timer);
    if (self->count + 1 >= self->capacity) {
        self->capacity = self->capacity > 0 ? 2 * self->capacity : 64;
        self->heap = ph_realloc_array(self->heap, self->capacity, sizeof *self->heap);
    }
    timer->due_ms = ph_clock_ms() + delay_ms;
    timer->order = ++self->last_order;
    sift_up(self, timer, ++self->count);
    arm(self);
}

void timers_cancel(timers_t *self, struct timer *timer)
{
    if (timer->place > 0)
        remove_from_heap(self, timer);
}

void timers_hold(timers_t *self)
{
    self->is_held = true;
}

void timers_fire(timers_t *self, unsigned limit)
{
    int64_t now = ph_clock_ms();
    uint64_t expirations;
    if (self->armed_ms > 0 && self->armed_ms <= now &&
        read(self->fd, &expirations, sizeof expirations) > 0)
        self->armed_ms = 0;

    self->is_held = true;
    while (limit-- > 0 && self->count > 0 && self->heap[1]->due_ms <= now) {
        struct timer *timer = self->heap[1];
        remove_from_heap(self, timer);
        timer->fire(timer->arg);
    }
    self->is_held = false;
    arm(self);
}
