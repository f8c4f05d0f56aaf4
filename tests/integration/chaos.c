/* Four clients do at random what can be done to a hundred watchers; in the end what the daemon says
 * must be what the kernel says, and nothing may be left. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <dirent.h>
#include <files.h>
#include <processes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WATCHERS = 100, CLIENTS = 4, MAX_PROCESSES = 4, CALL_MS = 20000, SETTLE_MS = 30000 };

#ifdef __SANITIZE_ADDRESS__
enum { KEEPS_FREED_MEMORY = true };
#else
enum { KEEPS_FREED_MEMORY = false };
#endif

static long setting(const char *name, long fallback)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : fallback;
}

/* Programs that behave, crash, ignore SIGTERM, leave others behind, write, and never start. */
static char *make_configuration(void)
{
    static const char *const kinds[] = {
        "cmd = @CHILD@ run\nnumprocesses = 2\n",
        "cmd = sh -c 'sleep 0.2; exit 3'\n",
        "cmd = sh -c 'trap \"\" TERM; while :; do sleep 1; done'\n",
        "cmd = sh -c 'setsid sleep 1000 >/dev/null 2>&1 & setsid sleep 1000 & exec sleep 1000'\n",
        "cmd = sh -c 'while :; do echo one line and another; sleep 0.1; done'\n",
        "cmd = @CHILD@ run\nstartsecs = 0.05\nmax_age = 1\nmax_age_variance = 1\n",
        "cmd = @CHILD@ run\nsingleton = yes\nafter = w0\n",
        "cmd = no-such-program\n",
        "cmd = @CHILD@ run\nstop_children = yes\nsend_hup = yes\nstop_signal = INT\n",
        "cmd = @CHILD@ run\nhooks.before_spawn = true\nhooks.after_stop = true\n",
    };
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    /* The test has subscribed to all events and reads none: what waits for it is not a leak. */
    char *text = ph_strdup("[plughost]\nevent_queue = 100\n");
    for (int i = 0; i < WATCHERS; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s[watcher:w%d]\n%sgraceful_timeout = 0.1\nmax_restarts = 0\n"
                         "restart_delay_max = 1\nstdout_stream.class = NullStream\n",
                         before, i, kinds[i % KINDS]);
    }
    return text;
}

/* ---- a client ---- */

/* A thread, and not a child: a copy of a process with threads may find locks held for ever. */
struct rager {
    pthread_t thread;
    const char *endpoint;
    unsigned seed;
    unsigned short random[3]; /* of nrand48 */
    int64_t until_ms;
    bool has_failed;
};

static size_t choose(struct rager *self, size_t count)
{
    return (size_t)nrand48(self->random) % count;
}

static const ph_value_t *call(ph_client_t *client, const char *command, ph_writer_t *properties,
                              ph_message_t **reply, struct ph_error *err)
{
    *reply = ph_client_call(client, command, properties, CALL_MS, err);
    return ph_message_body(*reply);
}

/* Kills one of the processes of a watcher, behind the daemon's back. */
static int kill_one(struct rager *self, ph_client_t *client, const char *name, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = NULL;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", name);
    const ph_value_t *pids = ph_value_get(call(client, "list", properties, &reply, err), "pids");
    if (!reply)
        return -1;
    size_t count = ph_value_size(pids);
    if (count > 0) {
        const ph_value_t *pid = ph_value_at(pids, choose(self, count));
        kill((pid_t)ph_value_int(pid, 0), SIGKILL);
    }
    return 0;
}

static int64_t number_of_processes(ph_client_t *client, const char *name)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = NULL;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", name);
    return ph_value_int(
        ph_value_get(call(client, "numprocesses", properties, &reply, NULL), "numprocesses"), 0);
}

static int act(struct rager *self, ph_client_t *client, struct ph_error *err)
{
    static const char *const commands[] = {"start",  "stop", "restart", "reload",
                                           "incr",   "decr", "kill",    "reset",
                                           "status", "why",  "signal",  "SIGKILL"};
    const char *command = commands[choose(self, sizeof commands / sizeof commands[0])];
    ph_cleanup(ph_freep) char *name = ph_format("w%zu", choose(self, WATCHERS));
    ph_cleanup(ph_message_destroy) ph_message_t *reply = NULL;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    if (strcmp(command, "SIGKILL") == 0)
        return kill_one(self, client, name, err);
    if (strcmp(command, "incr") == 0 && number_of_processes(client, name) >= MAX_PROCESSES)
        command = "decr";
    ph_writer_string(properties, "name", name);
    if (strcmp(command, "signal") == 0)
        ph_writer_string(properties, "signum", "CONT");
    else if (choose(self, 4) == 0 && strstr("start stop restart reload incr decr kill", command))
        ph_writer_bool(properties, "waiting", true);
    call(client, command, properties, &reply, err);
    return reply ? 0 : -1;
}

