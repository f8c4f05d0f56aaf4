#include "session.h"

#include "peer.h"
#include "pid_watch.h"
#include "runner.h"
#include "tally.h"

#include <alloc.h>
#include <clock.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    RANDOM_BYTES = 16,
    WORD_BYTES = 2 * RANDOM_BYTES + 1,
    SILENCE_MAX_MS = 30000, /* of a plugin by hand */
};

struct session {
    sessions_t *owner;
    process_t *process; /* NULL: it runs by hand */
    char *name;
    char token[WORD_BYTES]; /* "" for one by hand */
    char word[WORD_BYTES];
    char **argv;
    int fd; /* what the child inherits; -1 once it has said hello */

    /* Of the connection: forgotten when it says hello on another. */
    struct peer peer; /* nobody before hello */
    bool is_trusted;
    bool is_ready;
    ph_message_t *hello; /* what it said of itself */
    methods_t *methods;
    struct tally tally;
    struct exchanges exchanges;
    int64_t missed;

    /* By hand. */
    struct pid_watch pid_watch;
    pid_t pid;
    struct watchdog silence;

    session_t *previous, *next; /* of all that said hello */
};

struct sessions {
    loop_t *loop;
    bus_t *bus;
    runner_t *runner;
    char *endpoint;
    char *pubsub;
    char **plugin_path;
    session_send_fn *send;
    void *arg;
    struct session_listener listener;
    session_t *first;
    zhashx_t *by_token; /* of session_t, borrowed: the processes hold them */
    zhashx_t *by_peer;  /* of session_t, of those that said hello */
};

