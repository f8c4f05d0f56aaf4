/* Tells the daemon why a plugin cannot run. */
#include "requester.h"

#include <alloc.h>
#include <plughost/plugin.h>

enum { ANSWER_MS = 1000 };

int ph_plugin_report(const struct ph_plugin_settings *settings, const struct ph_error *reason)
{
    ph_cleanup(connection_destroy) connection_t *connection =
        settings->token ? connection_new(settings->endpoint, NULL) : NULL;
    ph_cleanup(requester_destroy) requester_t *requester =
        connection ? requester_new(connection, NULL) : NULL;
    if (!requester)
        return -1;

    ph_cleanup(ph_writer_destroy) ph_writer_t *failed = ph_writer_new();
    ph_writer_string(failed, "name", settings->name);
    ph_writer_string(failed, "token", settings->token);
    ph_writer_format(failed, "reason", reason->hint[0] ? "%s (%s)" : "%s", reason->message,
                     reason->hint);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        requester_call(requester, "plugin.failed", failed, ANSWER_MS, NULL);
    return reply ? 0 : -1;
}
