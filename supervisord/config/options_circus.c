#include "option_tables.h"

const struct option_spec circus_specs[] = {
    {.name = "circus_compat",
     .sections = SECTION_CIRCUS,
     .type = OPTION_BOOL,
     .offset = SETTING(circus_compat),
     .fallback = "no",
     .change = CHANGE_DAEMON,
     .text = "Serve clients of Circus as well: circusctl, Circus's Python client, subscribers to\n"
             "its events. On tcp:// every local user may then run programs as the user of the\n"
             "daemon."},
    {.name = "endpoint",
     .sections = SECTION_CIRCUS,
     .type = OPTION_ENDPOINT,
     .offset = SETTING(circus_endpoint),
     .fallback = "tcp://127.0.0.1:5555",
     .change = CHANGE_DAEMON,
     .text = "Where their commands are taken. Only ipc:// keeps other users out."},
    {.name = "pubsub_endpoint",
     .sections = SECTION_CIRCUS,
     .type = OPTION_ENDPOINT,
     .offset = SETTING(circus_pubsub_endpoint),
     .fallback = "tcp://127.0.0.1:5556",
     .change = CHANGE_DAEMON,
     .text = "Where events are published for them, in JSON."},
    {0},
};
