#include "cgroup_find.h"

#include <alloc.h>
#include <stdbool.h>
#include <string.h>

enum { POINT_FIELDS = 5 }; /* of a line of mountinfo, up to the mount point */

/* mountinfo writes blanks and the like as \040. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
            *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* Takes one line of mountinfo apart: "ID PARENT DEV ROOT POINT OPTIONS [TAGS...] - TYPE ...". */
static bool parse_mount(char *line, char **root, char **point)
{
    char *fields[POINT_FIELDS], *type = strstr(line, " - ");
    if (!type || strncmp(type, " - cgroup2 ", strlen(" - cgroup2 ")) != 0)
        return false;
    *type = '\0';
    for (unsigned i = 0; i < POINT_FIELDS; i++)
        fields[i] = strsep(&line, " ");
    if (!fields[POINT_FIELDS - 1])
        return false;
    *root = fields[POINT_FIELDS - 2];
    *point = fields[POINT_FIELDS - 1];
    unescape(*root);
    unescape(*point);
    return true;
}

/* Returns the part of `path` below `root`, NULL if it is not below. */
static const char *below(const char *path, const char *root)
{
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != '\0'))
        return NULL;
    return strcmp(path + length, "/") == 0 ? "" : path + length;
}

static char *find_line(char *text, const char *prefix)
{
    for (char *line; (line = strsep(&text, "\n"));)
        if (strncmp(line, prefix, strlen(prefix)) == 0)
            return line + strlen(prefix);
    return NULL;
}

char *cgroup_find(const char *own, const char *mounts, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *own_copy = ph_strdup(own);
    ph_cleanup(ph_freep) char *mounts_copy = ph_strdup(mounts);
    const char *path = find_line(own_copy, "0::");
    if (!path) {
        ph_error_set(err, PH_NOT_FOUND, "this system has no control groups of version 2");
        return NULL;
    }
    char *rest = mounts_copy, *root, *point;
    for (char *line; (line = strsep(&rest, "\n"));) {
        const char *inside = parse_mount(line, &root, &point) ? below(path, root) : NULL;
        if (inside && !strstr(inside, "/.."))
            return ph_format("%s%s", point, inside);
    }
    ph_error_set(err, PH_NOT_FOUND, "the control group '%.200s' is not mounted anywhere", path);
    return NULL;
}
