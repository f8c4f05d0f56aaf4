/* Feeds what a daemon sends to a plugin that runs: answers, requests and events, in the order of
 * the input. The connection is this file's; everything else of the library is its own.
 *
 * The input is lines. "<{...}" is a message on the plugin's connection, "&{...}" one that comes
 * together with the one before it, "@TOPIC {...}" an event or
 * a mark; "!" is the loss of the connection, "~" a try to connect again in vain, and "?" its
 * return. Behind the end the daemon asks to stop, and is not there any more. A first line "#" has
 * the plugin take events in batches. */
#include <alloc.h>
#include <assert.h>
#include <connection.h>
#include <errno.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <wire/json.h>
#include <zmq.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the connection ---- */

static const char pubsub[] = "inproc://pubsub";
static const struct wire_limits limits = {.max_depth = 32, .max_values = 10000};

struct connection {
    void *context, *publisher, *sub;
    int news_fd; /* can always be read, so that nothing waits */
    bool is_lost, is_end_told, has_paused;
};

static struct connection the_connection;
static const char *at, *end; /* of the input */
static unsigned steps;

/* Looks at the next line, without its newline. Returns false at the end. */
static bool peek(const char **line, size_t *size)
{
    if (at >= end)
        return false;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    *line = at;
    *size = (size_t)((newline ? newline : end) - at);
    return true;
}

static void skip(size_t size)
{
    at += size + 1;
}

connection_t *connection_new(const char *endpoint, struct ph_error *err)
{
    (void)endpoint, (void)err;
    connection_t *self = &the_connection;
    *self = (connection_t){.context = zmq_ctx_new()};
    zmq_ctx_set(self->context, ZMQ_MAX_SOCKETS, 8);
    zmq_ctx_set(self->context, ZMQ_IO_THREADS, 0); /* all is within this process */
    self->publisher = zmq_socket(self->context, ZMQ_XPUB);
    int outcome = zmq_bind(self->publisher, pubsub);
    self->news_fd = eventfd(1, EFD_CLOEXEC);
    assert(outcome == 0 && self->news_fd >= 0);
    return self;
}

void connection_destroy(connection_t **self_p)
{
    connection_t *self = *self_p;
    if (!self)
        return;
    zmq_close(self->publisher);
    if (self->sub)
        zmq_close(self->sub);
    while (zmq_ctx_term(self->context) < 0 && errno == EINTR) /* libFuzzer has a timer */
        continue;
    close(self->news_fd);
    *self_p = NULL;
}

const char *connection_endpoint(const connection_t *self)
{
    (void)self;
    return "the fuzzer";
}

