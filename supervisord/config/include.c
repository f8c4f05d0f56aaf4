#include "include.h"

#include "../process/expand.h"
#include "../process/options.h"

#include <alloc.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *look_up(void *arg, const char *name)
{
    (void)arg;
    return strncmp(name, "env.", 4) == 0 ? ph_strdup(getenv(name + 4)) : NULL;
}

/* Returns a name as it is from the working folder; the caller frees it. */
static char *locate(const struct include_search *self, const char *name)
{
    const char *slash = strrchr(self->main_file, '/');
    if (!slash || name[0] == '/')
        return ph_strdup(name);
    return ph_format("%.*s%s", (int)(slash - self->main_file + 1), self->main_file, name);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static bool is_known(const struct include_search *self, const char *path)
{
    if (is_same_file(self->main_file, path))
        return true;
    for (char **known = self->paths; known && *known; known++)
        if (is_same_file(*known, path))
            return true;
    return false;
}

static void add_missing(struct include_search *self, const struct tree_option *option,
                        const char *name, const char *why, const char *hint)
{
    struct ph_error err;
    ph_error_set(&err, PH_NOT_FOUND, "%s = %.80s: %s", option->key, name, why);
    ph_error_hint(&err, "%s", hint);
    problems_add(self->missing, option->place, &err);
}

/* Returns how many files match. */
static size_t add_matches(struct include_search *self, const char *pattern)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        return 0;
    size_t count = found.gl_pathc;
    for (size_t i = 0; i < count; i++)
        if (!is_known(self, found.gl_pathv[i]))
            words_add(&self->paths, found.gl_pathv[i]);
    globfree(&found);
    return count;
}

static void find_files(struct include_search *self, const struct tree_option *option,
                       const char *name)
{
    ph_cleanup(ph_freep) char *pattern = locate(self, name);
    bool is_pattern = strpbrk(name, "*?[");
    if (add_matches(self, pattern) > 0 || (is_pattern && !self->wants_matches))
        return;
    add_missing(self, option, name, is_pattern ? "no file matches" : "there is no such file",
                "names begin in the folder of the main file");
}

static void find_in_folder(struct include_search *self, const struct tree_option *option,
                           const char *name)
{
    struct stat status;
    ph_cleanup(ph_freep) char *folder = locate(self, name);
    ph_cleanup(ph_freep) char *pattern = ph_format("%s/*.ini", folder);
    if (stat(folder, &status) < 0 || !S_ISDIR(status.st_mode))
        add_missing(self, option, name, "there is no such folder",
                    "names begin in the folder of the main file");
    else if (add_matches(self, pattern) == 0 && self->wants_matches)
        add_missing(self, option, name, "there is no *.ini in it", "only *.ini is read");
}

void include_find(struct include_search *self, const struct tree_option *option)
{
    static const char blanks[] = " \t\r\n";
    bool is_folder = strcmp(option->key, "include_dir") == 0;
    ph_cleanup(ph_freep) char *names = expand(option->value, look_up, NULL);
    for (const char *at = names; *(at += strspn(at, blanks));) {
        size_t length = strcspn(at, blanks);
        ph_cleanup(ph_freep) char *name = ph_strndup(at, length);
        (is_folder ? find_in_folder : find_files)(self, option, name);
        at += length;
    }
}

void include_release(struct include_search *self)
{
    words_destroy(&self->paths);
}
