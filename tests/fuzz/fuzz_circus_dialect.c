/* Feeds bytes to the reader of Circus's configurations. */
#include <assert.h>
#include <config/configuration.h>
#include <plughost/plughost.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct configuration configuration;
    ph_cleanup(problems_release) struct problems problems = {0};
    int outcome = configuration_parse_circus(&configuration, (const char *)data, size, &problems);
    assert((outcome < 0) == (problems.count > 0));
    assert(outcome < 0 || configuration.settings.circus_compat);
    for (size_t i = 0; i < configuration.notices.count; i++)
        assert(configuration.notices.items[i].text[0]);
    for (size_t i = 0; i < configuration.watcher_count; i++)
        assert(configuration.watchers[i].name[0] && configuration.watchers[i].numprocesses >= 0);
    configuration_release(&configuration);
    return 0;
}
