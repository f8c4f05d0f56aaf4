/* Feeds bytes to the reader of configurations. */
#include <assert.h>
#include <config/configuration.h>
#include <plughost/plughost.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says whether a line begins like the header of a watcher. */
static bool has_watcher(const uint8_t *data, size_t size)
{
    static const char header[] = "[watcher:";
    const char *text = (const char *)data;
    const char *end = text + size;
    for (const char *line = text; line && (size_t)(end - line) >= sizeof header - 1;) {
        if (memcmp(line, header, sizeof header - 1) == 0)
            return true;
        line = memchr(line, '\n', (size_t)(end - line));
        line = line ? line + 1 : NULL;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct configuration configuration;
    ph_cleanup(problems_release) struct problems problems = {0};
    int outcome = configuration_parse(&configuration, (const char *)data, size, &problems);
    assert((outcome < 0) == (problems.count > 0));
    assert(outcome < 0 || configuration.watcher_count > 0 || !has_watcher(data, size));
    for (size_t i = 0; i < problems.count; i++)
        assert(problems.items[i].error.message[0]);
    for (size_t i = 0; i < configuration.watcher_count; i++)
        assert(configuration.watchers[i].name[0] && configuration.watchers[i].numprocesses >= 0);
    configuration_release(&configuration);
    return 0;
}
