#include "sessions.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

struct sessions {
    struct session_host host;
    runner_t *runner;
    char *endpoint;
    char *pubsub;
    char **plugin_path;
    session_t **open; /* in the order of their hellos */
    size_t count;
    zhashx_t *by_token; /* of session_t, borrowed: the processes hold them */
    zhashx_t *by_peer;  /* of session_t, those that are open */
};

sessions_t *sessions_new(const struct session_context *context, loop_t *loop, bus_t *bus,
                         session_send_fn *send, void *arg)
{
    sessions_t *self = ph_calloc(1, sizeof *self);
    self->host =
        (struct session_host){.owner = self, .loop = loop, .bus = bus, .send = send, .arg = arg};
    self->runner = runner_new(context->bin);
    self->endpoint = ph_strdup(context->endpoint);
    self->pubsub = ph_strdup(context->pubsub);
    words_append(&self->plugin_path, context->plugin_path);
    self->by_token = zhashx_new();
    self->by_peer = peer_table_new();
    return self;
}

static void end_session(sessions_t *self, session_t *session, const char *cause);

void sessions_destroy(sessions_t **self_p)
{
    sessions_t *self = *self_p;
    if (!self)
        return;
    while (self->count > 0)
        end_session(self, self->open[0], "the daemon ends");
    free(self->open);
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
    self->host.listener = *listener;
}

/* ---- the end of one ---- */

static size_t place_of(const sessions_t *self, const session_t *session)
{
    size_t place = 0;
    while (place < self->count && self->open[place] != session)
        place++;
    return place;
}

/* Forgets the connection, and all that belongs to it. */
static void lose_peer(sessions_t *self, session_t *session, const char *why)
{
    struct peer *peer = session_peer(session);
    if (peer->size == 0)
        return;
    zhashx_delete(self->by_peer, peer);
    size_t place = place_of(self, session);
    memmove(&self->open[place], &self->open[place + 1],
            (--self->count - place) * sizeof(session_t *));
    session_detach(session, why);
}

static void end_session(sessions_t *self, session_t *session, const char *cause)
{
    ph_cleanup(ph_freep) char *why = ph_format("it died: %s", cause ? cause : "it was killed");
    lose_peer(self, session, why);
    if (self->host.listener.on_end)
        self->host.listener.on_end(self->host.listener.arg, session);
    if (session_spawned(session)->token[0])
        zhashx_delete(self->by_token, session_spawned(session)->token);
    session_destroy(&session);
}

/* ---- spawned plugins ---- */

static session_t *open_session(void *arg, process_t *process, struct spawn_request *request,
                               struct ph_error *err)
{
    sessions_t *self = arg;
    const struct session_context context = {
        .endpoint = self->endpoint, .pubsub = self->pubsub, .plugin_path = self->plugin_path};
    const struct watcher_options *options = process_options(process);
    ph_cleanup(session_destroy) session_t *session =
        session_new(&self->host, inheritance_name(options), process);
    struct spawned *spawned = session_spawned(session);
    if (spawned_prepare(spawned, &context, self->runner, options, request, err) < 0)
        return NULL;
    zhashx_insert(self->by_token, spawned->token, session);
    return ph_steal(&session);
}

static bool ask_to_stop(session_t *session)
{
    return session_cast(session, "stop", NULL);
}

static void close_session(session_t **session_p, const char *cause)
{
    session_t *session = ph_steal(session_p);
    end_session(session_owner(session), session, cause);
}

void sessions_serve(sessions_t *self, struct process_host *host)
{
    host->open_session = open_session;
    host->ask_to_stop = ask_to_stop;
    host->close_session = close_session;
    host->session_arg = self;
}

/* ---- plugins by hand ---- */

static void on_end_by_hand(void *arg, const char *why)
{
    session_t *session = arg;
    end_session(session_owner(session), session, why);
}

