/* module.h - finds and loads the shared object of a plugin. */
#pragma once

#include <plughost/plugin.h>

/* A list of folders. */
struct module_path {
    const char *const *folders;
    size_t count;
};

/* Loads `name`: a path if it has a '/', else NAME.so in the first of the folders that has it, the
 * built-in ones last. The module stays loaded until the process ends. Returns NULL and `err`: not
 * found, not loadable (an unknown symbol, say), no plugin, or of an ABI that does not fit. */
const struct ph_plugin_module *module_load(const char *name, const struct module_path *path,
                                           struct ph_error *err);
