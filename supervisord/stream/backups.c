#include "backups.h"

#include <alloc.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *numbered(const char *path, int64_t number)
{
    return number == 0 ? ph_strdup(path) : ph_format("%s.%lld", path, (long long)number);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static int move(const char *from, const char *to, struct ph_error *err)
{
    if (rename(from, to) == 0 || errno == ENOENT)
        return 0;
    return ph_error_sys(err, "cannot move '%s' to '%s'", from, to);
}

/* Returns the first number that is free, or `count`. */
static int64_t first_free(const char *path, int64_t count)
{
    for (int64_t number = 1; number < count; number++) {
        ph_cleanup(ph_freep) char *name = numbered(path, number);
        if (!exists(name))
            return number;
    }
    return count;
}

int backups_shift(const char *path, int64_t count, struct ph_error *err)
{
    for (int64_t number = first_free(path, count); number > 0; number--) {
        ph_cleanup(ph_freep) char *from = numbered(path, number - 1);
        ph_cleanup(ph_freep) char *to = numbered(path, number);
        if (move(from, to, err) < 0)
            return -1;
    }
    return 0;
}

/* Says whether a name is BASE, a point and as many digits as `digits`, with or without ".N". */
static bool is_stamped(const char *name, const char *base, size_t digits)
{
    size_t length = strlen(base);
    if (strncmp(name, base, length) != 0 || name[length] != '.')
        return false;
    const char *suffix = name + length + 1;
    if (strspn(suffix, "0123456789") != digits)
        return false;
    const char *rest = suffix + digits;
    return *rest == '\0' || (*rest == '.' && strspn(rest + 1, "0123456789") == strlen(rest + 1));
}

struct names {
    char **items;
    size_t count;
};

static void names_release(struct names *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i]);
    free(self->items);
}

static void closedir_p(DIR **folder_p)
{
    if (*folder_p)
        closedir(*folder_p);
}

static void names_read(struct names *self, const char *path, size_t folder_size, size_t digits)
{
    ph_cleanup(ph_freep) char *folder_name = ph_strndup(path, folder_size);
    ph_cleanup(closedir_p) DIR *folder = opendir(folder_size ? folder_name : ".");
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!is_stamped(entry->d_name, path + folder_size, digits))
            continue;
        self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
        self->items[self->count++] = ph_format("%s%s", folder_name, entry->d_name);
    }
}

static int compare(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static void remove_oldest(const char *path, size_t digits, int64_t keep)
{
    ph_cleanup(names_release) struct names names = {0};
    const char *slash = strrchr(path, '/');
    names_read(&names, path, slash ? (size_t)(slash - path) + 1 : 0, digits);
    if (names.count > 1)
        qsort(names.items, names.count, sizeof *names.items, compare);
    for (size_t i = 0; i + (size_t)keep < names.count; i++)
        unlink(names.items[i]);
}

int backups_stamp(const char *path, const char *suffix, int64_t keep, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *stamped = ph_format("%s.%s", path, suffix);
    int64_t number = 0;
    for (;; number++) {
        ph_cleanup(ph_freep) char *name = numbered(stamped, number);
        if (!exists(name))
            break;
    }
    ph_cleanup(ph_freep) char *to = numbered(stamped, number);
    if (move(path, to, err) < 0)
        return -1;
    if (keep > 0)
        remove_oldest(path, strlen(suffix), keep);
    return 0;
}
