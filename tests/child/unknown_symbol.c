/* unknown_symbol.c - a plugin that calls a function which nobody has. */
#include <plughost/plughost.h>

int function_that_nobody_has(void);

static int init(ph_plugin_t *plugin, struct ph_error *err)
{
    (void)plugin;
    (void)err;
    return function_that_nobody_has();
}

PH_PLUGIN_MODULE = {PH_PLUGIN_HEADER, .handle_init = init};
