#include "hook.h"

#include "death.h"
#include "hook_method.h"

#include <alloc.h>
#include <signal.h>
#include <stdlib.h>

enum { REAP_AGAIN_MS = 100, LAST_TIMEOUT_MS = 5000 };

/* One hook that runs, or that has to say in a moment what came of it. */
struct hook_child {
    hook_runner_t *owner;
    enum hook_kind kind;
    char *watcher;
    int wid;
    bool ignore;
    double limit_seconds;
    struct child child;
    struct hook_method method; /* in place of a child */
    struct timer timer;        /* its time limit; or, when it has ended, the moment to tell */
    char *failure;             /* known before it ends; NULL: what its exit status says */
    hook_done_fn *done;
    void *arg;
    struct hook_child *next;
};

struct hook_runner {
    loop_t *loop;
    bus_t *bus;
    children_t *children;
    struct hook_invoker invoker;
    struct hook_child *first;
    bool is_hurried;
    void (*on_idle)(void *arg); /* NULL: nobody waits */
    void *idle_arg;
};

hook_runner_t *hook_runner_new(loop_t *loop, bus_t *bus, children_t *children)
{
    hook_runner_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->bus = bus;
    self->children = children;
    return self;
}

void hook_runner_set_invoker(hook_runner_t *self, const struct hook_invoker *invoker)
{
    self->invoker = *invoker;
}

static void hook_child_free(struct hook_child *run)
{
    hook_method_release(&run->method);
    timers_cancel(loop_timers(run->owner->loop), &run->timer);
    free(run->watcher);
    free(run->failure);
    free(run);
}

static void unlink_child(struct hook_child *run)
{
    struct hook_child **link = &run->owner->first;
    while (*link != run)
        link = &(*link)->next;
    *link = run->next;
}

void hook_runner_destroy(hook_runner_t **self_p)
{
    hook_runner_t *self = *self_p;
    if (!self)
        return;
    while (self->first) {
        struct hook_child *run = self->first;
        self->first = run->next;
        if (run->child.pid > 0)
            kill(-run->child.pid, SIGKILL);
        children_release(self->children, &run->child);
        hook_child_free(run);
    }
    free(self);
    *self_p = NULL;
}

/* ---- its end ---- */

static void publish(const struct hook_child *run, const char *failure)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "name", hook_name(run->kind));
    if (run->wid > 0)
        ph_writer_int(fields, "wid", run->wid);
    if (failure)
        ph_writer_string(fields, "error", failure);
    ph_cleanup(ph_freep) char *text =
        ph_format("hook %s %s%s%s", hook_name(run->kind), failure ? "failed: " : "is done",
                  failure ? failure : "", failure && run->ignore ? " (ignored)" : "");
    bus_publish(run->owner->bus, failure ? EVENT_HOOK_FAILURE : EVENT_HOOK_SUCCESS, run->watcher,
                fields, text);
}

static void tell_idle(hook_runner_t *self)
{
    void (*on_idle)(void *arg) = self->on_idle;
    if (self->first || !on_idle)
        return;
    self->on_idle = NULL;
    on_idle(self->idle_arg);
}

/* Tells everyone, and the one who waits as the very last: it may do anything. */
static void finish(struct hook_child *run, const char *failure)
{
    publish(run, failure);
    ph_cleanup(ph_freep) char *text =
        failure ? ph_format("hook %s: %s", hook_name(run->kind), failure) : NULL;
    hook_done_fn *done = run->done;
    void *arg = run->arg;
    bool may_go_on = !failure || run->ignore;
    hook_runner_t *self = run->owner;
    unlink_child(run);
    hook_child_free(run);
    if (done)
        done(arg, may_go_on, text);
    tell_idle(self);
}

static void on_exit_of_hook(void *arg)
{
    struct hook_child *run = arg;
    struct death death = {0};
    if (!death_reap(&death, run->child.pid)) {
        timers_start(loop_timers(run->owner->loop), &run->timer, REAP_AGAIN_MS);
        return;
    }
    children_release(run->owner->children, &run->child);
    const char *failure = run->failure ? run->failure : death.exit_code ? death.cause : NULL;
    finish(run, failure);
    death_release(&death);
}

static void kill_child(struct hook_child *run, char *failure)
{
    free(run->failure);
    run->failure = failure;
    kill(-run->child.pid, SIGKILL);
}

/* Takes `failure`. What has ended already is told as it ended. */
static void give_up(struct hook_child *run, char *failure)
{
    if (hook_method_cancel(&run->method)) {
        free(run->failure);
        run->failure = failure;
        timers_start(loop_timers(run->owner->loop), &run->timer, 0);
    } else if (run->child.pid > 0 && !run->child.has_ended) {
        kill_child(run, failure);
    } else {
        free(failure);
    }
}

