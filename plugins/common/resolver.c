#include "resolver.h"

#include "plugin_memory.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct resolver {
    char *host;
    char service[16];
    struct addrinfo hints;
    struct gaicb request;
};

resolver_t *resolver_new(const char *host, int port, int type, struct ph_error *err)
{
    resolver_t *self = memory_new(sizeof *self);
    self->host = memory_copy(host);
    (void)snprintf(self->service, sizeof self->service, "%d", port);
    self->hints = (struct addrinfo){.ai_socktype = type, .ai_flags = AI_NUMERICSERV};
    self->request = (struct gaicb){
        .ar_name = self->host, .ar_service = self->service, .ar_request = &self->hints};
    struct gaicb *list[] = {&self->request};
    int code = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
    if (code == 0)
        return self;
    ph_error_set(err, PH_NOT_FOUND, "cannot look up '%s': %s", host, gai_strerror(code));
    free(self->host);
    free(self);
    return NULL;
}

/* A request that is under way cannot be taken back: the C library writes into it later, so it stays
 * behind. */
void resolver_destroy(resolver_t **self_p)
{
    resolver_t *self = *self_p;
    *self_p = NULL;
    if (!self || gai_cancel(&self->request) == EAI_NOTCANCELED)
        return;
    if (self->request.ar_result)
        freeaddrinfo(self->request.ar_result);
    free(self->host);
    free(self);
}

int resolver_wait(resolver_t *self, int timeout_ms, struct resolved *result, struct ph_error *err)
{
    const struct gaicb *const list[] = {&self->request};
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = timeout_ms % 1000 * 1000000L};
    if (timeout_ms > 0 && gai_error(&self->request) == EAI_INPROGRESS)
        gai_suspend(list, 1, &timeout);

    int code = gai_error(&self->request);
    if (code == EAI_INPROGRESS)
        return 0;
    if (code != 0)
        return ph_error_set(err, PH_NOT_FOUND, "cannot look up '%s': %s", self->host,
                            gai_strerror(code));
    const struct addrinfo *found = self->request.ar_result;
    memcpy(&result->address, found->ai_addr, found->ai_addrlen);
    result->size = found->ai_addrlen;
    return 1;
}
