#include "module.h"

#include <alloc.h>
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Appends a folder to the text that says where was looked. */
static void note_folder(char **searched, const char *folder)
{
    char *longer = ph_format("%s%s%s", *searched, **searched ? ", " : "", folder);
    free(*searched);
    *searched = longer;
}

/* Returns FOLDER/NAME.so if it is there, else NULL; the caller frees it. */
static char *look_in(const char *folder, const char *name, char **searched)
{
    ph_cleanup(ph_freep) char *file = ph_format("%s/%s.so", folder, name);
    note_folder(searched, folder);
    return access(file, F_OK) == 0 ? ph_steal(&file) : NULL;
}

/* The built-in folders are found from the program's own place, so a moved installation still works:
 * lib/plughost beside bin in the build tree, LIBDIR/plughost where it is installed. */
static char *look_in_built_in(const char *name, char **searched)
{
    static const char *const from_bin[] = {"../lib/plughost", PH_BIN_TO_LIB "/plughost"};
    char program[PATH_MAX] = "";
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        return NULL;
    const char *bin = dirname(program);

    for (size_t i = 0; i < sizeof from_bin / sizeof from_bin[0]; i++) {
        ph_cleanup(ph_freep) char *relative = ph_format("%s/%s", bin, from_bin[i]);
        ph_cleanup(ph_freep) char *folder = realpath(relative, NULL);
        char *file = folder && !strstr(*searched, folder) ? look_in(folder, name, searched) : NULL;
        if (file)
            return file;
    }
    return NULL;
}

static char *find_file(const char *name, const struct module_path *path, struct ph_error *err)
{
    if (strchr(name, '/')) {
        if (access(name, F_OK) == 0)
            return ph_strdup(name);
        ph_error_sys(err, "cannot load module '%s'", name);
        return NULL;
    }
    ph_cleanup(ph_freep) char *searched = ph_strdup("");
    char *file = NULL;
    for (size_t i = 0; i < path->count && !file; i++)
        file = look_in(path->folders[i], name, &searched);
    if (!file)
        file = look_in_built_in(name, &searched);
    if (!file) {
        ph_error_set(err, PH_NOT_FOUND, "module '%s' is missing: no file '%s.so' in %s", name, name,
                     *searched ? searched : "any folder");
        ph_error_hint(err,
                      "name its folder with plugin_path (--plugin-path), or give use = a path");
    }
    return file;
}

static int check_abi(const struct ph_plugin_module *module, const char *file, struct ph_error *err)
{
    if (module->abi == PH_PLUGIN_ABI)
        return 0;
    if (module->abi > PH_PLUGIN_ABI) {
        ph_error_set(err, PH_INCOMPATIBLE,
                     "module '%s' needs plugin ABI %u, this plughost %s has %u: upgrade plughost",
                     file, module->abi, PH_VERSION, PH_PLUGIN_ABI);
        return ph_error_hint(err, "or build the module with the headers of plughost %s",
                             PH_VERSION);
    }
    return ph_error_set(
        err, PH_INCOMPATIBLE,
        "module '%s' was built for plugin ABI %u, this plughost %s has %u: build the "
        "module again with its headers",
        file, module->abi, PH_VERSION, PH_PLUGIN_ABI);
}

const struct ph_plugin_module *module_load(const char *name, const struct module_path *path,
                                           struct ph_error *err)
{
    ph_cleanup(ph_freep) char *file = find_file(name, path, err);
    if (!file)
        return NULL;

    /* Everything is resolved now, so an unknown symbol is an error here and no crash later. */
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        ph_error_set(err, PH_INVALID, "cannot load module '%s': %s", name, dlerror());
        return NULL;
    }
    const struct ph_plugin_module *module = dlsym(handle, "ph_plugin_module");
    if (!module) {
        ph_error_set(err, PH_INVALID, "'%s' is no plughost module: it has no 'ph_plugin_module'",
                     file);
        ph_error_hint(err, "define it with PH_PLUGIN_MODULE = { PH_PLUGIN_HEADER, ... };");
        return NULL;
    }
    return check_abi(module, file, err) < 0 ? NULL : module;
}
