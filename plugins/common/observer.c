#include "observer.h"

#include <math.h>

int observer_init(struct observer *self, ph_plugin_t *plugin, ph_timer_fn *look,
                  struct ph_error *err)
{
    double seconds;
    if (ph_plugin_option_float(plugin, "loop_rate", 60, &seconds, err) < 0)
        return -1;
    *self = (struct observer){.plugin = plugin, .statsd = statsd_client_new(plugin, err)};
    if (!self->statsd)
        return -1;
    self->timer = ph_plugin_every(plugin, (int)lround(seconds * 1000), look, NULL);
    return 0;
}

void observer_release(struct observer *self)
{
    if (self->timer > 0)
        ph_plugin_cancel(self->plugin, self->timer);
    statsd_client_destroy(&self->statsd);
    *self = (struct observer){0};
}
