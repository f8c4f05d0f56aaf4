#include "circus_python.h"

#include <alloc.h>
#include <program_folder.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *circus_python_find(void)
{
    const char *path = getenv("PATH");
    for (const char *at = path ? path : ""; *at;) {
        size_t length = strcspn(at, ":");
        ph_cleanup(ph_freep) char *file = ph_format("%.*s/python3", (int)length, at);
        if (*at == '/' && access(file, X_OK) == 0)
            return ph_steal(&file);
        at += length + (at[length] == ':');
    }
    return ph_strdup("python3");
}

/* They are beside the package for plugins: lib beside bin in the build tree, LIBDIR where plughost
 * is installed. */
char *circus_python_scripts(void)
{
    ph_cleanup(ph_freep) char *folder = ph_program_folder();
    const char *bin = folder ? folder : ".";
    ph_cleanup(ph_freep) char *built = ph_format("%s/../lib/plughost/circus", bin);
    char *found = realpath(built, NULL);
    if (found)
        return found;
    ph_cleanup(ph_freep) char *installed = ph_format("%s/" PH_BIN_TO_LIB "/plughost/circus", bin);
    found = realpath(installed, NULL);
    return found ? found : ph_steal(&installed);
}
