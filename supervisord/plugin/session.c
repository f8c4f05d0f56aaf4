#include "session.h"

#include <alloc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { TOKEN_BYTES = 16 };

struct session {
    sessions_t *owner;
    process_t *process;
    char token[2 * TOKEN_BYTES + 1];
    char *peer; /* routing id in hex digits; NULL before hello */
    void *identity;
    size_t identity_size;
    char *argv[3];
    int fd; /* what the child inherits */
};

struct sessions {
    char *runner;
    char *endpoint;
    char *pubsub;
    char **plugin_path;
    session_send_fn *send;
    void *arg;
    zhashx_t *by_token; /* of session_t, borrowed: the processes hold them */
    zhashx_t *by_peer;
};

static char *to_hex(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    char *text = ph_calloc(1, 2 * size + 1);
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

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

sessions_t *sessions_new(const struct session_context *context, session_send_fn *send, void *arg)
{
    sessions_t *self = ph_calloc(1, sizeof *self);
    self->runner = ph_strdup(context->runner);
    self->endpoint = ph_strdup(context->endpoint);
    self->pubsub = ph_strdup(context->pubsub);
    self->plugin_path = copy_words(context->plugin_path);
    self->send = send;
    self->arg = arg;
    self->by_token = zhashx_new();
    self->by_peer = zhashx_new();
    return self;
}

void sessions_destroy(sessions_t **self_p)
{
    sessions_t *self = *self_p;
    if (!self)
        return;
    zhashx_destroy(&self->by_token);
    zhashx_destroy(&self->by_peer);
    words_destroy(&self->plugin_path);
    free(self->runner);
    free(self->endpoint);
    free(self->pubsub);
    free(self);
    *self_p = NULL;
}

/* ---- before the spawn ---- */

static ph_writer_t *write_inheritance(const sessions_t *self, const session_t *session)
{
    const struct watcher_options *options = process_options(session->process);
    ph_writer_t *map = ph_writer_new();
    ph_writer_string(map, "name", session->argv[1]);
    ph_writer_string(map, "endpoint", self->endpoint);
    ph_writer_string(map, "pubsub", self->pubsub);
    ph_writer_string(map, "token", session->token);
    ph_writer_string(map, "module", options->use);
    ph_writer_array(map, "plugin_path");
    for (char **folder = self->plugin_path; *folder; folder++)
        ph_writer_string(map, NULL, *folder);
    ph_writer_end(map);
    ph_writer_map(map, "options");
    for (size_t i = 0; i < options->option.count; i++)
        ph_writer_string(map, options->option.items[i].key, options->option.items[i].value);
    ph_writer_end(map);
    return map;
}

/* Puts endpoints, token and options into memory that the child inherits: argv would show them to
 * everyone and could not hold every byte. */
static int open_inheritance(const sessions_t *self, const session_t *session, struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *map = write_inheritance(self, session);
    size_t size;
    const char *data = ph_writer_data(map, &size);
    ph_cleanup(ph_closep) int fd = memfd_create("plughost-plugin", MFD_CLOEXEC);
    if (fd < 0)
        return ph_error_sys(err, "could not prepare the plugin's options");
    for (size_t done = 0; done < size;) {
        ssize_t count = write(fd, data + done, size - done);
        if (count < 0 && errno != EINTR)
            return ph_error_sys(err, "could not prepare the plugin's options");
        done += count > 0 ? (size_t)count : 0;
    }
    return ph_steal_fd(&fd);
}

static void close_session(session_t **session_p)
{
    session_t *session = *session_p;
    zhashx_delete(session->owner->by_token, session->token);
    if (session->peer)
        zhashx_delete(session->owner->by_peer, session->peer);
    ph_closep(&session->fd);
    free(session->peer);
    free(session->identity);
    free(session);
    *session_p = NULL;
}

static int make_token(session_t *session, struct ph_error *err)
{
    uint8_t random[TOKEN_BYTES];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return ph_error_sys(err, "could not get random numbers");
    ph_cleanup(ph_freep) char *hex = to_hex(random, sizeof random);
    memcpy(session->token, hex, sizeof session->token);
    return 0;
}

static session_t *open_session(void *arg, process_t *process, struct spawn_request *request,
                               struct ph_error *err)
{
    sessions_t *self = arg;
    session_t *session = ph_calloc(1, sizeof *session);
    session->owner = self;
    session->process = process;
    session->argv[0] = self->runner;
    session->argv[1] = strchr(process_watcher_name(process), ':') + 1;
    session->fd = -1;
    if (make_token(session, err) < 0 || (session->fd = open_inheritance(self, session, err)) < 0) {
        close_session(&session);
        return NULL;
    }
    zhashx_insert(self->by_token, session->token, session);
    request->words = session->argv;
    request->plugin_fd = session->fd;
    return session;
}

/* ---- the open session ---- */

session_t *sessions_hello(sessions_t *self, const char *token, const void *identity, size_t size,
                          struct ph_error *err)
{
    session_t *session = sessions_find_token(self, token);
    if (!session || session->peer || sessions_find_peer(self, identity, size)) {
        ph_error_set(err, PH_DENIED, "the token belongs to no plugin that is being started");
        return NULL;
    }
    session->peer = to_hex(identity, size);
    session->identity = ph_calloc(1, size);
    memcpy(session->identity, identity, size);
    session->identity_size = size;
    zhashx_insert(self->by_peer, session->peer, session);
    ph_closep(&session->fd); /* the plugin has read it */
    return session;
}

session_t *sessions_find_token(const sessions_t *self, const char *token)
{
    return zhashx_lookup(self->by_token, token);
}

session_t *sessions_find_peer(const sessions_t *self, const void *identity, size_t size)
{
    ph_cleanup(ph_freep) char *peer = to_hex(identity, size);
    return zhashx_lookup(self->by_peer, peer);
}

process_t *session_process(const session_t *self)
{
    return self->process;
}

bool session_cast(session_t *self, const char *command)
{
    if (!self->peer)
        return false;
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "command", command);
    ph_writer_string(body, "msg_type", "cast");
    size_t size;
    const void *data = ph_writer_data(body, &size);
    self->owner->send(self->owner->arg, self->identity, self->identity_size, data, size);
    return true;
}

static bool ask_to_stop(session_t *session)
{
    return session_cast(session, "stop");
}

void sessions_serve(sessions_t *self, struct process_host *host)
{
    host->open_session = open_session;
    host->ask_to_stop = ask_to_stop;
    host->close_session = close_session;
    host->session_arg = self;
}
