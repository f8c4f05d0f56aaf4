#include "request.h"

#include "output.h"
#include "reply.h"

/* Prints the reply to `command`; `info` is its row in the table, or NULL. */
static int request(const struct invocation *invocation, ph_client_t *client, const char *command,
                   const struct command_info *info, struct ph_error *err)
{
    const struct options *options = invocation->options;
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(client, command, invocation->properties, options_timeout_ms(options), err);
    if (!reply)
        return -1;

    if (options->is_json) {
        output_json(ph_message_body(reply));
        putchar('\n');
    } else {
        reply_print(info, options, ph_message_body(reply));
    }
    return output_flush(err);
}

int request_command(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    return request(invocation, client, invocation->info->name, invocation->info, err);
}

int request_call(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    return request(invocation, client, invocation->options->args[0], NULL, err);
}

int request_cast(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    return ph_client_cast(client, invocation->options->args[0], invocation->properties, err);
}
