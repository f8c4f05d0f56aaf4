#include "fault_walk.h"

#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    START_MS = 20000,
    SETTLE_MS = 10000,
    END_MS = 10000,
    LOOK_MS = 10, /* between two looks, unless an event comes */
    MAX_PIDS = 64,
    MAX_CALLS = 5000,
    MAX_COMPLAINTS = 20,
    CALLS_PER_PLACE = 20,
};

struct pids {
    pid_t items[MAX_PIDS];
    size_t count;
};

struct walk {
    const char *configuration;
    char *state_path;
    struct fault_state *state;
    struct fault fault;
    long n;
    daemon_t *daemon;   /* NULL: none runs */
    size_t descriptors; /* of a daemon that is settled; 0: not known yet */
    struct pids told;   /* at the last walk_settle */
    struct pids killed; /* of those, by walk_kill_children */
    int complaints;
    long injected; /* faults that have happened */
};

/* ---- the fault ---- */

char *walk_fault_text(const walk_t *self)
{
#define NAME(name) #name,
    static const char *const names[] = {FAULT_CALLS(NAME)};
    int error = self->fault.error;
    return ph_format("%s:%s:%ld", names[self->fault.call],
                     error == FAULT_SHORT ? "SHORT" : strerrorname_np(error), self->n);
}

static void make_state(walk_t *self)
{
    char path[] = "/tmp/plughost-faults-XXXXXX";
    ph_cleanup(ph_closep) int fd = mkstemp(path);
    cr_assert(fd >= 0 && ftruncate(fd, sizeof *self->state) == 0);
    void *memory = mmap(NULL, sizeof *self->state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert(memory != MAP_FAILED);
    self->state = memory;
    self->state_path = ph_strdup(path);
}

void walk_choose(walk_t *self, const struct fault *fault, long n)
{
    self->fault = *fault;
    self->n = n;
    atomic_store(&self->state->at, 0);
    atomic_store(&self->state->call, (int)fault->call);
    atomic_store(&self->state->error, fault->error);
    atomic_store(&self->state->count, 0);
    atomic_store(&self->state->injected, 0);
    for (int i = 0; i < FAULT_PLACES; i++) {
        atomic_store(&self->state->places[i].address, 0);
        atomic_store(&self->state->places[i].count, 0);
    }
    atomic_store(&self->state->at, n);
}

bool walk_has_seen(const walk_t *self, enum fault_call call)
{
    return atomic_load(&self->state->seen[call]) > 0;
}

bool walk_was_reached(const walk_t *self)
{
    return atomic_load(&self->state->injected) > 0;
}

void walk_pass(walk_t *self)
{
    atomic_store(&self->state->at, 0);
}

/* ---- from the first to the last moment ---- */

walk_t *walk_new(const char *configuration)
{
    walk_t *self = ph_calloc(1, sizeof *self);
    self->configuration = configuration;
    make_state(self);
    walk_hasten(self, CALLS_PER_PLACE);
    return self;
}

void walk_hasten(walk_t *self, long per_place)
{
    atomic_store(&self->state->per_place, getenv("PLUGHOST_FAULT_FULL") ? 0 : per_place);
}

void walk_destroy(walk_t **self_p)
{
    walk_t *self = *self_p;
    if (!self)
        return;
    daemon_stop(&self->daemon);
    int complaints = self->complaints;
    long injected = self->injected;
    munmap(self->state, sizeof *self->state);
    unlink(self->state_path);
    free(self->state_path);
    free(self);
    *self_p = NULL;
    cr_assert_eq(complaints, 0);
    cr_assert_gt(injected, 0);
}

daemon_t *walk_daemon(walk_t *self)
{
    return self->daemon;
}

static bool has_line(const daemon_t *daemon, const char *text)
{
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    return log && strstr(log, text);
}

/* The one line may be what the fault has hit, the other not. */
static bool listens(const daemon_t *daemon)
{
    return has_line(daemon, "listens on") || has_line(daemon, ": starting: ");
}

/* A connection that could not be accepted was broken off: whoever made it has to try again. */
static bool connect_to(walk_t *self)
{
    struct ph_error err;
    int64_t deadline = ph_clock_ms() + START_MS;
    bool may_break = self->fault.call == FAULT_accept4;
    while (daemon_connect(self->daemon, &err) < 0) {
        bool has_ended = daemon_has_ended(self->daemon, LOOK_MS);
        if (may_break && !has_ended && ph_clock_ms() < deadline)
            continue;
        walk_complain(self, "%s: %s", has_ended ? "it has ended" : "it does not answer",
                      err.message);
        return false;
    }
    return true;
}

bool walk_launch(walk_t *self)
{
    int64_t deadline = ph_clock_ms() + START_MS;
    self->daemon = daemon_prepare(self->configuration);
    self->descriptors = 0;
    self->killed.count = 0;
    setenv(FAULT_STATE_VARIABLE, self->state_path, 1);
    daemon_launch_preloaded(self->daemon, TEST_FAULTS);
    unsetenv(FAULT_STATE_VARIABLE);
    while (!listens(self->daemon)) {
        if (daemon_has_ended(self->daemon, 0))
            return false;
        if (ph_clock_ms() > deadline) {
            walk_complain(self, "it neither listens nor ends");
            return false;
        }
        file_wait(daemon_log_file(self->daemon), "listens on", LOOK_MS);
    }
    return connect_to(self);
}

/* ---- how it is ---- */

static bool pids_has(const struct pids *self, pid_t pid)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i] == pid)
            return true;
    return false;
}

