/* files.h - what tests do with files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns the whole file with a NUL behind it, which the caller frees; NULL if it cannot be
 * read. */
char *file_read(const char *path);

/* Writes a text; the test fails if it cannot be written. */
void file_write(const char *path, const char *text);

/* Waits until the file is there and holds `text`. Returns false when the time is over. The folder
 * of the file must exist. */
bool file_wait(const char *path, const char *text, int timeout_ms);

/* Waits until something of that name is in its folder. Returns false when the time is over. */
bool file_wait_exists(const char *path, int timeout_ms);

/* Makes a pipe with a name. Returns a descriptor that is both of its ends, so that opening and
 * writing never wait for the others; the caller closes it. */
int fifo_make(const char *path);

/* The same for a pipe that somebody else makes just now. */
int fifo_open(const char *path);

/* Writes a text of any length into such a pipe; the test fails when its reader does not take it in
 * time. */
void fifo_write(int fd, const char *text);

/* Says whether a folder has nothing in it, or is not there. */
bool directory_is_empty(const char *path);

/* Makes a folder that nothing else uses; the caller frees the path. */
char *directory_make(void);

/* Removes a folder and all in it. */
void directory_remove(const char *path);

/* Says whether `whole` ends with `text`. */
bool text_ends(const char *whole, const char *text);

/* Counts how often `text` stands in `whole`. */
size_t text_count(const char *whole, const char *text);

/* Returns a copy of `text` in which every `from` is `to`; the caller frees it. */
char *text_replace(const char *text, const char *from, const char *to);
