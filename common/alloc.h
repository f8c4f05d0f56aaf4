/* alloc.h - allocation that cannot fail, and cleanup that stands beside acquisition.
 *
 * Out of memory aborts, as it does in CZMQ: a supervisor that goes on with half a state is worse
 * than one that is started again. */
#pragma once

#include <plughost/plughost.h>
#include <stdarg.h>
#include <stddef.h>

/* As calloc. The caller frees the result, which is never NULL. */
void *ph_calloc(size_t count, size_t size);

/* As reallocarray: `array` may be NULL. The caller frees the result, which is never NULL. */
void *ph_realloc_array(void *array, size_t count, size_t size);

/* As strdup and strndup; NULL stays NULL. */
char *ph_strdup(const char *text);
char *ph_strndup(const char *text, size_t size);

/* Replaces a text, which may be NULL, by a copy of another, which may be NULL or the same. */
void ph_replace_text(char **text_p, const char *text);

/* As asprintf, with the text as the result. The caller frees it. */
char *ph_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *ph_format_va(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* For ph_cleanup: frees what `*(void **)pointer_p` points to. */
void ph_freep(void *pointer_p);

/* For ph_cleanup: closes `*fd_p` unless it is negative, and sets it to -1. errno is kept. */
void ph_closep(int *fd_p);

/* Opens /dev/null for each of the descriptors 0 to 2 that the caller of this program closed:
 * otherwise a socket would take its number, and what is printed would go there. Call it first in
 * main. */
void ph_open_standard_descriptors(void);

/* Takes a descriptor out of a variable that is cleaned up, and leaves -1 there. */
int ph_steal_fd(int *fd_p);
