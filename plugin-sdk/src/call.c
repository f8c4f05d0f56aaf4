#include "call.h"

#include <stdlib.h>
#include <string.h>

void call_destroy(struct call **self_p)
{
    struct call *self = *self_p;
    if (!self)
        return;
    ph_writer_destroy(&self->request);
    ph_message_destroy(&self->reply);
    free(self->failure);
    free(self->command);
    free(self);
    *self_p = NULL;
}

static void tell_refusal(const ph_value_t *reply, struct ph_error *err)
{
    const char *code = ph_value_string(ph_value_get(reply, "code"), "internal");
    const char *hint = ph_value_string(ph_value_get(reply, "hint"), "");
    ph_error_set(err, ph_code_from_name(code), "%s",
                 ph_value_string(ph_value_get(reply, "reason"), "refused without a reason"));
    ph_error_hint(err, "%s", hint);
}

const ph_value_t *call_answer(const struct call *self, struct ph_error *err)
{
    const ph_value_t *body = ph_message_body(self->reply);
    if (body && strcmp(ph_value_string(ph_value_get(body, "status"), ""), "ok") == 0)
        return body;
    if (body)
        tell_refusal(body, err);
    else if (err)
        *err = *self->failure;
    return NULL;
}
