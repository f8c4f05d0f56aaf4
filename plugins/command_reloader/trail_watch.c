/* What is watched are folders, each for some names in it: a file that is replaced is another one,
 * and nobody would hear of it who watches the file itself. */
#include "trail_watch.h"

#include "file_trail.h"

#include <errno.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Not IN_MODIFY: a file that is being written is none yet. */
#define CHANGES                                                                                    \
    (IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVED_FROM |         \
     IN_MOVED_TO | IN_MOVE_SELF)

struct place {
    int folder; /* inotify's number for it */
    char *name;
};

struct places {
    int fd; /* of inotify; -1: none */
    struct place *items;
    size_t count;
};

struct trail_watch {
    ph_plugin_t *plugin;
    trail_watch_fn *function;
    struct places places;
};

/* ---- places ---- */

static void places_release(struct places *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i].name);
    free(self->items);
    if (self->fd >= 0)
        close(self->fd);
    *self = (struct places){.fd = -1};
}

static bool places_have(const struct places *self, int folder, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].folder == folder && strcmp(self->items[i].name, name) == 0)
            return true;
    return false;
}

/* A folder that is not there, or may not be read, is no error: those before it tell when that is
 * different. */
static int places_add(struct places *self, const struct trail_step *step, struct ph_error *err)
{
    int folder = inotify_add_watch(self->fd, step->folder, CHANGES | IN_ONLYDIR);
    if (folder < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return 0;
    if (folder < 0)
        return ph_error_sys(err, "cannot watch '%s'", step->folder);
    if (places_have(self, folder, step->name))
        return 0;
    self->items = memory_resize(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] = (struct place){.folder = folder, .name = memory_copy(step->name)};
    return 0;
}

static int places_add_path(struct places *self, const char *path, struct ph_error *err)
{
    ph_cleanup(file_trail_destroy) file_trail_t *trail = file_trail_new(path);
    const struct trail_step *step;
    for (size_t i = 0; (step = file_trail_step(trail, i)); i++)
        if (places_add(self, step, err) < 0)
            return -1;
    return 0;
}

/* ---- news ---- */

/* What has no name is about a folder itself, or says that there was too much to tell. */
static bool is_about_us(const trail_watch_t *self, const struct inotify_event *event)
{
    if (event->mask & IN_IGNORED)
        return false;
    return event->len == 0 || places_have(&self->places, event->wd, event->name);
}

static void on_news(ph_plugin_t *plugin, int fd, short events, void *arg)
{
    trail_watch_t *self = arg;
    _Alignas(struct inotify_event) char buffer[8192];
    bool is_news = false;
    (void)events;
    ssize_t size = read(fd, buffer, sizeof buffer);
    for (ssize_t at = 0; at < size;) {
        struct inotify_event event;
        memcpy(&event, buffer + at, sizeof event);
        is_news |= is_about_us(self, (const struct inotify_event *)(const void *)(buffer + at));
        at += (ssize_t)(sizeof event + event.len);
    }
    if (is_news)
        self->function(plugin);
}

/* ---- from the first to the last moment ---- */

trail_watch_t *trail_watch_new(ph_plugin_t *plugin, trail_watch_fn *function)
{
    trail_watch_t *self = memory_new(sizeof *self);
    self->plugin = plugin;
    self->function = function;
    self->places.fd = -1;
    return self;
}

static void forget(trail_watch_t *self)
{
    if (self->places.fd >= 0)
        ph_plugin_unwatch_fd(self->plugin, self->places.fd);
    places_release(&self->places);
}

void trail_watch_destroy(trail_watch_t **self_p)
{
    if (!*self_p)
        return;
    forget(*self_p);
    free(*self_p);
    *self_p = NULL;
}

int trail_watch_set(trail_watch_t *self, const char *const *paths, size_t count,
                    struct ph_error *err)
{
    ph_cleanup(places_release) struct places fresh = {.fd =
                                                          inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (fresh.fd < 0)
        return ph_error_sys(err, "cannot watch files");
    for (size_t i = 0; i < count; i++)
        if (places_add_path(&fresh, paths[i], err) < 0)
            return -1;
    if (ph_plugin_watch_fd(self->plugin, fresh.fd, POLLIN, on_news, self, err) < 0)
        return -1;
    forget(self);
    self->places = fresh;
    fresh = (struct places){.fd = -1};
    return 0;
}
