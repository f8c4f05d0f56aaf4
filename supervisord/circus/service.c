#include "service.h"

#include "../listener.h"
#include "publisher.h"

#include <alloc.h>
#include <endpoint.h>
#include <plughost/value.h>
#include <stdlib.h>

enum { SUBSCRIPTION_MAX_BYTES = 512 }; /* any user may keep as many as there is memory */

struct circus_service {
    char *address, *pubsub_address; /* NULL: not opened */
    circus_publisher_t *publisher;
};

static zsock_t *bind_to(const char *address, const struct listener_options *options,
                        struct ph_error *err)
{
    zsock_t *socket = listener_bind(options, address, err);
    if (!socket)
        ph_error_hint(err, "stop circusd if it still runs, or set another address in [circus]");
    return socket;
}

static int open_publisher(circus_service_t *self, const struct circus_service_context *context,
                          const struct settings *settings, struct ph_error *err)
{
    struct listener_options options = {
        .type = ZMQ_XPUB, .max_bytes = SUBSCRIPTION_MAX_BYTES, .queue = (int)settings->event_queue};
    zsock_t *socket = bind_to(settings->circus_pubsub_endpoint, &options, err);
    if (!socket)
        return -1;
    self->pubsub_address = ph_strdup(settings->circus_pubsub_endpoint);
    self->publisher = circus_publisher_new(context->loop, context->bus, &socket, err);
    return self->publisher ? 0 : -1;
}

static int open_door(circus_service_t *self, const struct circus_service_context *context,
                     const struct settings *settings, struct ph_error *err)
{
    struct listener_options options = {.type = ZMQ_ROUTER, .max_bytes = PH_REQUEST_MAX_BYTES};
    zsock_t *socket = bind_to(settings->circus_endpoint, &options, err);
    if (!socket)
        return -1;
    self->address = ph_strdup(settings->circus_endpoint);
    return endpoint_open(context->endpoint, &socket, context->dialect, err);
}

static void warn_of_strangers(const circus_service_t *self, ph_log_t *log)
{
    if (!ph_endpoint_ipc_path(self->address))
        ph_log(log, PH_LOG_WARNING,
               "circus_compat: %s has no authentication: every local user can run programs as the "
               "user of this daemon; ipc:// would keep them out",
               self->address);
}

circus_service_t *circus_service_new(const struct circus_service_context *context,
                                     const struct settings *settings, struct ph_error *err)
{
    ph_cleanup(circus_service_destroy) circus_service_t *self = ph_calloc(1, sizeof *self);
    if (open_publisher(self, context, settings, err) < 0 ||
        open_door(self, context, settings, err) < 0)
        return NULL;
    warn_of_strangers(self, context->log);
    return ph_steal(&self);
}

static void remove_file(char **address_p)
{
    if (*address_p)
        listener_remove(*address_p);
    ph_freep(address_p);
}

void circus_service_destroy(circus_service_t **self_p)
{
    circus_service_t *self = *self_p;
    if (!self)
        return;
    circus_publisher_destroy(&self->publisher);
    remove_file(&self->address);
    remove_file(&self->pubsub_address);
    free(self);
    *self_p = NULL;
}
