#include "inheritance.h"

#include <alloc.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *inheritance_name(const struct watcher_options *options)
{
    return strchr(options->name, ':') + 1;
}

static ph_writer_t *make_map(const struct session_context *context,
                             const struct watcher_options *options, const char *token)
{
    ph_writer_t *map = ph_writer_new();
    ph_writer_string(map, "name", inheritance_name(options));
    ph_writer_string(map, "endpoint", context->endpoint);
    ph_writer_string(map, "pubsub", context->pubsub);
    ph_writer_string(map, "token", token);
    ph_writer_string(map, "module", options->use);
    ph_writer_array(map, "plugin_path");
    for (char *const *folder = context->plugin_path; folder && *folder; folder++)
        ph_writer_string(map, NULL, *folder);
    ph_writer_end(map);
    ph_writer_map(map, "options");
    for (size_t i = 0; i < options->option.count; i++)
        ph_writer_string(map, options->option.items[i].key, options->option.items[i].value);
    ph_writer_end(map);
    return map;
}

/* It is put into memory that the child inherits: argv would show it to everyone and could not hold
 * every byte. */
int inheritance_open(const struct session_context *context, const struct watcher_options *options,
                     const char *token, struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *map = make_map(context, options, token);
    size_t size;
    const char *data = ph_writer_data(map, &size);
    ph_cleanup(ph_closep) int fd = memfd_create("plughost-plugin", MFD_CLOEXEC);
    if (fd < 0)
        return ph_error_sys(err, "could not prepare the plugin's options");
    for (size_t done = 0; done < size;) {
        ssize_t count = write(fd, data + done, size - done);
        if (count < 0 && errno != EINTR)
            return ph_error_sys(err, "could not prepare the plugin's options");
        done += count > 0 ? (size_t)count : 0;
    }
    return ph_steal_fd(&fd);
}
