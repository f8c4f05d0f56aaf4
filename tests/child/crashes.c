/* crashes.c - a plugin that dies of SIGSEGV in handle_init. */
#include <plughost/plughost.h>
#include <signal.h>

static int init(ph_plugin_t *plugin, struct ph_error *err)
{
    (void)plugin;
    (void)err;
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would make an exit of it */
    return raise(SIGSEGV);
}

PH_PLUGIN_MODULE = {PH_PLUGIN_HEADER, .handle_init = init};
