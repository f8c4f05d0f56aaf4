#include <alloc.h>
#include <criterion/criterion.h>
#include <program_folder.h>
#include <stdlib.h>
#include <unistd.h>

Test(program_folder, this_program_lies_in_it)
{
    ph_cleanup(ph_freep) char *folder = ph_program_folder();
    ph_cleanup(ph_freep) char *program = ph_format("%s/unit-common-program_folder", folder);
    cr_expect_eq(folder[0], '/');
    cr_expect_eq(access(program, X_OK), 0);
}
