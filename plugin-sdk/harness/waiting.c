#include "private.h"

#include "folder.h"

#include <alloc.h>
#include <clock.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    CALL_MS = 1000, /* then it is asked again, if it has not ended */
    LOOK_MS = 200,  /* at the latest: a daemon that is gone sends no event */
};

static int time_left(int64_t deadline)
{
    int64_t left = deadline - ph_clock_ms();
    return left > 0 ? (int)left : 0;
}

static int refuse_gone(struct ph_error *err)
{
    return ph_error_set(err, PH_UNAVAILABLE, "plughostd has ended meanwhile; see its log");
}

/* ---- states ---- */

struct state {
    char status[16];
    char reason[600];
};

static void copy_text(const ph_value_t *map, const char *key, char *to, size_t size)
{
    (void)snprintf(to, size, "%s", ph_value_string(ph_value_get(map, key), ""));
}

static int read_state(ph_harness_t *self, const char *name, struct state *state,
                      struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", name);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(self->states, "status", properties, CALL_MS, err);
    if (!reply)
        return -1;
    const ph_value_t *watchers = ph_value_get(ph_message_body(reply), "watchers");
    copy_text(ph_value_at(watchers, 0), "status", state->status, sizeof state->status);
    copy_text(ph_value_at(watchers, 0), "reason", state->reason, sizeof state->reason);
    return 0;
}

/* Waits for an event, which may have changed the state, and passes over those behind it. */
static int wait_event(ph_harness_t *self, int64_t deadline, struct ph_error *err)
{
    int left = time_left(deadline);
    if (left == 0)
        return ph_error_set(err, PH_TIMEOUT, "no answer in time");
    int timeout_ms = left < LOOK_MS ? left : LOOK_MS;
    for (bool has_more = true; has_more; timeout_ms = 0) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            ph_client_receive(self->states, timeout_ms, err);
        has_more = event != NULL;
    }
    return 0;
}

static bool fits(const struct state *state, const struct state *wanted)
{
    return wanted->status[0] ? strcmp(state->status, wanted->status) == 0
                             : strstr(state->reason, wanted->reason) != NULL;
}

/* Looks, and looks again after each event, until the wanted text is there. */
static int wait_state(ph_harness_t *self, const char *name, const struct state *wanted,
                      int64_t deadline, struct state *last, struct ph_error *err)
{
    for (;;) {
        if (guardian_wait_end(self->guardian, 0))
            return refuse_gone(err);
        int outcome = read_state(self, name, last, err);
        if (outcome < 0 && err->code != PH_TIMEOUT)
            return -1;
        if (outcome == 0 && fits(last, wanted))
            return 0;
        if (wait_event(self, deadline, err) < 0)
            return -1;
    }
}

static int await(ph_harness_t *self, const char *name, const struct state *wanted, int timeout_ms,
                 struct ph_error *err)
{
    struct ph_error ignored = {0};
    struct state last = {0};
    err = err ? err : &ignored;
    if (wait_state(self, name, wanted, ph_clock_ms() + timeout_ms, &last, err) == 0)
        return 0;
    if (guardian_wait_end(self->guardian, 0))
        return refuse_gone(err);
    if (err->code != PH_TIMEOUT)
        return ph_error_prefix(err, "cannot wait for '%s'", name);
    if (wanted->status[0])
        return ph_error_set(err, PH_TIMEOUT,
                            "'%s' did not become '%s' within %d ms but is '%s': %s", name,
                            wanted->status, timeout_ms, last.status, last.reason);
    return ph_error_set(err, PH_TIMEOUT,
                        "'%s' had no reason with '%s' within %d ms but is '%s': %s", name,
                        wanted->reason, timeout_ms, last.status, last.reason);
}

int ph_harness_wait_status(ph_harness_t *self, const char *name, const char *status, int timeout_ms,
                           struct ph_error *err)
{
    struct state wanted = {0};
    (void)snprintf(wanted.status, sizeof wanted.status, "%s", status);
    return await(self, name, &wanted, timeout_ms, err);
}

int ph_harness_wait_reason(ph_harness_t *self, const char *name, const char *text, int timeout_ms,
                           struct ph_error *err)
{
    struct state wanted = {0};
    (void)snprintf(wanted.reason, sizeof wanted.reason, "%s", text);
    return await(self, name, &wanted, timeout_ms, err);
}

/* ---- events ---- */

ph_event_t *ph_harness_wait_event(ph_harness_t *self, const char *topic, int timeout_ms,
                                  struct ph_error *err)
{
    struct ph_error ignored = {0};
    err = err ? err : &ignored;
    int64_t deadline = ph_clock_ms() + timeout_ms;
    for (;;) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            ph_client_receive(self->events, time_left(deadline), err);
        bool was_interrupted = !event && err->code == PH_SYSTEM && err->sys_errno == EINTR;
        if (event && strcmp(ph_event_topic(event), topic) == 0)
            return ph_steal(&event);
        if (event || was_interrupted)
            continue;
        if (guardian_wait_end(self->guardian, 0))
            refuse_gone(err);
        else if (err->code == PH_TIMEOUT)
            ph_error_set(err, PH_TIMEOUT, "there was no event '%s' within %d ms", topic,
                         timeout_ms);
        return NULL;
    }
}

/* ---- the log ---- */

char *ph_harness_log(const ph_harness_t *self)
{
    return file_read(self->log);
}

int ph_harness_wait_log(ph_harness_t *self, const char *text, int timeout_ms, struct ph_error *err)
{
    enum { MAX_BYTES = 300 };
    bool has_ended = guardian_wait_end(self->guardian, 0);
    int64_t deadline = has_ended ? 0 : ph_clock_ms() + timeout_ms;
    if (file_wait(self->log, text, guardian_fd(self->guardian), deadline))
        return 0;
    if (guardian_wait_end(self->guardian, 0))
        return refuse_gone(err);
    ph_cleanup(ph_freep) char *log = file_read(self->log);
    size_t length = strlen(log);
    return ph_error_set(err, PH_TIMEOUT, "no '%s' came into the log within %d ms; it ends: %s",
                        text, timeout_ms, length > MAX_BYTES ? log + length - MAX_BYTES : log);
}
