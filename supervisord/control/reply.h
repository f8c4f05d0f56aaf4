/* reply.h - the body of the answer to a request, in the request's encoding. */
#pragma once

#include "request.h"

/* Makes `body`, which request_answer takes: `fields` (or NULL) with id, status and time, or the
 * error. `epoch` is told to those that can ask again. */
void reply_make(const request_t *request, const char *epoch, const ph_writer_t *fields,
                zmq_msg_t *body);
void reply_make_error(const request_t *request, const char *epoch, const struct ph_error *error,
                      zmq_msg_t *body);
