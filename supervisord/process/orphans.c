#include "orphans.h"

#include "killer.h"
#include "owners.h"

#include <alloc.h>
#include <clock.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LAZY_GAP_MS = 200,
    LAZY_SHARE = 20, /* a lazy sweep waits so many times what the last one took */
};

/* A child that was left to us, and all that descends from it. */
struct tree {
    const struct proc_stat *root;
    const struct proc_stat **rest;
    size_t rest_count;
    uint64_t serial;
    bool has_serial;
    bool is_unsure; /* whose it is cannot be told just now */
};

struct orphans {
    struct orphans_host host;
    killer_t *killer;
    owners_t *owners;
    struct timer timer;
    int64_t last_end_ms;      /* when the last sweep ended */
    int64_t last_duration_ms; /* rounded up */
    bool is_unsure;           /* the present sweep found somebody who may be anybody's */
    bool is_incomplete;       /* the present sweep could not kill somebody, but may later */

    bool is_killing_all;
    struct timer patience; /* of `killing_all` */
    struct orphans_wait *killing_all;

    struct orphans_wait *waits;
    struct orphans_wait *gone; /* their turn to be called has come */
};

/* ---- when ---- */

static void plan(orphans_t *self, int64_t gap_ms)
{
    int64_t now_ms = ph_clock_ms();
    int64_t due_ms = self->last_end_ms + gap_ms;
    if (due_ms < now_ms)
        due_ms = now_ms;
    if (self->timer.place == 0 || due_ms < self->timer.due_ms)
        timers_start(loop_timers(self->host.loop), &self->timer, due_ms - now_ms);
}

/* Half of the time at most, as long as somebody waits. */
static void plan_now(orphans_t *self)
{
    plan(self, self->last_duration_ms);
}

static void look_again(orphans_t *self)
{
    if (self->waits)
        plan_now(self);
    else
        orphans_sweep_soon(self);
}

/* It may have started others since. */
static void on_killed_end(void *arg)
{
    look_again(arg);
}

/* ---- who waits ---- */

static void wait_link(struct orphans_wait **list, struct orphans_wait *wait)
{
    wait->link = list;
    wait->next = *list;
    if (wait->next)
        wait->next->link = &wait->next;
    *list = wait;
}

static void wait_unlink(struct orphans_wait *wait)
{
    *wait->link = wait->next;
    if (wait->next)
        wait->next->link = wait->link;
    wait->link = NULL;
}

static void add_wait(orphans_t *self, struct orphans_wait *wait)
{
    orphans_cancel(self, wait);
    wait->is_covered = false;
    wait_link(&self->waits, wait);
    plan_now(self);
}

static void begin_to_look(orphans_t *self)
{
    for (struct orphans_wait *wait = self->waits; wait; wait = wait->next) {
        wait->is_covered = true;
        wait->is_found = false;
    }
}

static void note_found(orphans_t *self, const struct tree *tree)
{
    for (struct orphans_wait *wait = self->waits; wait; wait = wait->next)
        if (wait->is_for_all || tree->is_unsure ||
            (tree->has_serial && tree->serial == wait->serial))
            wait->is_found = true;
}

/* Those that are called may cancel others, and begin to wait anew. */
static void call_those_in_vain(orphans_t *self)
{
    for (struct orphans_wait *wait = self->waits, *next; wait; wait = next) {
        next = wait->next;
        if (!wait->is_covered || wait->is_found)
            continue;
        wait_unlink(wait);
        wait_link(&self->gone, wait);
    }
    while (self->gone) {
        struct orphans_wait *wait = self->gone;
        orphans_cancel(self, wait);
        wait->on_gone(wait->arg);
    }
}

/* ---- the sweep ---- */

/* A process that cleaned its environment belongs to whom its descendants belong to. */
static void find_owner(orphans_t *self, struct tree *tree)
{
    enum owner_answer answer = owners_find(self->owners, tree->root, &tree->serial);
    tree->is_unsure = answer == OWNER_UNSURE;
    for (size_t i = 0; i < tree->rest_count && answer != OWNER_FOUND; i++) {
        answer = owners_find(self->owners, tree->rest[i], &tree->serial);
        tree->is_unsure = tree->is_unsure || answer == OWNER_UNSURE;
    }
    tree->has_serial = answer == OWNER_FOUND;
    tree->is_unsure = tree->is_unsure && !tree->has_serial;
}

static bool is_doomed(const orphans_t *self, const struct tree *tree)
{
    return self->is_killing_all ||
           (tree->has_serial && !self->host.is_alive(self->host.arg, tree->serial));
}

static void kill_tree(orphans_t *self, const struct tree *tree)
{
    bool are_killed = killer_kill(self->killer, tree->root);
    for (size_t i = 0; i < tree->rest_count; i++)
        if (tree->rest[i]->state != 'Z')
            are_killed = killer_kill(self->killer, tree->rest[i]) && are_killed;
    if (!are_killed)
        self->is_incomplete = true;
}

