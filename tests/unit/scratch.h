/* scratch.h - a private folder for one test. */
#pragma once

#include <alloc.h>

/* Makes an empty folder and returns its path, which the caller owns; asserts that it can. */
char *scratch_new(void);

/* Removes the folder with all that is in it, frees `*path_p` and sets it to NULL. */
void scratch_destroy(char **path_p);

/* Writes `text` to FOLDER/NAME with these permissions and returns its path, which the caller
 * frees. */
char *scratch_write(const char *folder, const char *name, const char *text, unsigned mode);

/* Returns the text of a file, which the caller frees. */
char *scratch_read(const char *path);
