/* Feeds conversations to a daemon that starts no process: what plugins and others send to its
 * endpoint, and what Circus's clients send to theirs, in the order of the input.
 *
 * The input is lines of a letter, which is the connection, and a body. '0' to '9' are connections
 * to the daemon's own endpoint: '0' to '4' belong to its user, '5' to '7' to another one, of '8'
 * and '9' the kernel tells nothing. 'a' to 'd' are Circus's clients. The plugin "spawned" has the
 * token "secret-1", and secrets that the daemon makes count up from there. */
#include <alloc.h>
#include <assert.h>
#include <circus/dialect.h>
#include <commands.h>
#include <control/command.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <wire/json.h>

enum { OWN = 10, CIRCUS = 4, CONNECTIONS = OWN + CIRCUS, MESSAGES_MAX = 64, TICKS = 3 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] = "[plughost]\n"
                           "run_dir = %s\n"
                           "[watcher:web]\n"
                           "cmd = sleep 1000\n"
                           "numprocesses = 2\n"
                           "label.team = fuzz\n"
                           "[watcher:single]\n"
                           "cmd = sleep 1000\n"
                           "singleton = yes\n"
                           "[plugin:spawned]\n"
                           "use = module\n"
                           "publish = event.shared. event.one\n"
                           "greeting = hello\n";

static const char *sender; /* of what arrives now, as libzmq says */
static unsigned secrets;

/* ---- what the daemon asks the world for ---- */

__attribute__((visibility("default"))) /* CZMQ has it, too */
const char *
__wrap_zmq_msg_gets(zmq_msg_t *message, const char *property);
int __wrap_secret_make(char secret[SECRET_SIZE], struct ph_error *err);
void __real_command_run(void *arg, request_t *request);
void __wrap_command_run(void *arg, request_t *request);

/* The kernel's word on who is at the other end. */
const char *__wrap_zmq_msg_gets(zmq_msg_t *message, const char *property)
{
    (void)message, (void)property;
    return sender;
}

int __wrap_secret_make(char secret[SECRET_SIZE], struct ph_error *err)
{
    (void)err;
    snprintf(secret, SECRET_SIZE, "secret-%u", ++secrets);
    return 0;
}

/* What would start or signal a process, write a file or end the daemon stops here: it has been read
 * and checked as far as it is when it comes from Circus. */
static bool is_harmless(const char *name)
{
    static const enum command_id ids[] = {
        COMMAND_PING,    COMMAND_VERSION, COMMAND_LIST,          COMMAND_STATUS,      COMMAND_WHY,
        COMMAND_LOGS,    COMMAND_STATS,   COMMAND_NUMPROCESSES,  COMMAND_NUMWATCHERS, COMMAND_GET,
        COMMAND_OPTIONS, COMMAND_INVOKE,  COMMAND_GLOBALOPTIONS, COMMAND_LISTSOCKETS, COMMAND_HELP,
        COMMAND_PUBLISH, COMMAND_METHODS, COMMAND_DESCRIBE,      COMMAND_METRICS,     COMMAND_STOP,
    };
    const struct command_info *info = command_info_find(name);
    bool is_listed = !info || info->flags & COMMAND_PLUGIN;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        is_listed |= info == &command_infos[ids[i]];
    return is_listed;
}

void __wrap_command_run(void *arg, request_t *request)
{
    struct ph_error err;
    if (is_harmless(request_command(request))) {
        __real_command_run(arg, request);
        return;
    }
    ph_cleanup(ph_freep) char *properties = ph_value_to_json(request_properties(request));
    ph_error_set(&err, PH_DENIED, "not here: %.100s", properties);
    endpoint_refuse(supervisor_endpoint(arg), &request, &err);
}

/* ---- the daemon ---- */

struct fuzzed {
    struct configuration configuration;
    supervisor_t *supervisor;
    loop_t *loop;
    process_t *process; /* of the plugin with the token, which never runs */
    struct process_owner owner;
    session_t *session;
    zsock_t *connections[CONNECTIONS]; /* NULL until something is sent there */
    struct loop_watch watch; /* can always be read: called once in each round of the loop */
    unsigned tick, messages;
    const char *at, *end; /* of the input */
};

static char folder[] = "/tmp/fuzz-endpoint-XXXXXX";

static void remove_folder(void)
{
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    zsys_handler_set(NULL);
    char *made = mkdtemp(folder);
    assert(made);
    atexit(remove_folder);
    return 0;
}

/* Endpoints within this process, each time others: libzmq gives a name free a little later. */
static void set_address(char **address, const char *name)
{
    static unsigned count;
    free(*address);
    *address = ph_format("inproc://%s-%u", name, count++);
}

static void read_configuration(struct configuration *self)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(ph_freep) char *made = ph_format(text, folder);
    int outcome = configuration_parse(self, made, strlen(made), &problems);
    assert(outcome == 0);
    set_address(&self->settings.endpoint, "own");
    set_address(&self->settings.pubsub_endpoint, "pubsub");
    set_address(&self->settings.circus_endpoint, "circus");
    set_address(&self->settings.circus_pubsub_endpoint, "circus-pubsub");
}

