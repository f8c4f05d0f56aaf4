#include "file_trail.h"

#include <limits.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINKS = 40 }; /* as the kernel has it */

struct file_trail {
    struct trail_step *steps;
    size_t count;
};

/* ---- following ---- */

static void add_step(file_trail_t *self, const char *folder, const char *name)
{
    self->steps = memory_resize(self->steps, self->count + 1, sizeof *self->steps);
    self->steps[self->count++] =
        (struct trail_step){.folder = memory_copy(folder), .name = memory_copy(name)};
}

/* Where one is, and what is still to be gone. */
struct walk {
    char *folder; /* "" is the root */
    char *rest;
};

static void set(char **text_p, char *fresh)
{
    free(*text_p);
    *text_p = fresh;
}

/* Takes the next name off the rest. Returns NULL at the end; the caller frees it. */
static char *next_name(struct walk *walk)
{
    const char *begin = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(begin, "/");
    if (length == 0)
        return NULL;
    char *name = memory_format("%.*s", (int)length, begin);
    set(&walk->rest, memory_copy(begin + length));
    return name;
}

static void go_up(struct walk *walk)
{
    char *slash = strrchr(walk->folder, '/');
    if (slash)
        *slash = '\0';
}

/* Goes where a link points to. Returns false if `path` is no link. */
static bool follow_link(struct walk *walk, const char *path)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    set(&walk->rest, memory_format("%s/%s", target, walk->rest));
    if (*target == '/')
        set(&walk->folder, memory_copy(""));
    return true;
}

static void follow(file_trail_t *self, struct walk *walk)
{
    int links = 0;
    char *name = NULL;
    while (links <= MAX_LINKS && (set(&name, next_name(walk)), name)) {
        if (strcmp(name, ".") == 0)
            continue;
        if (strcmp(name, "..") == 0) {
            go_up(walk);
            continue;
        }
        ph_cleanup(memory_free) char *path = memory_format("%s/%s", walk->folder, name);
        add_step(self, *walk->folder ? walk->folder : "/", name);
        if (follow_link(walk, path))
            links++;
        else
            set(&walk->folder, ph_steal(&path));
    }
    free(name);
}

/* ---- the trail ---- */

file_trail_t *file_trail_new(const char *path)
{
    file_trail_t *self = memory_new(sizeof *self);
    struct walk walk = {.folder = memory_copy(""), .rest = memory_copy(path)};
    follow(self, &walk);
    free(walk.folder);
    free(walk.rest);
    return self;
}

void file_trail_destroy(file_trail_t **self_p)
{
    file_trail_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free(self->steps[i].folder);
        free(self->steps[i].name);
    }
    free(self->steps);
    free(self);
    *self_p = NULL;
}

const struct trail_step *file_trail_step(const file_trail_t *self, size_t index)
{
    return index < self->count ? &self->steps[index] : NULL;
}

/* ---- the file ---- */

struct file_state file_state_read(const char *path)
{
    struct stat found;
    if (stat(path, &found) < 0)
        return (struct file_state){0};
    return (struct file_state){
        .is_there = S_ISREG(found.st_mode) && found.st_size > 0 && (found.st_mode & 0111),
        .device = found.st_dev,
        .inode = found.st_ino,
        .size = found.st_size,
        .modified = found.st_mtim,
    };
}

bool file_state_is_equal(const struct file_state *one, const struct file_state *other)
{
    return one->is_there == other->is_there && one->device == other->device &&
           one->inode == other->inode && one->size == other->size &&
           one->modified.tv_sec == other->modified.tv_sec &&
           one->modified.tv_nsec == other->modified.tv_nsec;
}
