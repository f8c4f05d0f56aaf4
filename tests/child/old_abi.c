/* old_abi.c - a module that was built for a plughost of the past. */
#include <plughost/plughost.h>

PH_PLUGIN_MODULE = {.abi = 0, .size = sizeof(struct ph_plugin_module)};
