#include "progress.h"

#include "progress_lines.h"

#include <alloc.h>
#include <clock.h>
#include <pthread.h>

enum {
    PATIENCE_MS = 1000, /* nothing is shown before */
    REFRESH_MS = 500,   /* between two questions, and between two pictures */
    TICK_MS = 100,      /* until it is noticed that the answer is there */
    ASK_MS = 250,       /* for the answer to a question */
};

/* The call has a thread of its own: ph_client_call does not return before the answer. */
struct call {
    const struct invocation *invocation;
    ph_client_t *client;
    ph_message_t *reply;
    struct ph_error *err;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done;
};

static void *call_run(void *arg)
{
    struct call *self = arg;
    const struct invocation *invocation = self->invocation;
    self->reply = ph_client_call(self->client, invocation->info->name, invocation->properties,
                                 options_timeout_ms(invocation->options), self->err);
    pthread_mutex_lock(&self->lock);
    self->is_done = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

/* Waits until it is done, -1: for ever. Returns false when the time is over. */
static bool call_wait(struct call *self, int timeout_ms)
{
    int64_t end_ms = ph_clock_ms() + timeout_ms;
    struct timespec end = {.tv_sec = end_ms / 1000, .tv_nsec = end_ms % 1000 * 1000000};
    pthread_mutex_lock(&self->lock);
    int outcome = 0;
    while (!self->is_done && outcome == 0)
        outcome = timeout_ms < 0
                      ? pthread_cond_wait(&self->changed, &self->lock)
                      : pthread_cond_clockwait(&self->changed, &self->lock, CLOCK_MONOTONIC, &end);
    bool is_done = self->is_done;
    pthread_mutex_unlock(&self->lock);
    return is_done;
}

/* ---- what is shown meanwhile ---- */

struct view {
    ph_client_t *client; /* a connection of its own */
    ph_writer_t *names;  /* what to ask `status` for */
    ph_message_t *reply; /* the latest, or NULL */
    progress_lines_t *lines;
    int64_t asked_ms, drawn_ms; /* when it was last */
    bool is_stale;              /* something has happened since `reply` */
};

static void view_release(struct view *self)
{
    progress_lines_destroy(&self->lines);
    ph_message_destroy(&self->reply);
    ph_writer_destroy(&self->names);
    ph_client_destroy(&self->client);
}

/* The watchers are the names that the command itself was given. */
static void write_names(ph_writer_t *writer, const struct invocation *invocation)
{
    const struct options *options = invocation->options;
    bool is_list = invocation->info->properties[0].type == PROPERTY_NAMES;
    if (options->arg_count == 0)
        return;
    ph_writer_array(writer, "name");
    for (size_t i = 0; i < (is_list ? options->arg_count : 1); i++)
        ph_writer_string(writer, NULL, options->args[i]);
    ph_writer_end(writer);
}

static int view_init(struct view *self, const struct invocation *invocation, int64_t began_ms)
{
    *self = (struct view){.client = ph_client_new(invocation->options->endpoint, NULL),
                          .names = ph_writer_new(),
                          .lines = progress_lines_new(began_ms),
                          .is_stale = true};
    write_names(self->names, invocation);
    return self->client ? ph_client_subscribe(self->client, "watcher.", ASK_MS, NULL) : -1;
}

/* A watcher that is not there yet, or no longer, is not shown. */
static void view_ask(struct view *self)
{
    ph_message_t *reply = ph_client_call(self->client, "status", self->names, ASK_MS, NULL);
    if (reply) {
        ph_message_destroy(&self->reply);
        self->reply = reply;
    }
    self->is_stale = false;
    self->asked_ms = ph_clock_ms();
}

static void view_refresh(struct view *self)
{
    int64_t now_ms = ph_clock_ms();
    bool is_to_ask = self->is_stale && now_ms - self->asked_ms >= REFRESH_MS;
    if (is_to_ask)
        view_ask(self);
    if (!is_to_ask && now_ms - self->drawn_ms < REFRESH_MS)
        return;
    progress_lines_show(self->lines, ph_value_get(ph_message_body(self->reply), "watchers"));
    self->drawn_ms = now_ms;
}

/* Returns false when there will be no more events. */
static bool view_listen(struct view *self)
{
    struct ph_error err;
    ph_cleanup(ph_event_destroy) ph_event_t *event = ph_client_receive(self->client, TICK_MS, &err);
    self->is_stale |= event != NULL;
    return event || err.code == PH_TIMEOUT;
}

/* At the end of lines that are not erased stands how it ended. */
static void view_finish(struct view *self)
{
    if (self->reply && progress_lines_are_kept(self->lines)) {
        view_ask(self);
        progress_lines_show(self->lines, ph_value_get(ph_message_body(self->reply), "watchers"));
    }
    progress_lines_clear(self->lines);
}

static void show_until_done(struct call *call)
{
    ph_cleanup(view_release) struct view view;
    bool is_listening = view_init(&view, call->invocation, ph_clock_ms() - PATIENCE_MS) == 0;
    while (is_listening && !call_wait(call, 0)) {
        view_refresh(&view);
        is_listening = view_listen(&view);
    }
    call_wait(call, -1);
    view_finish(&view);
}

ph_message_t *progress_call(const struct invocation *invocation, ph_client_t *client,
                            struct ph_error *err)
{
    struct call call = {.invocation = invocation,
                        .client = client,
                        .err = err,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    if (pthread_create(&thread, NULL, call_run, &call) != 0) {
        call_run(&call); /* then there is nothing to see */
        return call.reply;
    }
    if (!call_wait(&call, PATIENCE_MS))
        show_until_done(&call);
    pthread_join(thread, NULL);
    return call.reply;
}
