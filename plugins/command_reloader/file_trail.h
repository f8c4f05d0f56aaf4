/* file_trail.h - all that a path leads through, so that inotify can tell when it leads elsewhere:
 * the names in it, the links and what they point to, and the file at its end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

typedef struct file_trail file_trail_t;

/* A name in a folder: the next piece of a path. */
struct trail_step {
    char *folder, *name;
};

/* Follows an absolute path as far as it leads, which may be short of its end. The caller owns the
 * result. */
file_trail_t *file_trail_new(const char *path);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void file_trail_destroy(file_trail_t **self_p);

/* Returns one of the steps, NULL behind the last. */
const struct trail_step *file_trail_step(const file_trail_t *self, size_t index);

/* What is at the end of a path. */
struct file_state {
    bool is_there; /* a file with some content, that may be executed by somebody */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

/* Looks what is at the end of a path now. */
struct file_state file_state_read(const char *path);

/* Says whether it is another file than it was, or another version of it. */
bool file_state_is_equal(const struct file_state *one, const struct file_state *other);
