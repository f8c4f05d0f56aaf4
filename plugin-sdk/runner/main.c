/* plughost-plugin: loads one module and runs it until it is stopped. */
#include "selftest.h"
#include "settings.h"

#include <plughost/plughost.h>
#include <stdio.h>

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_NO_DAEMON };

static void complain(const struct ph_error *err)
{
    fprintf(stderr, "plughost-plugin: %s\n", err->message);
    if (err->hint[0])
        fprintf(stderr, "hint: %s\n", err->hint);
}

/* A daemon that started us is told, and writes it to its own log. */
static int fail(const struct ph_error *err, const struct ph_plugin_settings *settings)
{
    if (ph_plugin_report(settings, err) < 0)
        complain(err);
    return err->code == PH_UNAVAILABLE ? EXIT_NO_DAEMON : EXIT_FAILED;
}

static int run(const struct runner_settings *settings, const struct ph_plugin_module *module,
               struct ph_error *err)
{
    if (settings->is_selftest)
        return selftest_run(module, settings->plugin.options, err);
    return ph_plugin_run(module, &settings->plugin, err);
}

int main(int argc, char **argv)
{
    struct ph_error err = {0};
    ph_cleanup(runner_settings_release) struct runner_settings settings = {0};
    int outcome = runner_settings_read(&settings, argc, argv, &err);
    if (outcome != 0) {
        if (outcome < 0)
            complain(&err);
        return outcome < 0 ? EXIT_USAGE : EXIT_OK;
    }

    const struct ph_plugin_module *module = module_load(settings.module, &settings.path, &err);
    if (!module)
        return fail(&err, &settings.plugin);
    return run(&settings, module, &err) < 0 ? fail(&err, &settings.plugin) : EXIT_OK;
}
