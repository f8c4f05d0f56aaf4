/* plughostctl - control a running plughostd from a shell. */
#include "output.h"
#include "program.h"

#include <locale.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *slash = strrchr(argc > 0 ? argv[0] : "", '/');
    const char *name = slash ? slash + 1 : argv[0];
    struct options defaults = {.is_circus = argc > 0 && strcmp(name, "circusctl") == 0};
    output_open();
    setlocale(LC_CTYPE, ""); /* for the width of characters; numbers keep their point */
    return program_run(argc, argv, &defaults);
}
