/* selftest.h - looks at a module without a daemon: what it is, and whether it is sound. */
#pragma once

#include <plughost/plugin.h>

/* Prints what the module has to standard output, warnings among it. `options` is a map of texts; an
 * empty one is not checked. Returns 0, or -1 and `err` with the first mistake. */
int selftest_run(const struct ph_plugin_module *module, const ph_value_t *options,
                 struct ph_error *err);
