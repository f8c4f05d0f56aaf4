#include "alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CACHED_BYTES = 1024 };

static void *must(void *pointer)
{
    if (!pointer) {
        fputs("plughost: out of memory\n", stderr);
        abort();
    }
    return pointer;
}

/* Small pieces come from malloc, which has a cache of them for each thread: calloc of glibc 2.36
 * does not look there. */
void *ph_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > CACHED_BYTES)
        return must(calloc(count, size));
    return memset(must(malloc(bytes ? bytes : 1)), 0, bytes);
}

void *ph_realloc_array(void *array, size_t count, size_t size)
{
    return must(reallocarray(array, count ? count : 1, size ? size : 1));
}

char *ph_strdup(const char *text)
{
    return text ? must(strdup(text)) : NULL;
}

char *ph_strndup(const char *text, size_t size)
{
    return text ? must(strndup(text, size)) : NULL;
}

char *ph_format_va(const char *format, va_list args)
{
    char *text = NULL;
    return must(vasprintf(&text, format, args) < 0 ? NULL : text);
}

void ph_replace_text(char **text_p, const char *text)
{
    char *copy = ph_strdup(text);
    free(*text_p);
    *text_p = copy;
}

char *ph_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = ph_format_va(format, args);
    va_end(args);
    return text;
}

void ph_freep(void *pointer_p)
{
    free(*(void **)pointer_p);
    *(void **)pointer_p = NULL;
}

void ph_closep(int *fd_p)
{
    int saved = errno;
    if (*fd_p >= 0)
        close(*fd_p);
    *fd_p = -1;
    errno = saved;
}

void ph_open_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return;
}

int ph_steal_fd(int *fd_p)
{
    int fd = *fd_p;
    *fd_p = -1;
    return fd;
}
