#include "mark.h"

#include <alloc.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_BYTES = sizeof MARK_VARIABLE "=0123456789abcdef." };

char *mark_format(uint64_t epoch, uint64_t serial)
{
    return ph_format("%016" PRIx64 ".%" PRIu64, epoch, serial);
}

static bool parse_serial(const char *text, uint64_t *serial)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || *end)
        return false;
    *serial = number;
    return true;
}

bool mark_find(const char *environment, size_t size, uint64_t epoch, uint64_t *serial)
{
    char prefix[PREFIX_BYTES];
    snprintf(prefix, sizeof prefix, MARK_VARIABLE "=%016" PRIx64 ".", epoch);
    const char *entry = environment, *end = environment + size, *entry_end;
    while (entry < end && (entry_end = memchr(entry, '\0', (size_t)(end - entry)))) {
        if (strncmp(entry, prefix, sizeof prefix - 1) == 0 &&
            parse_serial(entry + sizeof prefix - 1, serial))
            return true;
        entry = entry_end + 1;
    }
    return false;
}
