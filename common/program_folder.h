/* program_folder.h - where this program lies, and what belongs to it. */
#pragma once

/* Returns the folder of this program, which the caller frees, or NULL with errno. */
char *ph_program_folder(void);
