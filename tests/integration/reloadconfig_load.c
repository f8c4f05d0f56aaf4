/* Reading a configuration of many watchers again while clients ask without a pause. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(reloadconfig_load, .timeout = 120);

enum { WATCHERS = 100, CHANGED = 10, ADDED = 10, REMOVED = 10, CLIENTS = 2, CALL_MS = 20000 };

/* Watchers 0 to 9 change, those from 90 on go, 100 to 109 are new. */
static char *make_text(bool is_after, const char *extra)
{
    size_t size;
    char *text = NULL;
    FILE *file = open_memstream(&text, &size);
    int first = is_after ? WATCHERS - REMOVED : WATCHERS;
    for (int i = 0; i < WATCHERS + ADDED; i++) {
        if (i >= first && (!is_after || i < WATCHERS))
            continue;
        fprintf(file, "[watcher:w%d]\ncmd = sleep %d\n", i, is_after && i < CHANGED ? 2000 : 1000);
    }
    fputs(extra, file);
    fclose(file);
    return text;
}

static pid_t pid_of(daemon_t *daemon, int index)
{
    ph_cleanup(ph_freep) char *name = ph_format("w%d", index);
    return daemon_status(daemon, name).pid;
}

/* A client that asks until it is told to end. */
struct asker {
    pthread_t thread;
    const char *endpoint;
    atomic_bool *is_over;
    int asked, answered;
};

static void *ask(void *arg)
{
    struct asker *self = arg;
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(self->endpoint, NULL);
    while (client && !atomic_load(self->is_over)) {
        ph_cleanup(ph_message_destroy) ph_message_t *reply =
            ph_client_call(client, "status", NULL, CALL_MS, NULL);
        self->asked++;
        self->answered += reply != NULL;
    }
    return NULL;
}

Test(reloadconfig_load, seventy_of_a_hundred_keep_their_pids_and_every_request_is_answered)
{
    pid_t pids[WATCHERS];
    atomic_bool is_over = false;
    struct asker askers[CLIENTS];
    ph_cleanup(ph_freep) char *before = make_text(false, "");
    ph_cleanup(ph_freep) char *bad = make_text(true, "[watcher:w5]\nnumproceses = 2\n");
    ph_cleanup(ph_freep) char *after = make_text(true, "");
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(before);
    daemon_do(daemon, "start", NULL, true);
    for (int i = 0; i < WATCHERS; i++)
        pids[i] = pid_of(daemon, i);
    for (int i = 0; i < CLIENTS; i++) {
        askers[i] = (struct asker){.endpoint = daemon_endpoint(daemon), .is_over = &is_over};
        cr_assert_eq(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
    }

    daemon_rewrite(daemon, bad);
    daemon_call_refused(daemon, "reloadconfig", "{}");
    for (int i = 0; i < WATCHERS; i++)
        cr_expect_eq(pid_of(daemon, i), pids[i], "w%d after the bad file", i);
    daemon_rewrite(daemon, after);
    daemon_call_do(daemon, "reloadconfig", "{'waiting': true}");

    atomic_store(&is_over, true);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(askers[i].thread, NULL);
        cr_expect_gt(askers[i].asked, 0);
        cr_expect_eq(askers[i].answered, askers[i].asked);
    }
    for (int i = 0; i < WATCHERS - REMOVED; i++)
        cr_expect_eq(pid_of(daemon, i) == pids[i], i >= CHANGED, "w%d", i);
    for (int i = WATCHERS; i < WATCHERS + ADDED; i++)
        cr_expect_gt(pid_of(daemon, i), 0, "w%d", i);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "numwatchers", "{}");
    cr_expect_eq(reply_number(reply, "numwatchers"), WATCHERS - REMOVED + ADDED);
}