static void visit(orphans_t *self, const proctable_t *table, const struct proc_stat *child)
{
    /* One whose first thread has ended looks dead, and cannot be reaped, while others run. */
    if (child->state == 'Z' && waitpid(child->pid, NULL, WNOHANG) != 0)
        return;
    struct tree tree = {.root = child};
    ph_cleanup(ph_freep) const struct proc_stat **rest =
        proctable_descendants(table, child->pid, &tree.rest_count);
    tree.rest = rest;
    find_owner(self, &tree);
    note_found(self, &tree);
    if (tree.is_unsure)
        self->is_unsure = true;
    if (is_doomed(self, &tree))
        kill_tree(self, &tree);
}

static bool is_stranger(void *arg, pid_t pid)
{
    const orphans_t *self = arg;
    return !self->host.is_ours(self->host.arg, pid);
}

/* Where all children are ours, there is no need of a snapshot of all processes. */
static int look_at_children(orphans_t *self, struct ph_error *err)
{
    owners_forget_dead(self->owners);
    if (proc_find_child(getpid(), is_stranger, self) == 0) {
        begin_to_look(self);
        return 0;
    }
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(err);
    if (!table)
        return -1;
    begin_to_look(self);
    size_t count;
    const struct proc_stat *const *children = proctable_children(table, getpid(), &count);
    for (size_t i = 0; i < count; i++)
        if (!self->host.is_ours(self->host.arg, children[i]->pid))
            visit(self, table, children[i]);
    return 0;
}

static void sweep(void *arg)
{
    orphans_t *self = arg;
    struct ph_error err = {0};
    int64_t begin_ms = ph_clock_ms();
    self->is_incomplete = self->is_unsure = false;
    int result = look_at_children(self, &err);
    self->last_end_ms = ph_clock_ms();
    self->last_duration_ms = self->last_end_ms - begin_ms + 1;
    if (result < 0)
        ph_log(self->host.log, PH_LOG_WARNING, "cannot look for orphans: %s", err.message);
    if (result < 0 || self->is_incomplete)
        orphans_sweep_soon(self);
    if (self->is_unsure)
        look_again(self);
    if (result == 0)
        call_those_in_vain(self);
}

/* ---- what the header promises ---- */

static void lose_patience(void *arg)
{
    orphans_t *self = arg;
    struct orphans_wait *wait = self->killing_all;
    ph_log(self->host.log, PH_LOG_WARNING, "some processes that were left behind do not die");
    orphans_cancel(self, wait);
    wait->on_gone(wait->arg);
}

orphans_t *orphans_new(const struct orphans_host *host, struct ph_error *err)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
        ph_error_sys(err, "cannot take over the orphans of our children");
        return NULL;
    }
    orphans_t *self = ph_calloc(1, sizeof *self);
    self->host = *host;
    self->killer = killer_new(host->loop, host->log, on_killed_end, self);
    self->owners = owners_new(host->epoch);
    self->timer = (struct timer){.fire = sweep, .arg = self};
    self->patience = (struct timer){.fire = lose_patience, .arg = self};
    return self;
}

void orphans_destroy(orphans_t **self_p)
{
    orphans_t *self = *self_p;
    if (!self)
        return;
    while (self->waits)
        orphans_cancel(self, self->waits);
    timers_cancel(loop_timers(self->host.loop), &self->timer);
    killer_destroy(&self->killer);
    owners_destroy(&self->owners);
    free(self);
    *self_p = NULL;
}

void orphans_sweep_soon(orphans_t *self)
{
    int64_t gap_ms = self->last_duration_ms * LAZY_SHARE;
    plan(self, gap_ms > LAZY_GAP_MS ? gap_ms : LAZY_GAP_MS);
}

void orphans_sweep_for(orphans_t *self, uint64_t serial, struct orphans_wait *wait)
{
    wait->serial = serial;
    wait->is_for_all = false;
    add_wait(self, wait);
}

void orphans_kill_all(orphans_t *self, struct orphans_wait *wait, int64_t patience_ms)
{
    self->is_killing_all = true;
    wait->is_for_all = true;
    add_wait(self, wait);
    self->killing_all = wait;
    timers_start(loop_timers(self->host.loop), &self->patience, patience_ms);
}

void orphans_cancel(orphans_t *self, struct orphans_wait *wait)
{
    if (!wait->link)
        return;
    wait_unlink(wait);
    if (wait == self->killing_all) {
        self->killing_all = NULL;
        timers_cancel(loop_timers(self->host.loop), &self->patience);
    }
}

/* What descends from a main child. */
struct descent {
    orphans_t *self;
    pid_t root;
    uint64_t serial;
};

static bool remember(void *arg, pid_t pid)
{
    const struct descent *descent = arg;
    struct proc_stat stat;
    if (proc_stat_read(pid, &stat, NULL) < 0)
        return false;
    if (stat.pgrp != descent->root)
        owners_note(descent->self->owners, &stat, descent->serial);
    proc_find_child(pid, remember, arg);
    return false;
}

void orphans_remember(orphans_t *self, uint64_t serial, pid_t pid)
{
    struct descent descent = {self, pid, serial};
    proc_find_child(pid, remember, &descent);
}

void orphans_on_sigchld(orphans_t *self, pid_t pid)
{
    if (!self->host.is_ours(self->host.arg, pid))
        waitpid(pid, NULL, WNOHANG);
    orphans_sweep_soon(self);
}
