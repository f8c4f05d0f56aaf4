/* Feeds bytes to the reader of readiness messages. */
#include <assert.h>
#include <process/notify_message.h>
#include <stdint.h>
#include <string.h>
#include <wire/utf8.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct notify_message message;
    bool has_nul = size > 0 && memchr(data, '\0', size - 1);
    bool is_parsed = notify_message_parse((const char *)data, size, &message);
    assert(!is_parsed || !has_nul);
    if (!is_parsed)
        return 0;
    size_t length = strnlen(message.status, sizeof message.status);
    assert(length < sizeof message.status && wire_is_utf8(message.status, length));
    assert(message.has_status || length == 0);
    return 0;
}
