/* Feeds bytes to what takes a process out of a datagram, for the plugin watchdog: by Circus's
 * expression, and by one that goes back and forth a lot. */
#include <assert.h>
#include <pattern.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(const char *expression, const uint8_t *data, size_t size)
{
    char group[24];
    struct ph_error err;
    struct pattern_spec spec = {.option = "msg_regex", .text = expression, .group = "pid"};
    memset(group, 'x', sizeof group);
    pattern_t *pattern = pattern_new(&spec, &err);
    assert(pattern);
    if (pattern_take(pattern, (const char *)data, size, group, sizeof group))
        assert(memchr(group, '\0', sizeof group));
    else
        assert(group[0] == 'x' && group[sizeof group - 1] == 'x');
    pattern_destroy(&pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    take("^(?P<pid>.*);(?P<timestamp>.*)$", data, size);
    take("(\\w+ ?)+ pid=(?P<pid>\\d+)?", data, size);
    return 0;
}
