/* Clients in C and in Python: connections that break, and a state with the events behind it. */
#include "languages.h"

#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <processes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

TestSuite(clients, .timeout = 90);

enum { CLIENT_MS = 30000, MAX_PAIRS = 32 };

/* ---- a proxy that loses answers ---- */

struct pair {
    int client, daemon;
    bool has_asked; /* what it waits for has passed by */
};

struct proxy {
    int listener;
    char *path;   /* where it listens */
    char *daemon; /* where the daemon does */
    int cuts;     /* how many answers are still to be lost */
    struct pair pairs[MAX_PAIRS];
    size_t count;
};

static int open_socket(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static struct proxy proxy_open(const daemon_t *daemon, int cuts)
{
    struct sockaddr_un address;
    struct proxy self = {.path = daemon_path(daemon, "proxy"), .cuts = cuts};
    self.daemon = ph_strdup(daemon_endpoint(daemon) + strlen("ipc://"));
    self.listener = open_socket(self.path, &address);
    cr_assert_eq(bind(self.listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(self.listener, MAX_PAIRS), 0);
    return self;
}

static void proxy_close_pair(struct proxy *self, size_t index)
{
    close(self->pairs[index].client);
    close(self->pairs[index].daemon);
    self->pairs[index] = self->pairs[--self->count];
}

static void proxy_close(struct proxy *self)
{
    while (self->count > 0)
        proxy_close_pair(self, 0);
    close(self->listener);
    free(self->path);
    free(self->daemon);
}

static void proxy_accept(struct proxy *self)
{
    struct sockaddr_un address;
    cr_assert_lt(self->count, (size_t)MAX_PAIRS);
    struct pair *pair = &self->pairs[self->count++];
    *pair = (struct pair){.client = accept4(self->listener, NULL, NULL, SOCK_CLOEXEC)};
    pair->daemon = open_socket(self->daemon, &address);
    cr_assert_eq(connect(pair->daemon, (struct sockaddr *)&address, sizeof address), 0);
}

static bool holds_incr(const char *data, size_t size)
{
    return memmem(data, size, "incr", strlen("incr")) != NULL;
}

/* Passes on what is there. Returns false when the connection is at its end. */
static bool proxy_pass(struct proxy *self, struct pair *pair, bool is_answer)
{
    char data[65536];
    int from = is_answer ? pair->daemon : pair->client;
    int to = is_answer ? pair->client : pair->daemon;
    ssize_t size = recv(from, data, sizeof data, MSG_DONTWAIT);
    if (size <= 0)
        return false;
    if (is_answer && pair->has_asked && self->cuts > 0) {
        self->cuts--;
        return false; /* it is done, and nobody hears of it */
    }
    pair->has_asked |= !is_answer && holds_incr(data, (size_t)size);
    return send(to, data, (size_t)size, MSG_NOSIGNAL) == size;
}

/* From the last to the first: one that ends has its place taken by one that was looked at. */
static void proxy_serve(struct proxy *self, const struct pollfd *ready)
{
    for (size_t i = self->count; i-- > 0;) {
        bool is_open = true;
        if (ready[2 * i].revents)
            is_open = proxy_pass(self, &self->pairs[i], false);
        if (is_open && ready[2 * i + 1].revents)
            is_open = proxy_pass(self, &self->pairs[i], true);
        if (!is_open)
            proxy_close_pair(self, i);
    }
}

/* Serves until a program has ended. */
static void proxy_run(struct proxy *self, program_t *program)
{
    int64_t deadline = ph_clock_ms() + CLIENT_MS;
    int ended = process_open(program_pid(program));
    while (ph_clock_ms() < deadline) {
        struct pollfd ready[2 * MAX_PAIRS + 2];
        for (size_t i = 0; i < self->count; i++) {
            ready[2 * i] = (struct pollfd){.fd = self->pairs[i].client, .events = POLLIN};
            ready[2 * i + 1] = (struct pollfd){.fd = self->pairs[i].daemon, .events = POLLIN};
        }
        size_t last = 2 * self->count;
        ready[last] = (struct pollfd){.fd = self->listener, .events = POLLIN};
        ready[last + 1] = (struct pollfd){.fd = ended, .events = POLLIN};
        cr_assert_gt(poll(ready, last + 2, CLIENT_MS), 0, "the client does nothing");
        if (ready[last + 1].revents)
            break;
        proxy_serve(self, ready);
        if (ready[last].revents)
            proxy_accept(self);
    }
    close(ended);
}

#define CUT_WEB "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\nnumprocesses = 1\n"

EACH_LANGUAGE(clients, what_was_done_before_the_connection_broke_is_not_done_again)
{
    enum { CUTS = 2 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(CUT_WEB);
    ph_cleanup(proxy_close) struct proxy proxy = proxy_open(daemon, CUTS);
    ph_cleanup(ph_freep) char *endpoint = ph_format("ipc://%s", proxy.path);
    ph_cleanup(program_destroy) program_t *client =
        life_client(*language, endpoint, "incr", "web", "3");
    proxy_run(&proxy, client);
    cr_expect_eq(program_wait(client, CLIENT_MS), 0, "%s", program_out(client));
    cr_expect_eq(proxy.cuts, 0, "nothing was cut");
    cr_expect_str_eq(program_out(client), "2\n3\n4\n");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "numprocesses", "{'name': 'web'}");
    cr_expect_eq(reply_number(reply, "numprocesses"), 4);
}

EACH_LANGUAGE(clients, a_client_without_a_daemon_says_so)
{
    ph_cleanup(program_destroy) program_t *client =
        life_client(*language, "ipc:///nonexistent/endpoint", "incr", "web", "1");
    cr_expect_eq(program_wait(client, CLIENT_MS), 1);
    cr_expect_eq(strncmp(program_out(client), "unavailable: ", 13), 0, "%s", program_out(client));
}

/* ---- a state, and what happens to it ---- */

/* Says whether an event can be the first behind a state. */
static bool fits(const char *status, const char *action)
{
    static const char *const pairs[] = {
        "stopped start", "starting spawn", "starting ready", "starting kill",
        "active kill",   "stopping reap",  "stopping stop",  NULL};
    ph_cleanup(ph_freep) char *pair = ph_format("%s %s", status, action);
    for (const char *const *known = pairs; *known; known++)
        if (strcmp(*known, pair) == 0)
            return true;
    return false;
}

/* Takes one line of `rest`. */
static char *next_line(char **rest)
{
    char *line = strsep(rest, "\n");
    return line && line[0] ? line : NULL;
}

/* Checks the five events behind a state: no number is left out, and they begin where it ends. */
static void check_round(char *state, char **rest)
{
    enum { EVENTS = 5 };
    char status[32], action[32];
    long seq, next;
    cr_assert_eq(sscanf(state, "%31s %ld", status, &seq), 2, "'%s'", state);
    for (int i = 0; i < EVENTS; i++) {
        const char *line = next_line(rest);
        cr_assert(line && sscanf(line, "%ld %31s", &next, action) == 2);
        cr_expect_eq(next, seq + 1 + i, "%ld comes %d. after state %ld", next, i + 1, seq);
        if (i == 0)
            cr_expect(fits(status, action), "'%s' comes after '%s'", action, status);
    }
}

EACH_LANGUAGE(clients, no_event_is_missed_or_seen_twice_behind_the_state_that_is_followed)
{
    enum { ROUNDS = 10, MAX_CHANGES = 10000 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(CUT_WEB);
    ph_cleanup(program_destroy) program_t *client =
        life_client(*language, daemon_endpoint(daemon), "follow", "web", "10");
    int ended = process_open(program_pid(client));
    for (int i = 0; i < MAX_CHANGES && !process_wait_gone(ended, 0); i++)
        daemon_do(daemon, i % 2 == 0 ? "start" : "stop", "web", true);
    close(ended);
    cr_assert_eq(program_wait(client, CLIENT_MS), 0, "%s", program_out(client));
    ph_cleanup(ph_freep) char *text = ph_strdup(program_out(client));
    char *rest = text;
    int rounds = 0;
    for (char *line; (line = next_line(&rest)); rounds++)
        check_round(line, &rest);
    cr_expect_eq(rounds, ROUNDS);
}
