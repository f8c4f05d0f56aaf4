#include "host.h"

#include "process/descriptors.h"

#include <alloc.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct host {
    struct process_host shared;
    struct oom_watch oom;
    struct loop_watch sigchld_watch;
};

/* ---- what the parts ask ---- */

static bool is_ours(void *arg, pid_t pid)
{
    host_t *self = arg;
    return children_find(self->shared.children, pid) != NULL;
}

static bool is_alive(void *arg, uint64_t serial)
{
    host_t *self = arg;
    return children_has_serial(self->shared.children, serial);
}

/* The sender may be a descendant of the process that is meant: they share its session. */
static struct child *find_sender(const host_t *self, pid_t pid)
{
    struct child *child = children_find(self->shared.children, pid);
    pid_t session = child ? 0 : getsid(pid);
    return session > 0 ? children_find(self->shared.children, session) : child;
}

static void on_notify(void *arg, pid_t pid, const struct notify_message *message)
{
    host_t *self = arg;
    struct child *child = find_sender(self, pid);
    if (child && child->process)
        process_take_message(child->process, message);
}

static void on_loss(void *arg, const char *watcher, const char *text)
{
    host_t *self = arg;
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "reason", text);
    bus_publish(self->shared.bus, EVENT_LOST_OUTPUT, watcher, fields, text);
}

static void on_output(void *arg, const struct block *block)
{
    host_t *self = arg;
    bus_publish_output(self->shared.bus, block);
}

/* Output is published only while somebody wants it. */
static void on_followers(void *arg, bool are_there)
{
    host_t *self = arg;
    streams_set_follower(self->shared.streams, are_there ? on_output : NULL, self);
}

static void on_sigchld(void *arg)
{
    host_t *self = arg;
    struct signalfd_siginfo info;
    while (read(self->sigchld_watch.fd, &info, sizeof info) == sizeof info)
        orphans_on_sigchld(self->shared.orphans, (pid_t)info.ssi_pid);
}

/* ---- making it ---- */

static int watch_sigchld(host_t *self, struct ph_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    self->sigchld_watch =
        (struct loop_watch){on_sigchld, self, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (self->sigchld_watch.fd < 0)
        return ph_error_sys(err, "cannot listen to SIGCHLD");
    return loop_watch(self->shared.loop, &self->sigchld_watch, err);
}

static int open_parts(host_t *self, const struct host_context *context, struct ph_error *err)
{
    struct process_host *shared = &self->shared;
    uint64_t epoch = strtoull(bus_epoch(context->bus), NULL, 16);
    struct orphans_host orphans = {.loop = context->loop,
                                   .log = context->log,
                                   .epoch = epoch,
                                   .is_ours = is_ours,
                                   .is_alive = is_alive,
                                   .arg = self};
    shared->children = children_new(context->loop, epoch);
    shared->hooks = hook_runner_new(context->loop, context->bus, shared->children);
    shared->cgroups = cgroup_pool_new(context->loop);
    shared->streams = streams_new(context->loop, on_loss, self);
    shared->orphans = orphans_new(&orphans, err);
    shared->notify = notify_new(context->loop, on_notify, self, err);
    shared->sockets =
        sockets_open(context->configuration->sockets, context->configuration->socket_count, err);
    if (!shared->orphans || !shared->notify || !shared->sockets)
        return -1;
    bus_listen_for_followers(shared->bus, on_followers, self);
    return watch_sigchld(self, err);
}

host_t *host_new(const struct host_context *context, struct ph_error *err)
{
    ph_cleanup(host_destroy) host_t *self = ph_calloc(1, sizeof *self);
    self->shared.loop = context->loop;
    self->shared.bus = context->bus;
    self->shared.oom = &self->oom;
    self->sigchld_watch.fd = -1;
    oom_watch_init(&self->oom);
    if (descriptors_prepare(&self->shared.descriptors, err) < 0 ||
        open_parts(self, context, err) < 0)
        return NULL;
    return ph_steal(&self);
}

void host_destroy(host_t **self_p)
{
    host_t *self = *self_p;
    if (!self)
        return;
    bus_listen_for_followers(self->shared.bus, NULL, NULL);
    ph_closep(&self->sigchld_watch.fd);
    cgroup_pool_destroy(&self->shared.cgroups);
    sockets_destroy(&self->shared.sockets);
    notify_destroy(&self->shared.notify);
    orphans_destroy(&self->shared.orphans);
    streams_destroy(&self->shared.streams);
    hook_runner_destroy(&self->shared.hooks);
    children_destroy(&self->shared.children);
    free(self);
    *self_p = NULL;
}

struct process_host *host_of_processes(host_t *self)
{
    return &self->shared;
}
