#include "notify_message.h"

#include <string.h>
#include <wire/utf8.h>

/* Says whether a line is that text. */
static bool is_line(const char *line, size_t size, const char *text)
{
    return size == strlen(text) && memcmp(line, text, size) == 0;
}

static void take_status(struct notify_message *self, const char *text, size_t size)
{
    if (size >= sizeof self->status)
        size = sizeof self->status - 1;
    memcpy(self->status, text, size);
    self->status[size] = '\0';
    ph_text_mend(self->status);
    self->has_status = true;
}

static void take_line(struct notify_message *self, const char *line, size_t size)
{
    static const char status[] = "STATUS=";
    size_t name = sizeof status - 1;
    if (is_line(line, size, "READY=1"))
        self->is_ready = true;
    else if (is_line(line, size, "STOPPING=1"))
        self->is_stopping = true;
    else if (is_line(line, size, "WATCHDOG=1"))
        self->is_alive = true;
    else if (size >= name && memcmp(line, status, name) == 0)
        take_status(self, line + name, size - name);
}

bool notify_message_parse(const char *bytes, size_t size, struct notify_message *message)
{
    if (size > 0 && bytes[size - 1] == '\0') /* some send the NUL of a C string along */
        size--;
    if (size > NOTIFY_MAX_BYTES || memchr(bytes, '\0', size))
        return false;

    struct notify_message made = {0};
    while (size > 0) {
        const char *newline = memchr(bytes, '\n', size);
        size_t length = newline ? (size_t)(newline - bytes) : size;
        size_t taken = newline ? length + 1 : length;
        take_line(&made, bytes, length);
        bytes += taken;
        size -= taken;
    }
    *message = made;
    return true;
}
