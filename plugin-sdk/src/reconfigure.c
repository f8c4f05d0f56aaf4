#include "reconfigure.h"

#include "options_table.h"
#include "plugin.h"

#include <alloc.h>
#include <string.h>

static int ask_plugin(ph_plugin_t *plugin, struct ph_error *err)
{
    struct ph_error reason = {0};
    if (plugin->module.handle_reconfigure(plugin, &reason) == 0)
        return 0;
    if (!reason.message[0])
        return ph_error_set(err, PH_INVALID,
                            "plugin '%s' refused the options without giving a reason",
                            ph_plugin_name(plugin));
    if (err)
        *err = reason;
    return -1;
}

int reconfigure(ph_plugin_t *plugin, ph_message_t **request_p, struct ph_error *err)
{
    const ph_value_t *request = ph_message_body(*request_p);
    const ph_value_t *options = ph_value_get(ph_value_get(request, "properties"), "options");
    if (options_table_check_values(plugin->module.options, options, err) < 0)
        return -1;

    const ph_value_t *before = plugin->options;
    plugin->options = options;
    if (ask_plugin(plugin, err) < 0) {
        plugin->options = before;
        return -1;
    }
    ph_message_destroy(&plugin->options_message);
    plugin->options_message = ph_steal(request_p);
    return 0;
}

/* ---- the options of a welcome ---- */

static bool is_same(const ph_value_t *a, const ph_value_t *b)
{
    if (ph_value_size(a) != ph_value_size(b))
        return false;
    for (size_t i = 0; i < ph_value_size(a); i++) {
        const ph_value_t *key, *value = ph_value_entry(a, i, &key);
        const char *other = ph_value_string(ph_value_get(b, ph_value_string(key, "")), NULL);
        if (!other || strcmp(other, ph_value_string(value, "")) != 0)
            return false;
    }
    return true;
}

/* Returns a request as the daemon would send it: the welcome goes away, options have to stay. */
static ph_message_t *make_request(const ph_value_t *options)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_map(writer, "properties");
    ph_writer_value(writer, "options", options);
    ph_writer_end(writer);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    return ph_message_new(data, size, NULL);
}

void reconfigure_from_welcome(ph_plugin_t *plugin, const ph_value_t *options)
{
    if (!plugin->module.handle_reconfigure || ph_value_type(options) != PH_MAP ||
        is_same(options, plugin->options))
        return;
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *request = make_request(options);
    if (request && reconfigure(plugin, &request, &err) < 0)
        ph_plugin_log(plugin, PH_LOG_ERROR, "the options have changed, but: %s", err.message);
}
