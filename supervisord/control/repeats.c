#include "repeats.h"

#include <alloc.h>
#include <clock.h>
#include <stdlib.h>
#include <string.h>

struct client;

/* One request of a client. */
struct entry {
    struct client *client;
    int64_t id;
    request_t *request; /* NULL: it was answered */
    void *body;         /* of the answer; NULL: none yet, or it was too large to keep */
    size_t size;
    struct entry *next;          /* of the client */
    struct entry *older, *newer; /* of all that were answered */
};

/* It goes with the last of its entries. */
struct client {
    char *word;
    int64_t used_ms; /* when it was heard of last */
    struct entry *first;
    struct client *older, *newer;
};

struct repeats {
    zhashx_t *by_word; /* of struct client, borrowed */
    struct client *oldest, *newest;
    struct entry *oldest_answer, *newest_answer;
    size_t count; /* of entries */
    size_t bytes; /* of answers */
};

repeats_t *repeats_new(void)
{
    repeats_t *self = ph_calloc(1, sizeof *self);
    self->by_word = zhashx_new();
    return self;
}

/* ---- the lists ---- */

static void unlink_client(repeats_t *self, struct client *client)
{
    if (client->older)
        client->older->newer = client->newer;
    else
        self->oldest = client->newer;
    if (client->newer)
        client->newer->older = client->older;
    else
        self->newest = client->older;
}

static void link_newest(repeats_t *self, struct client *client)
{
    client->older = self->newest;
    client->newer = NULL;
    *(self->newest ? &self->newest->newer : &self->oldest) = client;
    self->newest = client;
    client->used_ms = ph_clock_ms();
}

/* It was heard of. */
static void renew(repeats_t *self, struct client *client)
{
    unlink_client(self, client);
    link_newest(self, client);
}

static void unlink_answer(repeats_t *self, struct entry *entry)
{
    *(entry->older ? &entry->older->newer : &self->oldest_answer) = entry->newer;
    *(entry->newer ? &entry->newer->older : &self->newest_answer) = entry->older;
    self->bytes -= entry->size;
}

static void link_newest_answer(repeats_t *self, struct entry *entry)
{
    entry->older = self->newest_answer;
    entry->newer = NULL;
    *(self->newest_answer ? &self->newest_answer->newer : &self->oldest_answer) = entry;
    self->newest_answer = entry;
    self->bytes += entry->size;
}

/* ---- forgetting ---- */

static void drop_entry(repeats_t *self, struct entry **link)
{
    struct entry *entry = *link;
    *link = entry->next;
    self->count--;
    if (!entry->request)
        unlink_answer(self, entry);
    free(entry->body);
    free(entry);
}

static void drop_client(repeats_t *self, struct client *client)
{
    while (client->first)
        drop_entry(self, &client->first);
    unlink_client(self, client);
    zhashx_delete(self->by_word, client->word);
    free(client->word);
    free(client);
}

void repeats_destroy(repeats_t **self_p)
{
    repeats_t *self = *self_p;
    if (!self)
        return;
    for (struct client *client = self->oldest, *next; client; client = next) {
        next = client->newer;
        drop_client(self, client);
    }
    zhashx_destroy(&self->by_word);
    free(self);
    *self_p = NULL;
}

/* Forgets the answers up to this id: the client has them, or will not ask for them any more. */
static void drop_answered(repeats_t *self, struct client *client, int64_t answered)
{
    for (struct entry **link = &client->first; *link;) {
        if ((*link)->id <= answered && !(*link)->request)
            drop_entry(self, link);
        else
            link = &(*link)->next;
    }
}

static void drop_oldest_answer(repeats_t *self)
{
    struct client *client = self->oldest_answer->client;
    struct entry **link = &client->first;
    while (*link != self->oldest_answer)
        link = &(*link)->next;
    drop_entry(self, link);
    if (!client->first)
        drop_client(self, client);
}

/* What is under way stays: its request would be lost to whoever asks again. */
static void make_room(repeats_t *self)
{
    while (self->oldest_answer &&
           (self->count > REPEATS_MAX || self->bytes > REPEATS_MAX_TOTAL_BYTES))
        drop_oldest_answer(self);
}

/* Forgets the answers to those that were not heard of for long. */
static void drop_silent(repeats_t *self)
{
    int64_t since_ms = ph_clock_ms() - REPEATS_KEEP_MS;
    for (struct client *client = self->oldest, *next; client && client->used_ms < since_ms;
         client = next) {
        next = client->newer;
        drop_answered(self, client, INT64_MAX);
        if (client->first)
            renew(self, client); /* something is under way */
        else
            drop_client(self, client);
    }
}

/* ---- remembering ---- */

static struct client *touch_client(repeats_t *self, const char *word)
{
    struct client *client = zhashx_lookup(self->by_word, word);
    if (client) {
        renew(self, client);
        return client;
    }
    client = ph_calloc(1, sizeof *client);
    client->word = ph_strdup(word);
    zhashx_insert(self->by_word, word, client);
    link_newest(self, client);
    return client;
}

static struct entry *find_entry(const struct client *client, int64_t id)
{
    struct entry *entry = client->first;
    while (entry && entry->id != id)
        entry = entry->next;
    return entry;
}

static enum repeat_kind begin(repeats_t *self, struct client *client, request_t *request)
{
    struct entry *entry = ph_calloc(1, sizeof *entry);
    entry->client = client;
    entry->id = request_id(request);
    entry->request = request;
    entry->next = client->first;
    client->first = entry;
    self->count++;
    make_room(self);
    return REPEAT_NEW;
}

enum repeat_kind repeats_look(repeats_t *self, request_t *request, const void **body, size_t *size)
{
    drop_silent(self);
    struct client *client = touch_client(self, request_client(request));
    drop_answered(self, client, request_answered(request));
    struct entry *entry = find_entry(client, request_id(request));
    if (!entry)
        return begin(self, client, request);
    if (entry->request) {
        request_redirect(entry->request, request);
        return REPEAT_UNDER_WAY;
    }
    *body = entry->body;
    *size = entry->size;
    return REPEAT_ANSWERED;
}

void repeats_keep(repeats_t *self, const request_t *request, const void *body, size_t size)
{
    const struct client *client = zhashx_lookup(self->by_word, request_client(request));
    struct entry *entry = client ? find_entry(client, request_id(request)) : NULL;
    if (!entry || entry->request != request)
        return;
    entry->request = NULL;
    if (size <= REPEATS_MAX_BYTES) {
        entry->body = ph_calloc(1, size);
        memcpy(entry->body, body, size);
        entry->size = size;
    }
    link_newest_answer(self, entry);
    make_room(self);
}
