/* idle.c - the least that a plugin can be: it takes no events and does nothing. */
#include <plughost/plughost.h>

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .summary = "does nothing",
};
