#include "request.h"

#include "circus.h"
#include "circus_call.h"
#include "output.h"
#include "progress.h"
#include "reply.h"

/* Prints a reply; `info` is the command's row in the table, or NULL. */
static int print(const struct invocation *invocation, const struct command_info *info,
                 const ph_message_t *reply, struct ph_error *err)
{
    const struct options *options = invocation->options;
    const ph_value_t *body = ph_message_body(reply);
    if (options->is_json)
        output_json_line(body, options->is_pretty);
    else if (!options->is_circus || !circus_print(invocation, body))
        reply_print(info, options, body);
    return output_flush(err);
}

/* What the daemon was told a time for, it gives up itself when that is over: its words shall
 * arrive. It has the same time as we have where nothing is said. */
static int timeout_ms(const struct invocation *invocation)
{
    enum { GRACE_MS = 500 };
    int limit_ms = options_timeout_ms(invocation->options);
    bool has_deadline = command_info_property(invocation->info, "timeout") != NULL;
    return limit_ms > 0 && has_deadline ? limit_ms + GRACE_MS : limit_ms;
}

static ph_message_t *call(const struct invocation *invocation, ph_client_t *client,
                          struct ph_error *err)
{
    const struct options *options = invocation->options;
    if (options->is_circus)
        return circus_call(invocation, ph_client_endpoint(client), timeout_ms(invocation), err);
    if (options->is_waiting && !options->is_json)
        return progress_call(invocation, client, err);
    return ph_client_call(client, invocation->info->name, invocation->properties,
                          timeout_ms(invocation), err);
}

int request_command(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = call(invocation, client, err);
    if (!reply && invocation->options->is_waiting && err->code == PH_TIMEOUT)
        ph_error_hint(err, "it goes on; 'plughostctl status' shows how far it is");
    return reply ? print(invocation, invocation->info, reply, err) : -1;
}

int request_call(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    const struct options *options = invocation->options;
    ph_cleanup(ph_message_destroy) ph_message_t *reply = ph_client_call(
        client, options->args[0], invocation->properties, options_timeout_ms(options), err);
    return reply ? print(invocation, NULL, reply, err) : -1;
}

int request_cast(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    return ph_client_cast(client, invocation->options->args[0], invocation->properties, err);
}
