#include "logfiles.h"

#include <alloc.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Says whether options tell when a file is set aside, or who else does so. */
static bool says_how(const struct stream_options *options)
{
    return options->max_bytes > 0 || stream_options_class(options) != STREAM_FILE;
}

/* Of several that write to one file, one is enough to say how. */
logfile_t *logfiles_open(struct logfiles *self, const struct stream_options *options,
                         const struct loss_listener *listener, struct ph_error *err)
{
    for (size_t i = 0; i < self->count; i++) {
        struct logfile_use *use = &self->items[i];
        if (strcmp(logfile_path(use->file), options->filename) != 0)
            continue;
        if (says_how(options))
            logfile_configure(use->file, options);
        use->users++;
        return use->file;
    }
    logfile_t *file = logfile_new(options, listener, err);
    if (!file)
        return NULL;
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] = (struct logfile_use){file, 1};
    return file;
}

void logfiles_close(struct logfiles *self, logfile_t **file_p)
{
    logfile_t *file = ph_steal(file_p);
    for (size_t i = 0; i < self->count; i++) {
        struct logfile_use *use = &self->items[i];
        if (use->file != file || --use->users > 0)
            continue;
        logfile_destroy(&use->file);
        *use = self->items[--self->count];
        return;
    }
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