int connection_send(connection_t *self, const ph_writer_t *message, const char *what, int wait_ms,
                    struct ph_error *err)
{
    (void)self, (void)what, (void)wait_ms;
    size_t size;
    const void *data = ph_writer_data(message, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *sent = ph_message_new(data, size, err);
    assert(sent);
    return 0;
}

ph_message_t *connection_receive(connection_t *self)
{
    static const char stop[] = "{\"command\": \"stop\"}";
    const char *line;
    size_t size;
    if (!peek(&line, &size))
        return ++steps == 1 ? wire_decode_json(stop, sizeof stop - 1, &limits, NULL) : NULL;
    ph_message_t *message = NULL;
    self->has_paused = !self->has_paused && line[0] != '&';
    if (self->has_paused) /* the plugin acts on one message before it gets the next */
        return NULL;
    while (!message && peek(&line, &size) && size > 0 && strchr("<&", line[0])) {
        message = wire_decode_json(line + 1, size - 1, &limits, NULL);
        skip(size);
    }
    return message;
}

void connection_look(connection_t *self)
{
    (void)self;
}

void connection_note_news(connection_t *self)
{
    (void)self;
}

bool connection_is_lost(const connection_t *self)
{
    return self->is_lost;
}

/* Nobody is there any more, which is told again at each look, as ZeroMQ tells of tries in vain. */
static enum connection_news end_of_news(connection_t *self)
{
    if (steps == 0)
        return CONNECTION_NO_NEWS;
    if (!self->is_lost) {
        self->is_lost = true;
        return CONNECTION_LOST;
    }
    self->is_end_told = !self->is_end_told;
    return self->is_end_told ? CONNECTION_NOT_YET : CONNECTION_NO_NEWS;
}

enum connection_news connection_next_news(connection_t *self)
{
    const char *line;
    size_t size;
    if (!peek(&line, &size))
        return end_of_news(self);
    if (size == 0 || !strchr("!?~", line[0]))
        return CONNECTION_NO_NEWS;
    skip(size);
    if (line[0] == '~')
        return self->is_lost ? CONNECTION_NOT_YET : CONNECTION_NO_NEWS;
    self->is_lost = line[0] == '!';
    return self->is_lost ? CONNECTION_LOST : CONNECTION_BACK;
}

int connection_probe(const connection_t *self, struct ph_error *err)
{
    (void)self;
    return at < end ? 0 : ph_error_set(err, PH_UNAVAILABLE, "the input is at its end");
}

void *connection_open_sub(connection_t *self, const char *address, struct ph_error *err)
{
    (void)address;
    self->sub = zmq_socket(self->context, ZMQ_SUB);
    if (zmq_connect(self->sub, pubsub) == 0)
        return self->sub;
    ph_error_set(err, PH_INVALID, "cannot connect");
    return NULL;
}

static void publish(const connection_t *self, const char *topic, size_t topic_size,
                    const void *body, size_t size)
{
    zmq_send(self->publisher, topic, topic_size, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(self->publisher, body, size, ZMQ_DONTWAIT);
}

/* Confirms subscriptions by their marker, as the daemon does. */
static void confirm(const connection_t *self)
{
    static const char prefix[] = "\1plughost.sync.";
    char topic[128];
    for (int size; (size = zmq_recv(self->publisher, topic, sizeof topic, ZMQ_DONTWAIT)) >= 0;)
        if (size >= (int)sizeof prefix && size <= (int)sizeof topic &&
            memcmp(topic, prefix, sizeof prefix - 1) == 0)
            publish(self, topic + 1, (size_t)size - 1, "\x80", 1);
}

static void publish_line(const connection_t *self, const char *line, size_t size)
{
    const char *blank = memchr(line, ' ', size);
    if (!blank)
        return;
    size_t topic_size = (size_t)(blank - line);
    ph_cleanup(ph_writer_destroy) ph_writer_t *body =
        wire_pack_json(blank + 1, size - topic_size - 1, &limits, NULL);
    size_t body_size = size - topic_size - 1;
    const void *data = body ? ph_writer_data(body, &body_size) : blank + 1;
    publish(self, line, topic_size, data, body_size);
}

/* Publishes what is next, or passes over what is nothing. */
static void go_on(const connection_t *self)
{
    const char *line;
    size_t size;
    confirm(self);
    if (!peek(&line, &size) || (size > 0 && strchr("<&!?~", line[0])))
        return;
    if (size > 0 && line[0] == '@')
        publish_line(self, line + 1, size - 1);
    skip(size);
}

void connection_wait(connection_t *self, int64_t deadline)
{
    (void)deadline;
    go_on(self);
}

/* It is asked for before each wait for an event. */
void connection_fds(const connection_t *self, int fds[CONNECTION_FDS])
{
    fds[CONNECTION_MESSAGES] = self->news_fd;
    fds[CONNECTION_NEWS] = self->news_fd;
    go_on(self);
}

bool connection_is_drained(const connection_t *self)
{
    (void)self;
    return true;
}

/* ---- the plugin ---- */

static ph_deferred_t *deferred;

static int handle_init(ph_plugin_t *plugin, struct ph_error *err)
{
    (void)err;
    assert(ph_plugin_name(plugin)[0]);
    return 0;
}

static void handle_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    (void)plugin;
    assert(ph_value_type(ph_event_body(event)) == PH_MAP);
    assert(strlen(ph_event_watcher(event)) <= strlen(ph_event_topic(event)));
}

static void handle_batch(ph_plugin_t *plugin, const ph_event_t *const *events, size_t count)
{
    assert(count > 0);
    for (size_t i = 0; i < count; i++)
        handle_recv(plugin, events[i]);
}

static void handle_gap(ph_plugin_t *plugin, const struct ph_gap *gap)
{
    (void)plugin;
    assert(gap->is_new_epoch || gap->missed > 0 || gap->to >= gap->from);
}

static int handle_reconfigure(ph_plugin_t *plugin, struct ph_error *err)
{
    const char *mode = ph_plugin_option(plugin, "mode", "");
    if (strcmp(mode, "bad") == 0)
        return ph_error_set(err, PH_INVALID, "it is bad");
    return strcmp(mode, "worse") == 0 ? -1 : 0;
}

static void handle_stop(ph_plugin_t *plugin)
{
    struct ph_error reason;
    (void)plugin;
    ph_error_set(&reason, PH_UNAVAILABLE, "it ends");
    if (deferred)
        ph_deferred_refuse(&deferred, &reason);
}

static int echo(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                struct ph_error *err)
{
    (void)err;
    assert(ph_value_type(args) == PH_MAP);
    ph_writer_value(result, "args", args);
    ph_writer_string(result, "trace", ph_plugin_trace(plugin));
    return 0;
}

static int fail(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                struct ph_error *err)
{
    (void)plugin, (void)result;
    bool is_told = ph_value_get(args, "why");
    return is_told ? ph_error_set(err, PH_BUSY, "it is told to") : -1;
}

/* One answer at a time is deferred; the next gives the one before. */
static int defer(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                 struct ph_error *err)
{
    (void)args, (void)result, (void)err;
    if (deferred) {
        (void)ph_deferred_is_cancelled(deferred);
        ph_deferred_answer(&deferred, NULL);
    }
    deferred = ph_plugin_defer(plugin);
    assert(deferred && !ph_plugin_defer(plugin));
    return 0;
}

/* Asks the daemon while it is asked itself. */
static int ask(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
               struct ph_error *err)
{
    (void)args;
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_plugin_call(plugin, "status", NULL, 1000, err);
    if (!reply)
        return -1;
    ph_writer_value(result, "status", ph_message_body(reply));
    return 0;
}

static int subscribe(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                     struct ph_error *err)
{
    (void)result;
    const char *prefix = ph_value_string(ph_value_get(args, "prefix"), "watcher.web.");
    if (ph_plugin_subscribe(plugin, prefix, err) < 0)
        return -1;
    return ph_value_get(args, "briefly") ? ph_plugin_unsubscribe(plugin, prefix, err) : 0;
}

static void run_plugin(bool is_batch, int batch_age_ms)
{
    static const char *const topics[] = {"watcher.", "log.", "watcher.", NULL};
    static const char *const choices[] = {"good", "bad", "worse", NULL};
    static const struct ph_method methods[] = {
        {.name = "echo", .handle = echo},           {.name = "fail", .handle = fail},
        {.name = "defer", .handle = defer},         {.name = "ask", .handle = ask},
        {.name = "subscribe", .handle = subscribe}, {.name = NULL}};
    static const struct ph_option options[] = {
        {.name = "mode", .type = PH_OPTION_CHOICE, .choices = choices},
        {.name = "count", .type = PH_OPTION_INT, .min = 0, .max = 9},
        {.name = NULL}};
    struct ph_plugin_module module = {.abi = PH_PLUGIN_ABI,
                                      .size = sizeof module,
                                      .version = "1",
                                      .summary = "is fuzzed",
                                      .topics = topics,
                                      .methods = methods,
                                      .options = options,
                                      .handle_init = handle_init,
                                      .handle_gap = handle_gap,
                                      .handle_reconfigure = handle_reconfigure,
                                      .handle_stop = handle_stop,
                                      .batch_max = 3};
    const struct ph_plugin_settings settings = {.name = "fuzz", .token = "t"};
    struct ph_error err = {0};
    if (is_batch) {
        module.handle_batch = handle_batch;
        module.batch_age_ms = batch_age_ms;
    } else
        module.handle_recv = handle_recv;
    int outcome = ph_plugin_run(&module, &settings, &err);
    assert(outcome == 0 || err.message[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    at = (const char *)data;
    end = at + size;
    steps = 0;
    run_plugin(size > 0 && data[0] == '#', size > 1 && data[1] == '1');
    struct ph_error reason = {0};
    if (deferred) /* whoever ends without handle_stop has it still */
        ph_deferred_refuse(&deferred, &reason);
    return 0;
}
