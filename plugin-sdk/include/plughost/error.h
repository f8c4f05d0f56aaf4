/* plughost/error.h - what failed, on what, why.
 *
 * Every function of plughost that can fail takes a `struct ph_error *` last and returns -1 or NULL
 * after filling it. Pass NULL when the reason is of no interest. The caller owns the struct, which
 * holds no pointers: copy it freely. Nothing here allocates. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#define PH_API __attribute__((visibility("default")))

/* The stable kinds of failure. `ph_code_name` gives the word that stands on the wire. */
enum ph_code {
    PH_OK,
    PH_MALFORMED,       /* bytes that are not a message */
    PH_UNKNOWN_COMMAND, /* no command of that name */
    PH_INVALID,         /* a value that is missing, of the wrong type or out of range */
    PH_NOT_FOUND,       /* no watcher, plugin, option or file of that name */
    PH_CONFLICT,        /* the present state does not allow it */
    PH_BUSY,            /* a limit is reached; try again later */
    PH_DENIED,          /* the caller may not */
    PH_TIMEOUT,         /* no answer in time; the work may still be done */
    PH_UNAVAILABLE,     /* no daemon at the endpoint */
    PH_INCOMPATIBLE,    /* versions that do not fit */
    PH_SYSTEM,          /* the operating system refused; see sys_errno */
    PH_INTERNAL,        /* a bug in plughost */
};

struct ph_error {
    enum ph_code code;
    int sys_errno;     /* errno for PH_SYSTEM, else 0 */
    char message[512]; /* lower case, no full stop; never empty after a failure */
    char hint[160];    /* what to do about it, or "" */
};

/* Fills `err` with a message; an earlier hint is cleared. `err` may be NULL. Returns -1. */
PH_API int ph_error_set(struct ph_error *err, enum ph_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As ph_error_set, with PH_SYSTEM and ": " and the text of errno behind the message. Returns -1. */
PH_API int ph_error_sys(struct ph_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts text before the message: "TEXT: old message". Code, errno and hint stay. Returns -1. */
PH_API int ph_error_prefix(struct ph_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets the hint. Returns -1, so that it can end a function as ph_error_set does. */
PH_API int ph_error_hint(struct ph_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns the word for a code, such as "not_found". Never NULL. */
PH_API const char *ph_code_name(enum ph_code code);

/* Returns the code of a word, PH_INTERNAL for one that is not known. */
PH_API enum ph_code ph_code_from_name(const char *name);

#ifdef __cplusplus
}
#endif