static void pids_add(struct pids *self, pid_t pid)
{
    if (self->count < MAX_PIDS)
        self->items[self->count++] = pid;
}

/* Collects the processes, dead ones too, whose parent is `parent`. */
static void find_children(pid_t parent, struct pids *children)
{
    DIR *folder = opendir("/proc");
    cr_assert(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10), ppid = 0;
        ph_cleanup(ph_freep) char *path = ph_format("/proc/%d/stat", (int)pid);
        ph_cleanup(ph_freep) char *text = pid > 0 ? file_read(path) : NULL;
        const char *end = text ? strrchr(text, ')') : NULL;
        if (end && strlen(end) > 4)
            ppid = (pid_t)strtol(end + 4, NULL, 10); /* behind ") S " */
        if (ppid == parent)
            pids_add(children, pid);
    }
    closedir(folder);
}

/* Takes the numbers of a watcher's processes. Returns what is not as it should be, or NULL. */
static char *check_watcher(const ph_value_t *watcher, struct pids *pids)
{
    const char *name = ph_value_string(ph_value_get(watcher, "name"), "?");
    const char *status = ph_value_string(ph_value_get(watcher, "status"), "?");
    const ph_value_t *processes = ph_value_get(watcher, "processes");
    if (strcmp(status, "active") != 0)
        return ph_format("%s is %s: %s", name, status,
                         ph_value_string(ph_value_get(watcher, "reason"), ""));
    if (ph_value_int(ph_value_get(watcher, "numprocesses"), -1) !=
        (int64_t)ph_value_size(processes))
        return ph_format("%s has %zu processes", name, ph_value_size(processes));
    for (size_t i = 0; i < ph_value_size(processes); i++)
        pids_add(pids, (pid_t)ph_value_int(ph_value_get(ph_value_at(processes, i), "pid"), 0));
    return NULL;
}

static char *check_children(pid_t daemon, const struct pids *told, const struct pids *killed)
{
    struct pids children = {0};
    find_children(daemon, &children);
    for (size_t i = 0; i < killed->count; i++)
        if (pids_has(told, killed->items[i]))
            return ph_format("process %d was killed and is still there", (int)killed->items[i]);
    for (size_t i = 0; i < told->count; i++)
        if (!pids_has(&children, told->items[i]))
            return ph_format("it has no process %d", (int)told->items[i]);
    for (size_t i = 0; i < children.count; i++)
        if (!pids_has(told, children.items[i]))
            return ph_format("process %d is nobody's", (int)children.items[i]);
    return NULL;
}

static char *check_descriptors(const walk_t *self)
{
    size_t count = process_descriptors(daemon_pid(self->daemon));
    if (self->descriptors == 0 || count == self->descriptors)
        return NULL;
    return ph_format("it has %zu descriptors instead of %zu", count, self->descriptors);
}

/* Returns what is not as it should be, which the caller frees, or NULL. */
static char *check(walk_t *self)
{
    struct ph_error err;
    struct pids told = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_try(self->daemon, "status", NULL, false, &err);
    if (!reply)
        return ph_format("it does not answer: %s", err.message);
    const ph_value_t *watchers = ph_value_get(ph_message_body(reply), "watchers");
    for (size_t i = 0; i < ph_value_size(watchers); i++) {
        char *wrong = check_watcher(ph_value_at(watchers, i), &told);
        if (wrong)
            return wrong;
    }
    self->told = told;
    char *wrong = check_children(daemon_pid(self->daemon), &told, &self->killed);
    return wrong ? wrong : check_descriptors(self);
}

