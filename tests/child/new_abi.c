/* new_abi.c - a module that was built for a plughost of the future. */
#include <plughost/plughost.h>

PH_PLUGIN_MODULE = {.abi = 99, .size = sizeof(struct ph_plugin_module)};
