#include "check.h"

#include <string.h>

#define HEARTBEATS                                                                                 \
    {                                                                                              \
        .wants_heartbeats = true                                                                   \
    }
#define SLOW                                                                                       \
    {                                                                                              \
        .is_slow = true                                                                            \
    }

static const struct check checks[] = {
    {"hello",
     "'plugin.hello' is the first message, a request with an id and the inherited name",
     "5.2",
     check_hello,
     {0}},
    {"token", "'plugin.hello' has the inherited token", "5.1", check_token, {0}},
    {"protocol",
     "'protocol_min' to 'protocol_max' is a range of integers that holds 1",
     "5.2",
     check_protocol,
     {0}},
    {"declarations",
     "what 'plugin.hello' tells beside that has the types of the protocol",
     "5.2",
     check_declarations,
     {0}},
    {"ready", "'plugin.ready' comes once, after 'plugin.hello'", "5.2", check_ready, {0}},
    {"welcome", "what needs a session waits for the reply to 'plugin.hello'", "5", check_welcome,
     SLOW},
    {"argv", "the token does not stand in argv", "5.1", check_argv, {0}},
    {"descriptor",
     "the descriptor of PLUGHOST_FD is closed after reading",
     "5.1",
     check_descriptor,
     {0}},
    {"incompatible",
     "a hello refused with 'incompatible' ends the plugin with a status other "
     "than 0",
     "5.2",
     check_incompatible,
     {.welcome = WELCOME_INCOMPATIBLE}},
    {"denied",
     "a hello refused with 'denied' ends the plugin with a status other than 0",
     "5.2",
     check_denied,
     {.welcome = WELCOME_DENIED}},
    {"marker", "'plugin.subscribe' waits for a marker that confirms the subscription of the SUB",
     "5.4", check_marker, SLOW},
    {"counted",
     "'plugin.subscribe' names each prefix that the SUB has subscribed to",
     "5.4",
     check_counted,
     {0}},
    {"mark-topic",
     "the SUB subscribes to the marks of the session before 'plugin.subscribe'",
     "5.4",
     check_mark_topic,
     {0}},
    {"heartbeat", "a message comes in every interval that 'heartbeat' of the welcome names", "5.4",
     check_heartbeat, HEARTBEATS},
    {"no-heartbeat",
     "no heartbeats are wanted if 'heartbeat' of the welcome is 0",
     "5.2",
     check_no_heartbeat,
     {0}},
    {"missed", "'missed' of the heartbeats is the sum of what the marks show to be lost", "5.4",
     check_missed, HEARTBEATS},
    {"messages", "each message is one map with 'command' or 'status', of the right form", "2",
     check_messages, HEARTBEATS},
    {"unknown-request",
     "an unknown request is answered with 'unknown_command'",
     "5.3",
     check_unknown_request,
     {0}},
    {"request-ids",
     "the id of a request may be any integer, and comes back in the reply",
     "5.3",
     check_request_ids,
     {0}},
    {"one-reply", "each request gets exactly one reply", "2", check_one_reply, {0}},
    {"unknown-cast",
     "an unknown cast is ignored, and not answered",
     "5.3",
     check_unknown_cast,
     {0}},
    {"unknown-fields",
     "keys that are not known are ignored",
     "1",
     check_unknown_fields,
     {.wants_heartbeats = true, .has_unknown_fields = true}},
    {"invoke-unknown",
     "'invoke' of a method that was not offered is refused with 'not_found'",
     "6",
     check_invoke_unknown,
     {0}},
    {"invoke",
     "'invoke' is answered with 'result', or with 'code' and 'reason'",
     "5.3",
     check_invoke,
     {0}},
    {"cancel",
     "'cancel' of an id that is not known is ignored, and not answered",
     "5.3",
     check_cancel,
     {0}},
    {"reconfigure",
     "'reconfigure' with the options in force is answered with ok",
     "5.3",
     check_reconfigure,
     {0}},
    {"reopen",
     "'reopen' is a cast: it is not answered, and the plugin goes on",
     "5.3",
     check_reopen,
     {0}},
    {"garbage", "bytes that are no message do no harm", "1", check_garbage, HEARTBEATS},
    {"empty-frame", "an empty frame does no harm", "1", check_empty_frame, HEARTBEATS},
    {"no-map", "a body that is no map does no harm", "1", check_no_map, HEARTBEATS},
    {"no-command", "a map with neither 'command' nor 'status' does no harm", "5", check_no_command,
     HEARTBEATS},
    {"unknown-reply", "a reply to an id that was never sent does no harm", "2", check_unknown_reply,
     HEARTBEATS},
    {"broken-event", "an event with a body that is no map does no harm", "3", check_broken_event,
     HEARTBEATS},
    {"unknown-topic", "an event of an unknown topic is ignored", "3", check_unknown_topic,
     HEARTBEATS},
    {"stop", "'stop' ends the plugin with status 0", "5.3", check_stop, {0}},
    {"sigterm",
     "SIGTERM, the default of 'stop_signal', ends the plugin with status 0",
     "5.3",
     check_sigterm,
     {0}},
    {"reconnect", "on a new connection everything is said again", "5.2", check_reconnect, {0}},
    {"reconnect-denied",
     "a later hello refused with 'denied' ends the plugin in order",
     "5.2",
     check_reconnect_denied,
     {.again = WELCOME_DENIED}},
};

enum { CHECK_COUNT = sizeof checks / sizeof checks[0] };

const struct check *check_at(size_t index)
{
    return index < CHECK_COUNT ? &checks[index] : NULL;
}

const struct check *check_find(const char *name)
{
    for (size_t i = 0; i < CHECK_COUNT; i++)
        if (strcmp(checks[i].name, name) == 0)
            return &checks[i];
    return NULL;
}
