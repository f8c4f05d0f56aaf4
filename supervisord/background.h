/* background.h - going to the background, and the file that says which process that is. */
#pragma once

#include <plughost/error.h>

/* Forks; the parent waits until the child calls background_ready and ends with its word: 0 for a
 * daemon that runs, 1 for one that could not start. Returns only in the child, with a descriptor to
 * give to background_ready, or -1 and `err` in the parent. Call it before any thread or socket is
 * made. */
int background_start(struct ph_error *err);

/* Lets the parent go: the daemon runs. Standard input, output and error become /dev/null. */
void background_ready(int fd);

/* Writes the process number to a file, whole or not at all. Returns 0, or -1 with `err` filled. */
int pidfile_write(const char *path, struct ph_error *err);

/* Removes the file if it still names this process. */
void pidfile_remove(const char *path);
