/* notify_message.h - what a program says of itself in one datagram of sd_notify(3). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { NOTIFY_MAX_BYTES = 4096, NOTIFY_MAX_STATUS = 512 };

struct notify_message {
    bool is_ready;                  /* READY=1 */
    bool is_stopping;               /* STOPPING=1 */
    bool is_alive;                  /* WATCHDOG=1 */
    bool has_status;                /* STATUS=... */
    char status[NOTIFY_MAX_STATUS]; /* printable, cut if it is longer; may be empty */
};

/* Reads lines of NAME=VALUE; the last needs no newline, and those that mean nothing here are passed
 * over. Returns false, with `message` untouched, for what is no text: a NUL within it, or more than
 * NOTIFY_MAX_BYTES. */
bool notify_message_parse(const char *bytes, size_t size, struct notify_message *message);