static void prepare_plugin(struct fuzzed *self)
{
    struct ph_error err;
    struct spawn_request request = SPAWN_REQUEST_INIT;
    const struct process_host *host = supervisor_host(self->supervisor);
    watcher_t *watcher =
        watchers_find(supervisor_watchers(self->supervisor), "plugin:spawned", &err);
    assert(watcher);
    self->owner = (struct process_owner){.host = host, .options = watcher_options(watcher)};
    self->process = process_new(&self->owner, 1);
    self->session = host->open_session(host->session_arg, self->process, &request, &err);
    assert(self->session);
    spawn_request_release(&request);
}

static void on_tick(void *arg);

static void start(struct fuzzed *self)
{
    struct ph_error err = {0};
    const struct settings *settings = &self->configuration.settings;
    secrets = 0;
    read_configuration(&self->configuration);
    self->supervisor = supervisor_new(&self->configuration, NULL, __wrap_command_run, &err);
    assert(self->supervisor);
    int outcome = supervisor_serve_circus(self->supervisor, settings, &circus_dialect, &err);
    assert(outcome == 0);
    self->loop = supervisor_host(self->supervisor)->loop;
    self->watch = (struct loop_watch){on_tick, self, eventfd(1, EFD_CLOEXEC)};
    outcome = loop_watch(self->loop, &self->watch, &err);
    assert(outcome == 0);
    prepare_plugin(self);
}

static void end(struct fuzzed *self)
{
    loop_unwatch(self->loop, &self->watch);
    close(self->watch.fd);
    supervisor_host(self->supervisor)->close_session(&self->session, "it ended");
    process_destroy(&self->process);
    supervisor_destroy(&self->supervisor);
    configuration_release(&self->configuration);
    for (int i = 0; i < CONNECTIONS; i++)
        zsock_destroy(&self->connections[i]);
}

/* ---- the conversation ---- */

static zsock_t *connection(struct fuzzed *self, int number)
{
    const struct settings *settings = &self->configuration.settings;
    const char *address = number < OWN ? settings->endpoint : settings->circus_endpoint;
    zsock_t **socket = &self->connections[number];
    if (*socket)
        return *socket;
    char identity[] = {'c', (char)('0' + number), '\0'};
    *socket = zsock_new(ZMQ_DEALER);
    zsock_set_identity(*socket, identity);
    zsock_set_linger(*socket, 0);
    int outcome = zmq_connect(zsock_resolve(*socket), address);
    assert(outcome == 0);
    return *socket;
}

static void choose_sender(int number)
{
    static char ours[64], parents[64];
    snprintf(ours, sizeof ours, "localhost:%u:0:%d", (unsigned)geteuid(), (int)getpid());
    snprintf(parents, sizeof parents, "localhost:%u:0:%d", (unsigned)geteuid(), (int)getppid());
    if (number < 5)
        sender = number < 2 ? ours : parents;
    else
        sender = number < 8 ? "localhost:65534:0:1" : NULL;
}

static int number_of(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    return letter >= 'a' && letter < 'a' + CIRCUS ? OWN + letter - 'a' : -1;
}

/* Sends the next line. Returns false at the end. */
static bool send_next(struct fuzzed *self)
{
    if (self->at >= self->end || ++self->messages > MESSAGES_MAX)
        return false;
    const char *line = self->at;
    const char *newline = memchr(line, '\n', (size_t)(self->end - line));
    const char *line_end = newline ? newline : self->end;
    int number = number_of(*line);
    self->at = line_end + 1;
    if (number < 0 || line == line_end)
        return true;
    choose_sender(number);
    zmq_send(zsock_resolve(connection(self, number)), line + 1, (size_t)(line_end - line - 1),
             ZMQ_DONTWAIT);
    return true;
}

/* All that comes is a map. */
static void check_body(const char *bytes, size_t size)
{
    static const struct wire_limits limits = {.max_depth = 64, .max_values = 1000000};
    struct ph_error err;
    bool is_json = size > 0 && bytes[0] == '{';
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        is_json ? wire_decode_json(bytes, size, &limits, &err) : ph_message_new(bytes, size, &err);
    assert(message);
}

static void receive(zsock_t *socket)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, zsock_resolve(socket), ZMQ_DONTWAIT) >= 0)
        if (!zmq_msg_more(&frame)) /* before the body stands what stood before the request's */
            check_body(zmq_msg_data(&frame), zmq_msg_size(&frame));
    zmq_msg_close(&frame);
}

/* A message has arrived and is answered within a few rounds of the loop. */
static void on_tick(void *arg)
{
    struct fuzzed *self = arg;
    if (self->tick++ % TICKS == 0 && !send_next(self)) {
        loop_end(self->loop);
        return;
    }
    for (int i = 0; i < CONNECTIONS; i++)
        if (self->connections[i])
            receive(self->connections[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzzed fuzzed = {.at = (const char *)data, .end = (const char *)data + size};
    start(&fuzzed);
    loop_run(fuzzed.loop);
    end(&fuzzed);
    return 0;
}
