#include "logfiles.h"

#include <alloc.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct logfile_use *find(const struct logfiles *self, const char *path)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(logfile_path(self->items[i].file), path) == 0)
            return &self->items[i];
    return NULL;
}

static void add(struct logfiles *self, logfile_t *file)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] = (struct logfile_use){.file = file, .holders = 1};
}

int logfiles_open(struct logfiles *self, const struct stream_options *options,
                  const struct loss_listener *listener, struct logfile_user *user,
                  struct ph_error *err)
{
    struct logfile_use *use = find(self, options->filename);
    logfile_t *file = use ? use->file : logfile_new(options, listener, err);
    if (!file)
        return -1;
    if (use)
        use->holders++;
    else
        add(self, file);
    *user = (struct logfile_user){.file = file, .limits = logfile_limits_of(options)};
    return 0;
}

/* Says whether limits tell when a file is set aside, or who else does so. */
static bool say_how(const struct logfile_limits *self)
{
    return self->max_bytes > 0 || self->class != STREAM_FILE;
}

/* Of several that write to one file, one is enough to say how. */
static void configure(const struct logfile_use *use)
{
    const struct logfile_user *user = use->first;
    while (user && !say_how(&user->limits))
        user = user->next;
    if (!user)
        user = use->first;
    if (user)
        logfile_configure(use->file, &user->limits);
}

void logfiles_begin(struct logfiles *self, struct logfile_user *user)
{
    struct logfile_use *use = find(self, logfile_path(user->file));
    assert(use); /* whoever has a file, has it from here */
    user->next = use->first;
    use->first = user;
    configure(use);
}

/* Returns whether its limits did count. */
static bool forget(struct logfile_use *use, const struct logfile_user *user)
{
    struct logfile_user **link = &use->first;
    while (*link && *link != user)
        link = &(*link)->next;
    if (!*link)
        return false;
    *link = user->next;
    return true;
}

void logfiles_close(struct logfiles *self, struct logfile_user *user)
{
    if (!user->file)
        return;
    struct logfile_use *use = find(self, logfile_path(user->file));
    assert(use);
    if (forget(use, user))
        configure(use);
    user->file = NULL;
    if (--use->holders > 0)
        return;
    logfile_destroy(&use->file);
    *use = self->items[--self->count];
}

int logfiles_reopen(struct logfiles *self, struct ph_error *err)
{
    int result = 0;
    for (size_t i = 0; i < self->count; i++)
        if (logfile_reopen(self->items[i].file, err) < 0)
            result = -1;
    return result;
}

void logfiles_release(struct logfiles *self)
{
    assert(self->count == 0);
    free(self->items);
}