/* What stays when it cannot be removed is no harm: the next daemon takes it over. Nor is a lock
 * that we did not get removed, as it may be somebody else's by now. */
static bool may_leave_file(const walk_t *self)
{
    return self->fault.call == FAULT_unlink || self->fault.call == FAULT_fcntl;
}

bool walk_settle(walk_t *self)
{
    int64_t deadline = ph_clock_ms() + SETTLE_MS;
    for (;;) {
        ph_cleanup(ph_freep) char *wrong = check(self);
        if (!wrong)
            break;
        bool has_ended = daemon_has_ended(self->daemon, 0);
        if (has_ended || ph_clock_ms() > deadline) {
            int code = has_ended ? daemon_wait_end(self->daemon, 0) : 0;
            walk_complain(self, "%s; it has %s %d", wrong, has_ended ? "ended with" : "not ended",
                          code);
            return false;
        }
        ph_event_t *event = ph_client_receive(daemon_client(self->daemon), LOOK_MS, NULL);
        ph_event_destroy(&event);
    }
    if (self->descriptors == 0)
        self->descriptors = process_descriptors(daemon_pid(self->daemon));
    return true;
}

void walk_kill_children(walk_t *self)
{
    self->killed = self->told;
    for (size_t i = 0; i < self->killed.count; i++)
        kill(self->killed.items[i], SIGKILL);
}

/* ---- the end ---- */

static bool has_said_why(const walk_t *self)
{
    ph_cleanup(ph_freep) char *output = file_read(daemon_output_file(self->daemon));
    return output && *output;
}

static bool is_refusal(const walk_t *self, int code)
{
    return (code == 1 || code == 2) && has_said_why(self);
}

void walk_end(walk_t *self, bool may_refuse)
{
    bool has_ended_itself = daemon_has_ended(self->daemon, 0);
    if (!has_ended_itself)
        kill(daemon_pid(self->daemon), SIGTERM);
    if (!daemon_has_ended(self->daemon, END_MS)) {
        walk_complain(self, "it does not end");
        return;
    }
    int code = daemon_wait_end(self->daemon, 0);
    if (has_ended_itself ? !may_refuse || !is_refusal(self, code) : code != 0)
        walk_complain(self, "it ended with %d", code);
    else if (!processes_wait_none(END_MS))
        walk_complain(self, "a process is left");
    else if (!may_leave_file(self) && !directory_is_empty(daemon_run_dir(self->daemon)))
        walk_complain(self, "a file is left in the run directory");
    else if (daemon_has_report(self->daemon))
        walk_complain(self, "a sanitizer has reported something");
    else
        daemon_discard(&self->daemon);
}

void walk_calls(walk_t *self, const struct fault *fault,
                bool (*try)(walk_t *self, const struct fault *fault, long n))
{
    long n = 1;
    while (n < MAX_CALLS && try(self, fault, n))
        n++;
    self->injected += n - 1;
    ph_cleanup(ph_freep) char *last = walk_fault_text(self);
    cr_assert_lt(n, MAX_CALLS, "%s is not the last one", last);
    cr_log_info("%s was not reached", last);
}

/* ---- complaints ---- */

/* What a daemon that was given up has left is ours now. */
static void kill_leftovers(void)
{
    struct pids left = {0};
    find_children(getpid(), &left);
    for (size_t i = 0; i < left.count; i++)
        kill(left.items[i], SIGKILL);
    processes_wait_none(END_MS);
}

void walk_complain(walk_t *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ph_cleanup(ph_freep) char *text = ph_format_va(format, args);
    va_end(args);
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(self->daemon));
    ph_cleanup(ph_freep) char *output = file_read(daemon_output_file(self->daemon));
    ph_cleanup(ph_freep) char *fault = walk_fault_text(self);
    fprintf(stderr, "%s (addr2line -pfie plughostd 0x%lx): %s\n", fault,
            walk_was_reached(self) ? atomic_load(&self->state->where) : 0, text);
    fprintf(stderr, "---- log ----\n%s---- output ----\n%s----\n", log ? log : "",
            output ? output : "");
    daemon_discard(&self->daemon);
    kill_leftovers();
    self->complaints++;
    cr_assert_lt(self->complaints, MAX_COMPLAINTS, "that is enough");
}
