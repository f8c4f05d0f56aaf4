#include "selftest.h"

#include <methods.h>
#include <option_check.h>
#include <options_table.h>
#include <plughost/version.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* What the first version of this ABI had. */
enum {
    LEAST_SIZE = offsetof(struct ph_plugin_module, handle_reopen) +
                 sizeof((struct ph_plugin_module *)0)->handle_reopen
};

/* ---- what is printed ---- */

static void print_option(const struct ph_option *option)
{
    printf("  %s: %s", option->name, ph_option_type_name(option->type));
    if (ph_option_has_range(option))
        printf(" from %g to %g", option->min, option->max);
    for (const char *const *at = option->choices; at && *at; at++)
        printf("%s%s", at == option->choices ? " of " : ", ", *at);
    if (option->is_required)
        printf("; required");
    if (option->fallback)
        printf("; default '%s'", option->fallback);
    printf("\n");
    if (option->text)
        printf("      %s\n", option->text);
}

static void print_options(const struct ph_plugin_module *module)
{
    if (!module->options) {
        printf("options: any, unchecked\n");
        return;
    }
    printf("options:%s\n", module->options->name ? "" : " none");
    for (const struct ph_option *option = module->options; option->name; option++)
        print_option(option);
}

static void print_method(const struct ph_method *method)
{
    printf("  %s: %s\n", method->name, method->summary ? method->summary : "");
    for (const struct ph_argument *at = method->arguments; at && at->name; at++)
        printf("      %s: %s%s%s%s\n", at->name, methods_type_name(at->type),
               at->is_required ? "; required" : "", at->summary ? "; " : "",
               at->summary ? at->summary : "");
}

static void print_methods(const struct ph_plugin_module *module)
{
    const struct ph_method *method = module->methods;
    printf("methods:%s\n", method && method->name ? "" : " none");
    for (; method && method->name; method++)
        print_method(method);
}

static void print_topics(const struct ph_plugin_module *module)
{
    bool is_receiver = module->handle_recv || module->handle_batch;
    printf("topics:");
    if (!module->topics)
        printf(" %s", is_receiver ? "all" : "none");
    for (const char *const *topic = module->topics; topic && *topic; topic++)
        printf(" '%s'", *topic);
    printf("\n");
}

/* Returns how many there are. */
static size_t print_callbacks(const struct ph_plugin_module *module)
{
    const struct {
        const char *name;
        bool is_there;
    } callbacks[] = {
        {"handle_init", module->handle_init},
        {"handle_recv", module->handle_recv},
        {"handle_batch", module->handle_batch},
        {"handle_gap", module->handle_gap},
        {"handle_reopen", module->handle_reopen},
        {"handle_reconfigure", module->handle_reconfigure},
        {"handle_stop", module->handle_stop},
    };
    size_t count = 0;
    printf("callbacks:");
    for (size_t i = 0; i < sizeof callbacks / sizeof callbacks[0]; i++) {
        if (callbacks[i].is_there)
            printf(" %s", callbacks[i].name);
        count += callbacks[i].is_there;
    }
    printf("%s\n", count ? "" : " none");
    return count;
}

static void print_module(const struct ph_plugin_module *module)
{
    printf("version: %s\n", module->version ? module->version : "none");
    printf("summary: %s\n", module->summary ? module->summary : "none");
    printf("plugin ABI: %u, %u bytes of %zu\n", module->abi, module->size, sizeof *module);
    print_options(module);
    print_methods(module);
    print_topics(module);
    size_t callbacks = print_callbacks(module);

    bool has_methods = module->methods && module->methods->name;
    if (callbacks == 0 && !has_methods)
        printf("warning: it has no function at all, and will do nothing\n");
    if (module->topics && module->topics[0] && !module->handle_recv && !module->handle_batch)
        printf("warning: it names topics, but has neither handle_recv nor handle_batch\n");
    if (module->handle_recv && module->handle_batch)
        printf("warning: handle_recv is never called, as there is a handle_batch\n");
}

/* ---- what is checked ---- */

static int check_summaries(const struct ph_method *table, struct ph_error *err)
{
    for (const struct ph_method *method = table; method && method->name; method++)
        if (!method->summary || !method->summary[0])
            return ph_error_set(err, PH_INVALID, "method '%s' has no summary", method->name);
    return 0;
}

static int check_tables(const struct ph_plugin_module *module, const ph_value_t *options,
                        struct ph_error *err)
{
    if (options_table_check(module->options, err) < 0)
        return -1;
    if (methods_check_table(module->methods, err) < 0 || check_summaries(module->methods, err) < 0)
        return ph_error_prefix(err, "the module's table of methods is wrong");
    if (ph_value_size(options) == 0)
        return 0;
    return options_table_check_values(module->options, options, err);
}

int selftest_run(const struct ph_plugin_module *module, const ph_value_t *options,
                 struct ph_error *err)
{
    if (module->size < LEAST_SIZE) {
        ph_error_set(err, PH_INVALID,
                     "the module says that its table has %u bytes, which is less "
                     "than the %d of plugin ABI %d",
                     module->size, (int)LEAST_SIZE, PH_PLUGIN_ABI);
        return ph_error_hint(err, "begin the table with PH_PLUGIN_HEADER");
    }
    struct ph_plugin_module copy = {0}; /* the module's own may be shorter */
    memcpy(&copy, module, module->size < sizeof copy ? module->size : sizeof copy);
    if (check_tables(&copy, options, err) < 0)
        return -1;
    print_module(&copy);
    return 0;
}