static char **copy_words(char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    char **copy = ph_calloc(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = ph_strdup(words[i]);
    return copy;
}

sessions_t *sessions_new(const struct session_context *context, loop_t *loop, bus_t *bus,
                         session_send_fn *send, void *arg)
{
    sessions_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->bus = bus;
    self->runner = runner_new(context->bin);
    self->endpoint = ph_strdup(context->endpoint);
    self->pubsub = ph_strdup(context->pubsub);
    self->plugin_path = copy_words(context->plugin_path);
    self->send = send;
    self->arg = arg;
    self->by_token = zhashx_new();
    self->by_peer = peer_table_new();
    return self;
}

static void end_session(session_t *session, const char *cause);

void sessions_destroy(sessions_t **self_p)
{
    sessions_t *self = *self_p;
    if (!self)
        return;
    while (self->first)
        end_session(self->first, "the daemon ends");
    zhashx_destroy(&self->by_token);
    zhashx_destroy(&self->by_peer);
    words_destroy(&self->plugin_path);
    runner_destroy(&self->runner);
    free(self->endpoint);
    free(self->pubsub);
    free(self);
    *self_p = NULL;
}

void sessions_listen(sessions_t *self, const struct session_listener *listener)
{
    self->listener = *listener;
}

/* ---- making and ending one ---- */

static int make_word(char word[WORD_BYTES], struct ph_error *err)
{
    uint8_t random[RANDOM_BYTES];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return ph_error_sys(err, "could not get random numbers");
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(word + 2 * i, 3, "%02x", random[i]);
    return 0;
}

static session_t *make_session(sessions_t *owner, const char *name)
{
    session_t *session = ph_calloc(1, sizeof *session);
    session->owner = owner;
    session->name = ph_strdup(name);
    session->fd = -1;
    session->exchanges.timers = loop_timers(owner->loop);
    return session;
}

/* Forgets the connection, and all that belongs to it. */
static void lose_peer(session_t *session, const char *why)
{
    sessions_t *owner = session->owner;
    if (session->peer.size == 0)
        return;
    zhashx_delete(owner->by_peer, &session->peer);
    session->peer.size = 0;
    session->is_ready = false;
    if (session->previous)
        session->previous->next = session->next;
    else
        owner->first = session->next;
    if (session->next)
        session->next->previous = session->previous;
    exchanges_lose(&session->exchanges, why);
    if (owner->listener.on_end)
        owner->listener.on_end(owner->listener.arg, session);
    tally_release(&session->tally);
    methods_destroy(&session->methods);
    ph_message_destroy(&session->hello);
    session->missed = 0;
}

static void end_session(session_t *session, const char *cause)
{
    sessions_t *owner = session->owner;
    ph_cleanup(ph_freep) char *why = ph_format("it died: %s", cause ? cause : "it was killed");
    lose_peer(session, why);
    if (session->token[0])
        zhashx_delete(owner->by_token, session->token);
    pid_watch_stop(&session->pid_watch);
    if (session->silence.timers)
        watchdog_stop(&session->silence);
    ph_closep(&session->fd);
    words_destroy(&session->argv);
    free(session->name);
    free(session);
}

static void close_session(session_t **session_p, const char *cause)
{
    end_session(ph_steal(session_p), cause);
}

/* ---- before the spawn ---- */

static int inherit(session_t *session, struct ph_error *err)
{
    const sessions_t *owner = session->owner;
    const struct session_context context = {
        .endpoint = owner->endpoint, .pubsub = owner->pubsub, .plugin_path = owner->plugin_path};
    if (make_word(session->token, err) < 0)
        return -1;
    session->fd =
        inheritance_open(&context, process_options(session->process), session->token, err);
    return session->fd < 0 ? -1 : 0;
}

/* A PYTHONPATH of the watcher's own stays, behind ours. */
static void execute_runner(session_t *session, struct spawn_request *request)
{
    const struct watcher_options *options = process_options(session->process);
    const char *folder = runner_python_path(session->owner->runner, options->use);
    const char *before = watcher_options_variable(options, "PYTHONPATH");
    session->argv = runner_words(session->owner->runner, options->use, session->name);
    request->words = session->argv;
    request->plugin_fd = session->fd;
    if (folder)
        spawn_request_add_variable(request, ph_format("PYTHONPATH=%s%s%s", folder,
                                                      before ? ":" : "", before ? before : ""));
}

static session_t *open_session(void *arg, process_t *process, struct spawn_request *request,
                               struct ph_error *err)
{
    sessions_t *self = arg;
    session_t *session = make_session(self, inheritance_name(process_options(process)));
    session->process = process;
    session->is_trusted = true;
    if (inherit(session, err) < 0) {
        close_session(&session, NULL);
        return NULL;
    }
    zhashx_insert(self->by_token, session->token, session);
    execute_runner(session, request);
    return session;
}

static bool ask_to_stop(session_t *session)
{
    return session_cast(session, "stop", NULL);
}

void sessions_serve(sessions_t *self, struct process_host *host)
{
    host->open_session = open_session;
    host->ask_to_stop = ask_to_stop;
    host->close_session = close_session;
    host->session_arg = self;
}

/* ---- by hand ---- */

static void on_end_by_hand(void *arg)
{
    end_session(arg, "it has ended");
}

static void on_silence(void *arg)
{
    end_session(arg, "it was not heard of any more");
}

static session_t *open_by_hand(sessions_t *self, const struct session_hello *hello,
                               struct ph_error *err)
{
    session_t *session = sessions_find_by_hand(self, hello->name);
    if (session && session->pid == hello->pid)
        return session;
    if (session && !pid_watch_has_ended(&session->pid_watch)) {
        ph_error_set(err, PH_CONFLICT, "a plugin '%s' runs by hand already", hello->name);
        ph_error_hint(err, "give this one another name, or end the other");
        return NULL;
    }
    if (session)
        end_session(session, "it has ended");
    session = make_session(self, hello->name);
    session->pid = hello->pid;
    session->is_trusted = hello->is_trusted;
    session->silence =
        (struct watchdog){.timers = loop_timers(self->loop), .on_hang = on_silence, .arg = session};
    if (hello->pid > 0)
        pid_watch_start(&session->pid_watch, self->loop, hello->pid, on_end_by_hand, session);
    watchdog_start(&session->silence, SILENCE_MAX_MS);
    return session;
}

/* ---- hello ---- */

/* Keeps what people may see of it: not the token. */
static ph_message_t *copy_hello(const ph_value_t *properties)
{
    static const char *const keys[] = {"version", "summary", "sdk",     "pid",
                                       "handles", "options", "protocol"};
    ph_cleanup(ph_writer_destroy) ph_writer_t *copy = ph_writer_new();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (ph_value_get(properties, keys[i]))
            ph_writer_value(copy, keys[i], ph_value_get(properties, keys[i]));
    size_t size;
    const void *data = ph_writer_data(copy, &size);
    return ph_message_new(data, size, NULL);
}

static methods_t *read_methods(const struct session_hello *hello, bool is_trusted,
                               struct ph_error *err)
{
    const ph_value_t *list = ph_value_get(hello->properties, "methods");
    ph_cleanup(methods_destroy) methods_t *methods = methods_new();
    if (ph_value_size(list) > 0 && !is_trusted) {
        ph_error_set(err, PH_DENIED,
                     "a plugin without a token that runs as another user may not "
                     "offer methods");
        return NULL;
    }
    return methods_add_all(methods, list, err) < 0 ? NULL : ph_steal(&methods);
}

static session_t *find_or_make(sessions_t *self, const struct session_hello *hello,
                               struct ph_error *err)
{
    if (!hello->token)
        return open_by_hand(self, hello, err);
    session_t *session = sessions_find_token(self, hello->token);
    if (!session)
        ph_error_set(err, PH_DENIED, "the token belongs to no plugin that runs");
    return session;
}

static void attach(session_t *session, const struct session_hello *hello, methods_t *methods)
{
    sessions_t *owner = session->owner;
    lose_peer(session, "its connection broke");
    peer_set(&session->peer, hello->identity, hello->identity_size);
    session->hello = copy_hello(hello->properties);
    session->methods = methods;
    session->previous = NULL;
    session->next = owner->first;
    if (owner->first)
        owner->first->previous = session;
    owner->first = session;
    zhashx_insert(owner->by_peer, &session->peer, session);
    ph_closep(&session->fd); /* the plugin has read it */
}

session_t *sessions_hello(sessions_t *self, const struct session_hello *hello, struct ph_error *err)
{
    char word[WORD_BYTES];
    if (sessions_find_peer(self, hello->identity, hello->identity_size)) {
        ph_error_set(err, PH_DENIED, "this connection has said hello already");
        return NULL;
    }
    methods_t *methods = read_methods(hello, hello->token || hello->is_trusted, err);
    session_t *session =
        methods && make_word(word, err) == 0 ? find_or_make(self, hello, err) : NULL;
    if (!session) {
        methods_destroy(&methods);
        return NULL;
    }
    attach(session, hello, methods);
    memcpy(session->word, word, sizeof word);
    return session;
}

/* ---- finding one ---- */

session_t *sessions_find_token(const sessions_t *self, const char *token)
{
    return zhashx_lookup(self->by_token, token);
}

session_t *sessions_find_peer(const sessions_t *self, const void *identity, size_t size)
{
    struct peer peer;
    peer_set(&peer, identity, size);
    return zhashx_lookup(self->by_peer, &peer);
}

session_t *sessions_next_by_hand(const sessions_t *self, const session_t *previous)
{
    session_t *session = previous ? previous->next : self->first;
    while (session && session->process)
        session = session->next;
    return session;
}

session_t *sessions_find_by_hand(const sessions_t *self, const char *name)
{
    session_t *session = sessions_next_by_hand(self, NULL);
    while (session && strcasecmp(session->name, name) != 0)
        session = sessions_next_by_hand(self, session);
    return session;
}

/* ---- what comes from one ---- */

void sessions_take_reply(sessions_t *self, const void *identity, size_t size,
                         const ph_value_t *reply)
{
    session_t *session = sessions_find_peer(self, identity, size);
    if (!session)
        return;
    session_show_life(session);
    exchanges_take_reply(&session->exchanges, reply);
}

void session_show_life(session_t *self)
{
    if (self->process)
        process_show_life(self->process);
    else
        watchdog_show_life(&self->silence);
}

void session_take_heartbeat(session_t *self, int64_t busy_ms)
{
    if (self->process)
        process_take_heartbeat(self->process, busy_ms);
    else
        watchdog_take_heartbeat(&self->silence, busy_ms);
}

void session_set_ready(session_t *self)
{
    const struct session_listener *listener = &self->owner->listener;
    if (self->process)
        process_set_ready(self->process, "the plugin is ready");
    self->is_ready = true;
    if (listener->on_ready)
        listener->on_ready(listener->arg, self);
}

void session_set_missed(session_t *self, int64_t missed)
{
    self->missed = missed;
}

/* ---- events that it counts ---- */

int session_subscribe(session_t *self, const char *prefix, struct ph_error *err)
{
    return tally_add(&self->tally, prefix, err);
}

int session_unsubscribe(session_t *self, const char *prefix, struct ph_error *err)
{
    return tally_remove(&self->tally, prefix, err);
}

void session_mark(session_t *self)
{
    if (self->tally.count > 0)
        bus_publish_mark(self->owner->bus, self->word, self->tally.expected);
}

void sessions_count_event(void *arg, const char *topic, size_t size)
{
    sessions_t *self = arg;
    for (session_t *session = self->first; session; session = session->next)
        if (tally_count(&session->tally, topic, size))
            session_mark(session);
}

void session_write_subscriptions(const session_t *self, ph_writer_t *writer)
{
    for (size_t i = 0; i < self->tally.count; i++)
        ph_writer_string(writer, NULL, self->tally.prefixes[i].text);
}

/* ---- what is known of it ---- */

process_t *session_process(const session_t *self)
{
    return self->process;
}

const char *session_name(const session_t *self)
{
    return self->name;
}

const char *session_word(const session_t *self)
{
    return self->word;
}

bool session_is_trusted(const session_t *self)
{
    return self->is_trusted;
}

bool session_is_ready(const session_t *self)
{
    return self->is_ready;
}

int64_t session_missed(const session_t *self)
{
    return self->missed;
}

methods_t *session_methods(const session_t *self)
{
    return self->methods;
}

size_t session_pending(const session_t *self)
{
    return self->exchanges.count;
}

bool session_is_asked(const session_t *self, exchange_answer_fn *on_answer)
{
    const struct exchange *exchange = self->exchanges.first;
    while (exchange && exchange->on_answer != on_answer)
        exchange = exchange->next;
    return exchange != NULL;
}

const ph_value_t *session_described(const session_t *self, const char *key)
{
    return ph_value_get(ph_message_body(self->hello), key);
}

bool session_handles(const session_t *self, const char *request)
{
    const ph_value_t *handles = session_described(self, "handles");
    for (size_t i = 0; i < ph_value_size(handles); i++)
        if (strcmp(ph_value_string(ph_value_at(handles, i), ""), request) == 0)
            return true;
    return false;
}

/* ---- speaking to it ---- */

static void send_body(const session_t *self, const ph_writer_t *body)
{
    size_t size;
    const void *data = ph_writer_data(body, &size);
    self->owner->send(self->owner->arg, self->peer.bytes, self->peer.size, data, size);
}

static void write_properties(ph_writer_t *body, const ph_writer_t *properties)
{
    if (!properties)
        return;
    ph_writer_map(body, "properties");
    ph_writer_merge(body, properties);
    ph_writer_end(body);
}

bool session_cast(session_t *self, const char *command, const ph_writer_t *properties)
{
    if (self->peer.size == 0)
        return false;
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "command", command);
    ph_writer_string(body, "msg_type", "cast");
    write_properties(body, properties);
    send_body(self, body);
    return true;
}

void session_request(session_t *self, const char *command, const ph_writer_t *properties,
                     struct exchange *exchange, int64_t timeout_ms)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "command", command);
    ph_writer_int(body, "id", exchange_begin(&self->exchanges, exchange, timeout_ms));
    write_properties(body, properties);
    send_body(self, body);
}
