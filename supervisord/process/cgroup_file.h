/* cgroup_file.h - the files of a control group: short texts, one write each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Returns a descriptor that the caller closes, or -1 with errno set. */
int cgroup_file_open_folder(const char *path);

/* Reads at most `size` - 1 bytes and puts a NUL behind them. Returns how many, or -1 with errno
 * set. */
ssize_t cgroup_file_read(int folder_fd, const char *name, char *text, size_t size);

/* Writes the text at once, to a file that is there. Returns 0, or -1 with errno set. */
int cgroup_file_write(int folder_fd, const char *name, const char *text);

/* Returns the number behind "KEY " at the beginning of a line, -1 if there is none. */
int64_t cgroup_file_number(int folder_fd, const char *name, const char *key);

/* Says whether a file in `folder`, words parted by blanks, has this one. */
bool cgroup_file_has_word(const char *folder, const char *name, const char *word);
