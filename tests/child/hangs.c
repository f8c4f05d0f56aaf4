/* hangs.c - a plugin that never comes back from handle_init; its option `record` names a file that
 * it makes before. */
#include <plughost/plughost.h>
#include <stdio.h>
#include <unistd.h>

static int init(ph_plugin_t *plugin, struct ph_error *err)
{
    (void)err;
    FILE *file = fopen(ph_plugin_option(plugin, "record", "/dev/null"), "we");
    if (file)
        fclose(file);
    while (pause() < 0) /* SIGTERM is blocked: to a plugin it is a message */
        continue;
    return -1;
}

PH_PLUGIN_MODULE = {PH_PLUGIN_HEADER, .handle_init = init};