static int check_room(const sessions_t *self, bool is_trusted, struct ph_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += !session_process(self->open[i]) && session_is_trusted(self->open[i]) == is_trusted;
    if (count < SESSIONS_MAX_BY_HAND)
        return 0;
    ph_error_set(err, PH_BUSY, "%d plugins%s run by hand already", SESSIONS_MAX_BY_HAND,
                 is_trusted ? "" : " without the rights of the daemon's user");
    return ph_error_hint(err, "end one of them, or have the daemon run some: [plugin:NAME]");
}

static session_t *begin_by_hand(sessions_t *self, const struct session_hello *hello,
                                struct ph_error *err)
{
    if (check_room(self, hello->is_trusted, err) < 0)
        return NULL;
    ph_cleanup(session_destroy) session_t *session = session_new(&self->host, hello->name, NULL);
    struct by_hand *by_hand = session_by_hand(session);
    *by_hand = (struct by_hand){.on_end = on_end_by_hand, .arg = session};
    if (by_hand_begin(by_hand, self->host.loop, hello->pid) == 0)
        return ph_steal(&session);
    ph_error_set(err, PH_UNAVAILABLE, "the process of plugin '%s' has ended", hello->name);
    return NULL;
}

static session_t *open_by_hand(sessions_t *self, const struct session_hello *hello,
                               struct ph_error *err)
{
    session_t *session = sessions_find_by_hand(self, hello->name);
    bool is_same = session && hello->pid > 0 && session_by_hand(session)->pid == hello->pid;
    bool is_in_the_way = session && !session_is_trusted(session) && hello->is_trusted;
    if (is_same)
        return session;
    if (session && !is_in_the_way && !by_hand_has_ended(session_by_hand(session))) {
        ph_error_set(err, PH_CONFLICT, "a plugin '%s' runs by hand already", hello->name);
        ph_error_hint(err, "give this one another name, or end the other");
        return NULL;
    }
    if (session)
        end_session(self, session,
                    is_in_the_way ? "one with more rights has its name now" : "it has ended");
    return begin_by_hand(self, hello, err);
}

/* ---- hello ---- */

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

static description_t *read_description(const struct session_hello *hello, bool is_trusted,
                                       struct ph_error *err)
{
    ph_cleanup(methods_destroy) methods_t *methods = read_methods(hello, is_trusted, err);
    return methods ? description_new(hello->properties, &methods, err) : NULL;
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

static void attach(sessions_t *self, session_t *session)
{
    self->open = ph_realloc_array(self->open, self->count + 1, sizeof(session_t *));
    self->open[self->count++] = session;
    zhashx_insert(self->by_peer, session_peer(session), session);
}

session_t *sessions_hello(sessions_t *self, const struct session_hello *hello, struct ph_error *err)
{
    char word[SECRET_SIZE];
    if (sessions_find_peer(self, hello->identity, hello->identity_size)) {
        ph_error_set(err, PH_DENIED, "this connection has said hello already");
        return NULL;
    }
    ph_cleanup(description_destroy) description_t *description =
        read_description(hello, hello->token || hello->is_trusted, err);
    session_t *session =
        description && secret_make(word, err) == 0 ? find_or_make(self, hello, err) : NULL;
    if (!session)
        return NULL;
    lose_peer(self, session, "its connection broke");
    session_attach(session, hello, &description, word);
    attach(self, session);
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
    size_t place = previous ? place_of(self, previous) + 1 : 0;
    while (place < self->count && session_process(self->open[place]))
        place++;
    return place < self->count ? self->open[place] : NULL;
}

session_t *sessions_find_by_hand(const sessions_t *self, const char *name)
{
    session_t *session = sessions_next_by_hand(self, NULL);
    while (session && strcasecmp(session_name(session), name) != 0)
        session = sessions_next_by_hand(self, session);
    return session;
}

/* ---- what comes from one, and to all ---- */

void sessions_take_reply(sessions_t *self, const void *identity, size_t size,
                         const ph_value_t *reply)
{
    session_t *session = sessions_find_peer(self, identity, size);
    if (session)
        session_take_reply(session, reply);
}

void sessions_count_event(void *arg, const char *topic, size_t size)
{
    const sessions_t *self = arg;
    for (size_t i = 0; i < self->count; i++)
        session_count_event(self->open[i], topic, size);
}
