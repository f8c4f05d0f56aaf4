/* Feeds texts to what the plugin redis_observer reads: what a server answers to INFO, and a URL. */
#include <assert.h>
#include <redis_look.h>
#include <redis_url.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_url(const char *text)
{
    struct ph_error err = {0};
    struct redis_url url = {0};
    if (redis_url_read(&url, text, &err) < 0) {
        assert(err.message[0] && !url.host && !url.path && !url.user && !url.password);
        return;
    }
    assert(!url.host != !url.path);
    assert(!url.host || (url.port > 0 && url.port < 65536));
    assert(url.database >= 0 && (!url.user || url.password));
    redis_url_release(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double value;
    char *text = calloc(1, size + 1);
    assert(text);
    memcpy(text, data, size);
    redis_look_number(text, "used_memory", &value);
    redis_look_number(text, "x", &value);
    read_url(text);
    free(text);
    return 0;
}