/* Acts until the time is over, or a request is not answered. */
static void *run_client(void *arg)
{
    struct rager *self = arg;
    struct ph_error err = {0};
    ph_cleanup(ph_client_destroy) ph_client_t *client = ph_client_new(self->endpoint, &err);
    while (client && ph_clock_ms() < self->until_ms) {
        err = (struct ph_error){0};
        if (act(self, client, &err) == 0 || err.code == PH_CONFLICT || err.code == PH_NOT_FOUND)
            continue;
        fprintf(stderr, "client %u: %s\n", self->seed, err.message);
        self->has_failed = true;
        return NULL;
    }
    self->has_failed = client == NULL;
    return NULL;
}

static void rage(const daemon_t *daemon, unsigned seed, long seconds)
{
    struct rager ragers[CLIENTS];
    int64_t until_ms = ph_clock_ms() + seconds * 1000;
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct rager *rager = &ragers[i];
        *rager = (struct rager){
            .endpoint = daemon_endpoint(daemon), .seed = seed + i, .until_ms = until_ms};
        memcpy(rager->random, &rager->seed, sizeof rager->seed);
        cr_assert_eq(pthread_create(&rager->thread, NULL, run_client, rager), 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        cr_assert_eq(pthread_join(ragers[i].thread, NULL), 0);
        cr_expect_not(ragers[i].has_failed, "client %u", ragers[i].seed);
    }
}

/* ---- what the kernel says ---- */

struct census {
    size_t children, zombies;
};

/* Counts the children of a process. */
static struct census count_children(pid_t parent)
{
    struct census census = {0};
    DIR *proc = opendir("/proc");
    cr_assert_not_null(proc);
    for (struct dirent *entry; (entry = readdir(proc));) {
        ph_cleanup(ph_freep) char *path = ph_format("/proc/%s/stat", entry->d_name);
        ph_cleanup(ph_freep) char *text = file_read(path);
        const char *behind = text ? strrchr(text, ')') : NULL;
        char state = 0;
        int ppid = 0;
        if (!behind || sscanf(behind, ") %c %d", &state, &ppid) != 2 || ppid != parent)
            continue;
        census.children++;
        census.zombies += state == 'Z';
    }
    closedir(proc);
    return census;
}

/* Returns how many children `status` knows, or -1 while something is under way. */
static int64_t count_known(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "status", NULL, false);
    const ph_value_t *watchers = ph_value_get(ph_message_body(reply), "watchers");
    int64_t known = 0;
    for (size_t i = 0; i < ph_value_size(watchers); i++) {
        const ph_value_t *processes = ph_value_get(ph_value_at(watchers, i), "processes");
        for (size_t k = 0; k < ph_value_size(processes); k++) {
            const ph_value_t *process = ph_value_at(processes, k);
            const char *state = ph_value_string(ph_value_get(process, "state"), "");
            if (strcmp(state, "stopping") == 0 || strcmp(state, "spawning") == 0)
                return -1;
            known += ph_value_get(process, "pid") != NULL;
        }
    }
    return known;
}

static void expect_agreement(daemon_t *daemon, size_t orphans_per_child)
{
    int64_t until_ms = ph_clock_ms() + SETTLE_MS;
    int64_t known = -1;
    struct census census = {0};
    while (ph_clock_ms() < until_ms) {
        known = count_known(daemon);
        census = count_children(daemon_pid(daemon));
        if (known >= 0 && known == count_known(daemon) && census.zombies == 0 &&
            census.children == (size_t)known * (1 + orphans_per_child))
            return;
    }
    cr_assert_fail("the daemon knows %ld children, the kernel %zu, %zu of them zombies",
                   (long)known, census.children, census.zombies);
}

Test(chaos, the_state_agrees_with_the_kernel_and_nothing_is_left, .timeout = 280)
{
    unsigned seed = (unsigned)setting("PLUGHOST_CHAOS_SEED", (long)getpid());
    long seconds = setting("PLUGHOST_CHAOS_SECONDS", 60);
    fprintf(stderr, "seed %u, %ld s\n", seed, seconds);
    ph_cleanup(ph_freep) char *configuration = make_configuration();
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(configuration);
    rage(daemon, seed, 2);
    daemon_do(daemon, "stop", NULL, true);
    expect_agreement(daemon, 0);
    size_t descriptors = process_descriptors(daemon_pid(daemon));
    long memory = process_number(daemon_pid(daemon), "RssAnon:");

    daemon_do(daemon, "start", NULL, false);
    rage(daemon, seed + CLIENTS, seconds);
    daemon_do(daemon, "stop", NULL, true);
    expect_agreement(daemon, 0);
    daemon_do(daemon, "start", "w0", true);
    expect_agreement(daemon, 0);
    daemon_do(daemon, "stop", NULL, true);
    cr_expect_eq(process_descriptors(daemon_pid(daemon)), descriptors);
    long after = process_number(daemon_pid(daemon), "RssAnon:");
    fprintf(stderr, "memory %ld kB before, %ld kB after\n", memory, after);
    if (!KEEPS_FREED_MEMORY)
        cr_expect_lt(after, memory + memory / 4 + 2048, "%ld kB, then %ld kB", memory, after);
}
