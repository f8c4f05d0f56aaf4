#include "runner.h"

#include "../process/options.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct runner {
    char *program;     /* plughost-plugin, which loads modules in C */
    char *python_path; /* the folder with the package plughost, or NULL */
};

/* Returns FOLDER, without "..", if it has the package, else NULL; the caller frees it. */
static char *look_for_package(const char *bin, const char *from_bin)
{
    ph_cleanup(ph_freep) char *folder = ph_format("%s/%s/plughost/python", bin, from_bin);
    ph_cleanup(ph_freep) char *package = ph_format("%s/plughost/__init__.py", folder);
    return access(package, F_OK) == 0 ? realpath(folder, NULL) : NULL;
}

/* The package is found from the program's own place, as built-in modules are, so that a moved
 * installation still works: lib beside bin in the build tree, LIBDIR where it is installed. */
static char *find_python_path(const char *bin)
{
    char *folder = look_for_package(bin, "../lib");
    return folder ? folder : look_for_package(bin, PH_BIN_TO_LIB);
}

runner_t *runner_new(const char *bin)
{
    runner_t *self = ph_calloc(1, sizeof *self);
    self->program = ph_format("%s/plughost-plugin", bin);
    self->python_path = find_python_path(bin);
    return self;
}

void runner_destroy(runner_t **self_p)
{
    runner_t *self = *self_p;
    if (!self)
        return;
    free(self->program);
    free(self->python_path);
    free(self);
    *self_p = NULL;
}

bool runner_is_python(const char *use)
{
    return strncmp(use, RUNNER_PYTHON, strlen(RUNNER_PYTHON)) == 0;
}

char **runner_words(const runner_t *self, const char *use, const char *name)
{
    char **words = NULL;
    if (runner_is_python(use)) {
        words_add(&words, "python3");
        words_add(&words, "-m");
        words_add(&words, "plughost");
        words_add(&words, use + strlen(RUNNER_PYTHON));
    } else {
        words_add(&words, self->program);
    }
    words_add(&words, name);
    return words;
}

const char *runner_python_path(const runner_t *self, const char *use)
{
    return runner_is_python(use) ? self->python_path : NULL;
}
