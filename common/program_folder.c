#include "program_folder.h"

#include <alloc.h>
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

char *ph_program_folder(void)
{
    char program[PATH_MAX] = "";
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        return NULL;
    return ph_strdup(dirname(program));
}
