#include "publish.h"

#include "name.h"

#include <string.h>

enum { TOPIC_MAX = 200 };

int publish_check_topic(const char *topic, struct ph_error *err)
{
    static const char prefix[] = "event.";
    if (strncmp(topic, prefix, sizeof prefix - 1) != 0)
        return ph_error_set(err, PH_INVALID, "topic '%.100s' does not begin with 'event.'", topic);
    if (name_is_valid(topic, TOPIC_MAX) && topic[sizeof prefix - 1] != '\0')
        return 0;
    return ph_error_set(err, PH_INVALID,
                        "topic '%.100s' is not 'event.' and a type of letters, digits, '_', '-' "
                        "and '.', at most %d altogether",
                        topic, TOPIC_MAX);
}

int publish_cast(requester_t *requester, const char *topic, const ph_writer_t *fields, int wait_ms,
                 struct ph_error *err)
{
    ph_writer_t *body = requester_begin_cast(requester, "publish");
    ph_writer_map(body, "properties");
    ph_writer_string(body, "topic", topic);
    ph_writer_map(body, "fields");
    ph_writer_merge(body, fields);
    ph_writer_end(body);
    ph_writer_end(body);
    return requester_send_cast(requester, "publish", wait_ms, err);
}
