#include "programs.h"

#include <alloc.h>
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns FOLDER/NAME if it can be executed, else NULL; the caller frees it. */
static char *look_in(const char *folder, const char *name)
{
    ph_cleanup(ph_freep) char *path = ph_format("%s/%s", folder, name);
    return access(path, X_OK) == 0 ? ph_steal(&path) : NULL;
}

/* The library may lie in a folder of another depth in the build tree than where it is installed. */
static char *look_beside_library(const char *name)
{
    static const char *const from_lib[] = {"../bin", PH_LIB_TO_BIN};
    Dl_info info;
    ph_cleanup(ph_freep) char *library =
        dladdr((const void *)from_lib, &info) ? realpath(info.dli_fname, NULL) : NULL;
    const char *lib = library ? dirname(library) : NULL;
    char *found = NULL;
    for (size_t i = 0; lib && !found && i < sizeof from_lib / sizeof from_lib[0]; i++) {
        ph_cleanup(ph_freep) char *folder = ph_format("%s/%s", lib, from_lib[i]);
        ph_cleanup(ph_freep) char *bin = realpath(folder, NULL);
        found = bin ? look_in(bin, name) : NULL;
    }
    return found;
}

static char *look_in_path(const char *name)
{
    const char *path = getenv("PATH");
    char *found = NULL;
    while (path && *path && !found) {
        size_t length = strcspn(path, ":");
        ph_cleanup(ph_freep) char *folder = ph_strndup(path, length);
        found = length > 0 ? look_in(folder, name) : NULL;
        path += length + (path[length] == ':');
    }
    return found;
}

/* Who names a folder means it: no other plughost is taken in its place. */
char *programs_find(const char *name, const char *bin_dir, struct ph_error *err)
{
    const char *folder = bin_dir ? bin_dir : getenv("PLUGHOST_BIN");
    char *found = folder ? look_in(folder, name) : look_beside_library(name);
    if (!found && !folder)
        found = look_in_path(name);
    if (found)
        return found;
    if (folder)
        ph_error_set(err, PH_NOT_FOUND, "there is no program '%s' in '%s'%s", name, folder,
                     bin_dir ? "" : " (PLUGHOST_BIN)");
    else
        ph_error_set(err, PH_NOT_FOUND, "there is no program '%s' beside the library or in PATH",
                     name);
    ph_error_hint(err, "name the folder of plughost's programs with PLUGHOST_BIN");
    return NULL;
}
