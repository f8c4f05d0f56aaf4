#include "run.h"

#include <alloc.h>
#include <assert.h>
#include <clock.h>
#include <signal.h>
#include <stdlib.h>

void run_init(struct run *self, const struct process_owner *owner, process_t *process, int wid,
              child_exit_fn *on_exit, readiness_fn *on_ready)
{
    const struct process_host *host = owner->host;
    *self = (struct run){.owner = owner, .process = process, .wid = wid};
    self->child = (struct child){.on_exit = on_exit, .arg = process, .process = process};
    self->readiness = (struct readiness){
        .loop = host->loop, .notify = host->notify, .on_ready = on_ready, .arg = process};
}

struct subject run_subject(const struct run *self)
{
    const struct process_owner *owner = self->owner;
    return (struct subject){owner->host->bus, owner->options->name, self->wid, self->child.pid};
}

bool run_hook(const struct run *self, enum hook_kind kind, struct hook_detail detail,
              hook_done_fn *done, void *arg)
{
    struct hook_call call = {.kind = kind,
                             .plan = self->owner->plan,
                             .wid = self->wid,
                             .pid = self->child.pid,
                             .detail = detail};
    return hook_run(self->owner->host->hooks, &call, done, arg);
}

static int open_session(struct run *self, struct spawn_request *request, struct ph_error *err)
{
    const struct process_host *host = self->owner->host;
    if (self->owner->options->kind != WATCHER_PLUGIN)
        return 0;
    self->session = host->open_session(host->session_arg, self->process, request, err);
    return self->session ? 0 : -1;
}

static int open_cgroup(struct run *self, struct spawn_request *request, struct ph_error *err)
{
    const struct process_owner *owner = self->owner;
    if (cgroup_pool_open(owner->host->cgroups, owner->options, self->child.serial, &self->cgroup,
                         err) < 0)
        return -1;
    if (self->cgroup)
        request->cgroup_fd = cgroup_fd(self->cgroup);
    return 0;
}

static int start_child(struct run *self, struct spawn_request *request, struct ph_error *err)
{
    struct prepared_spawn prepared;
    if (spawn_plan_prepare(self->owner->plan, request, &prepared, err) < 0)
        return -1;
    int outcome = children_start(self->owner->host->children, &self->child, &prepared.spec, err);
    prepared_spawn_release(&prepared);
    return outcome;
}

int run_start(struct run *self, struct ph_error *err)
{
    const struct process_owner *owner = self->owner;
    ph_cleanup(spawn_request_release) struct spawn_request request = SPAWN_REQUEST_INIT;
    request.wid = self->wid;
    spawn_request_add_variable(&request, children_mark(owner->host->children, &self->child));
    if (open_session(self, &request, err) < 0 ||
        child_output_open(&self->output, owner->output, &request, owner->options, err) < 0 ||
        readiness_open(&self->readiness, owner->options, &request, err) < 0 ||
        open_cgroup(self, &request, err) < 0 || start_child(self, &request, err) < 0)
        return -1;
    self->spawned_ms = ph_clock_ms();
    self->edition = owner->options->edition;
    child_output_set_pid(&self->output, self->child.pid);
    readiness_set_started(&self->readiness);
    return 0;
}

bool run_is_alive(const struct run *self)
{
    return self->child.pid > 0 && !self->child.has_ended;
}

/* Both numbers are ours for certain: the child is not reaped yet. */
int run_signal(const struct run *self, int number, bool is_for_group)
{
    assert(self->child.pid > 0);
    pid_t target = is_for_group ? -self->child.pid : self->child.pid;
    if (kill(target, number) < 0)
        return -1;
    kill(target, SIGCONT); /* a stopped process would not even notice */
    return 0;
}

void run_give_up(struct run *self, char *failure)
{
    assert(self->child.pid > 0);
    free(self->failure);
    self->failure = failure;
    kill(-self->child.pid, SIGKILL);
}

void run_close_session(struct run *self, const char *cause)
{
    if (self->session)
        self->owner->host->close_session(&self->session, cause);
}

void run_set_failure(struct run *self, const char *failure)
{
    ph_replace_text(&self->failure, failure);
}

void run_set_text(struct run *self, const char *text)
{
    ph_replace_text(&self->text, text);
}

/* Nobody here has sent the SIGKILL: was it the kernel? */
static void explain_kill(const struct run *self, struct death *death)
{
    if (self->cgroup && cgroup_oom_kills(self->cgroup) > 0)
        death_set_cause(death, "killed by the OOM killer: memory_max is reached");
    else if (oom_watch_has_news(self->owner->host->oom))
        death_set_cause(death, "killed by the OOM killer: there was no memory left");
}

/* A shell, or a server that has workers, outlives the one that the kernel kills, and fails then. */
static void explain_failure(const struct run *self, struct death *death)
{
    if (!self->cgroup || cgroup_oom_kills(self->cgroup) <= 0)
        return;
    ph_cleanup(ph_freep) char *cause = ph_format(
        "%s; the OOM killer has killed what it had started: memory_max was reached", death->cause);
    death_set_cause(death, cause);
}

bool run_reap(struct run *self, bool is_stopping, struct death *death)
{
    if (!death_reap(death, self->child.pid))
        return false;
    death->uptime_ms = ph_clock_ms() - self->spawned_ms;
    death->output = child_output_finish(&self->output);
    if (self->failure && !is_stopping)
        death_set_cause(death, self->failure);
    else if (death->exit_code == -SIGKILL && !is_stopping)
        explain_kill(self, death);
    else if (death->exit_code != 0 && !is_stopping)
        explain_failure(self, death);
    return true;
}

char *run_cause(const struct run *self)
{
    return self->failure ? ph_strdup(self->failure) : death_foresee(self->child.pid);
}

bool run_is_held(const struct run *self)
{
    return child_output_is_held(&self->output);
}

void run_release(struct run *self)
{
    const struct process_host *host = self->owner->host;
    children_release(host->children, &self->child);
    run_close_session(self, NULL);
    readiness_close(&self->readiness);
    child_output_close(&self->output);
    cgroup_pool_take_back(host->cgroups, &self->cgroup);
    ph_replace_text(&self->failure, NULL);
    ph_replace_text(&self->text, NULL);
    self->sample = self->children_sample = (struct stats_sample){0};
}
