#include "wire/utf8.h"

#include <errno.h>
#include <plughost/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
    [PH_OK] = "ok",
    [PH_MALFORMED] = "malformed",
    [PH_UNKNOWN_COMMAND] = "unknown_command",
    [PH_INVALID] = "invalid",
    [PH_NOT_FOUND] = "not_found",
    [PH_CONFLICT] = "conflict",
    [PH_BUSY] = "busy",
    [PH_DENIED] = "denied",
    [PH_TIMEOUT] = "timeout",
    [PH_UNAVAILABLE] = "unavailable",
    [PH_INCOMPATIBLE] = "incompatible",
    [PH_SYSTEM] = "system",
    [PH_INTERNAL] = "internal",
};
enum { CODE_COUNT = sizeof code_names / sizeof code_names[0] };

int ph_error_set(struct ph_error *err, enum ph_code code, const char *format, ...)
{
    if (!err)
        return -1;

    /* The arguments may point into err itself, so the text is made aside. */
    struct ph_error made = {.code = code};
    va_list args;
    va_start(args, format);
    vsnprintf(made.message, sizeof made.message, format, args);
    va_end(args);
    ph_text_mend(made.message);
    *err = made;
    return -1;
}

int ph_error_sys(struct ph_error *err, const char *format, ...)
{
    int number = errno;
    if (!err)
        return -1;

    struct ph_error made = {.code = PH_SYSTEM, .sys_errno = number};
    va_list args;
    va_start(args, format);
    int length = vsnprintf(made.message, sizeof made.message, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < sizeof made.message)
        snprintf(made.message + length, sizeof made.message - (size_t)length, ": %s",
                 strerrordesc_np(number) ? strerrordesc_np(number) : "unknown error");
    ph_text_mend(made.message);
    *err = made;
    return -1;
}

int ph_error_prefix(struct ph_error *err, const char *format, ...)
{
    if (!err)
        return -1;

    char made[sizeof err->message];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(made, sizeof made, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < sizeof made)
        snprintf(made + length, sizeof made - (size_t)length, ": %s", err->message);
    ph_text_mend(made);
    memcpy(err->message, made, sizeof made);
    return -1;
}

int ph_error_hint(struct ph_error *err, const char *format, ...)
{
    if (!err)
        return -1;

    char made[sizeof err->hint];
    va_list args;
    va_start(args, format);
    vsnprintf(made, sizeof made, format, args);
    va_end(args);
    ph_text_mend(made);
    memcpy(err->hint, made, sizeof made);
    return -1;
}

const char *ph_code_name(enum ph_code code)
{
    return (unsigned)code < CODE_COUNT ? code_names[code] : code_names[PH_INTERNAL];
}

enum ph_code ph_code_from_name(const char *name)
{
    for (unsigned code = 0; code < CODE_COUNT; code++)
        if (name && strcmp(name, code_names[code]) == 0)
            return (enum ph_code)code;
    return PH_INTERNAL;
}
