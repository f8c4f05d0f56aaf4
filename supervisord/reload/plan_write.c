#include "plan_write.h"

#include <alloc.h>
#include <czmq.h>

enum { ID_LETTERS = 12 };

static void write_step(const struct plan_step *step, ph_writer_t *out)
{
    ph_writer_map(out, NULL);
    ph_writer_string(out, "name",
                     step->watcher ? watcher_name(step->watcher) : step->options->name);
    ph_writer_string(out, "action", plan_action_name(step->action));
    ph_writer_string(out, "why", step->why);
    changes_write(&step->changes, "changes", out);
    ph_writer_end(out);
}

static void write_socket(const struct plan_socket *socket, ph_writer_t *out)
{
    ph_writer_map(out, NULL);
    ph_writer_string(out, "name", socket->name);
    ph_writer_string(out, "action", socket->options ? "open" : "daemon");
    ph_writer_string(out, "why", socket->why);
    changes_write(&socket->changes, "changes", out);
    ph_writer_end(out);
}

static void write_contents(const struct plan *self, ph_writer_t *out)
{
    ph_writer_array(out, "watchers");
    for (size_t i = 0; i < self->count; i++)
        write_step(&self->steps[i], out);
    ph_writer_end(out);
    changes_write(&self->settings, "settings", out);
    ph_writer_array(out, "sockets");
    for (size_t i = 0; i < self->sockets.count; i++)
        write_socket(&self->sockets.items[i], out);
    ph_writer_end(out);
    ph_writer_int(out, "unchanged", (int64_t)self->unchanged);
}

char *plan_id(const struct plan *self)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *contents = ph_writer_new();
    write_contents(self, contents);
    const void *data = ph_writer_data(contents, &size);
    ph_cleanup(zdigest_destroy) zdigest_t *digest = zdigest_new();
    zdigest_update(digest, data, size);
    return ph_format("%.*s", ID_LETTERS, zdigest_string(digest));
}

void plan_write(const struct plan *self, ph_writer_t *out)
{
    ph_cleanup(ph_freep) char *id = plan_id(self);
    ph_writer_string(out, "plan", id);
    write_contents(self, out);
}