static void on_timer(void *arg)
{
    struct hook_child *run = arg;
    if (run->child.pid == 0) {
        finish(run, run->failure);
        return;
    }
    if (run->child.has_ended) {
        on_exit_of_hook(run);
        return;
    }
    kill_child(run, ph_format("it did not end within %g s", run->limit_seconds));
}

/* It is told from the loop: whoever answers is in the middle of something. */
static void on_method_end(void *arg, const struct ph_error *err)
{
    struct hook_child *run = arg;
    if (err)
        ph_replace_text(&run->failure, err->message);
    timers_start(loop_timers(run->owner->loop), &run->timer, 0);
}

/* ---- its start ---- */

static void describe(const struct hook_call *call, struct spawn_request *request)
{
    const struct watcher_options *options = spawn_plan_options(call->plan);
    request->wid = call->wid;
    request->words = options->hooks[call->kind].cmd;
    spawn_request_add_variable(request, ph_format("PLUGHOST_HOOK=%s", hook_name(call->kind)));
    spawn_request_add_variable(request, ph_format("PLUGHOST_WATCHER=%s", options->name));
    if (call->wid > 0)
        spawn_request_add_variable(request, ph_format("PLUGHOST_WID=%d", call->wid));
    if (call->pid > 0)
        spawn_request_add_variable(request, ph_format("PLUGHOST_PID=%d", (int)call->pid));
    if (call->detail.signal)
        spawn_request_add_variable(request, ph_format("PLUGHOST_SIGNAL=%s", call->detail.signal));
    if (call->detail.has_exit_code)
        spawn_request_add_variable(request,
                                   ph_format("PLUGHOST_EXIT_CODE=%d", call->detail.exit_code));
}

static int start_child(struct hook_child *run, const struct hook_call *call, struct ph_error *err)
{
    struct prepared_spawn prepared;
    ph_cleanup(spawn_request_release) struct spawn_request request = SPAWN_REQUEST_INIT;
    request.is_hook = true;
    describe(call, &request);
    spawn_request_add_variable(&request, children_mark(run->owner->children, &run->child));
    if (spawn_plan_prepare(call->plan, &request, &prepared, err) < 0)
        return -1;
    int outcome = children_start(run->owner->children, &run->child, &prepared.spec, err);
    prepared_spawn_release(&prepared);
    return outcome;
}

/* Starts it, with its time limit, which the broker keeps for a method; or what went wrong is told
 * in a moment. */
static void start(struct hook_child *run, const struct hook_call *call, int64_t limit_ms)
{
    struct ph_error err;
    timers_t *timers = loop_timers(run->owner->loop);
    bool is_method = hook_is_method(&spawn_plan_options(call->plan)->hooks[call->kind]);
    int outcome = is_method ? hook_method_start(&run->method, &run->owner->invoker, call, limit_ms,
                                                on_method_end, run, &err)
                            : start_child(run, call, &err);
    if (outcome < 0)
        run->failure = ph_strdup(err.message);
    if (outcome < 0 || !is_method)
        timers_start(timers, &run->timer, outcome < 0 ? 0 : limit_ms);
}

bool hook_run(hook_runner_t *self, const struct hook_call *call, hook_done_fn *done, void *arg)
{
    const struct watcher_options *options = spawn_plan_options(call->plan);
    const struct hook_options *hook = &options->hooks[call->kind];
    if (!hook->cmd)
        return false;

    int64_t limit_ms = options->hook_timeout_ms;
    if (self->is_hurried && limit_ms > LAST_TIMEOUT_MS)
        limit_ms = LAST_TIMEOUT_MS;
    struct hook_child *run = ph_calloc(1, sizeof *run);
    *run = (struct hook_child){.owner = self,
                               .kind = call->kind,
                               .watcher = ph_strdup(options->name),
                               .wid = call->wid,
                               .ignore = hook->ignore,
                               .limit_seconds = (double)limit_ms / 1000,
                               .child = {.on_exit = on_exit_of_hook, .arg = run},
                               .timer = {.fire = on_timer, .arg = run},
                               .done = done,
                               .arg = arg,
                               .next = self->first};
    self->first = run;
    start(run, call, limit_ms);
    return true;
}

void hook_cancel(hook_runner_t *self, const void *arg)
{
    for (struct hook_child *run = self->first; run; run = run->next) {
        if (run->done && run->arg == arg) {
            run->done = NULL;
            give_up(run, ph_strdup("it is not wanted any more"));
        }
    }
}

void hook_hurry(hook_runner_t *self)
{
    self->is_hurried = true;
    for (struct hook_child *run = self->first; run; run = run->next)
        give_up(run, ph_strdup("the daemon ends"));
}

void hook_await_all(hook_runner_t *self, void (*on_idle)(void *arg), void *arg)
{
    self->on_idle = on_idle;
    self->idle_arg = arg;
    tell_idle(self);
}
