/* folder.h - a folder for one daemon, and the files in it. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stdint.h>

/* Makes a folder of its own in $TMPDIR or /tmp, whichever leaves room for the path of a socket.
 * The caller frees the path. Returns NULL with PH_SYSTEM. */
char *folder_new(struct ph_error *err);

/* Removes the folder with all in it, frees `*path_p` and sets it to NULL. `*path_p` may be NULL. */
void folder_destroy(char **path_p);

/* Returns the name of something in a folder, which the caller frees; NULL: it is empty, or not
 * there. */
char *folder_first(const char *path);

/* Writes a file. Returns 0, or -1 with PH_SYSTEM. */
int file_write(const char *path, const char *text, struct ph_error *err);

/* Returns all of a file with a NUL behind it, "" for one that cannot be read. The caller frees
 * it. */
char *file_read(const char *path);

/* Waits until the file holds `text`, or until `stop_fd` is readable. Its folder must exist. Returns
 * whether it holds it. */
bool file_wait(const char *path, const char *text, int stop_fd, int64_t deadline);
