#include "settings.h"

#include "section.h"

#include <endpoint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static bool is_loopback(const char *endpoint)
{
    /* The schema has made sure of tcp://ADDRESS:PORT, without names that could mean anything. */
    return strncmp(endpoint, "tcp://127.", 10) == 0 || strncmp(endpoint, "tcp://[::1]:", 12) == 0;
}

/* Who asks for Circus's clients has agreed to what tcp:// on a loopback address means; further out
 * it has no place. */
static void check_circus(const char *endpoint, const config_setting_t *section, const char *option,
                         struct problems *problems)
{
    struct ph_error err;
    if (ph_endpoint_ipc_path(endpoint) || is_loopback(endpoint))
        return;
    ph_error_set(&err, PH_DENIED,
                 "%s is not a loopback address: whoever reaches it could run programs here",
                 endpoint);
    ph_error_hint(&err, "use ipc:// or tcp://127.0.0.1:PORT");
    problems_add(problems, tree_option_place(section, option), &err);
}

void settings_read_circus(struct settings *self, const config_setting_t *section,
                          struct problems *problems)
{
    section_note_written(section, &self->circus_written);
    section_read_options(section, SECTION_CIRCUS, self, problems);
    check_circus(self->circus_endpoint, section, "endpoint", problems);
    check_circus(self->circus_pubsub_endpoint, section, "pubsub_endpoint", problems);
}

static int check_endpoint(const struct settings *settings, const char *endpoint,
                          struct ph_error *err)
{
    if (!endpoint || ph_endpoint_ipc_path(endpoint))
        return 0;
    if (!is_loopback(endpoint)) {
        ph_error_set(err, PH_DENIED,
                     "%s is not a loopback address: whoever reaches it could run programs here",
                     endpoint);
        return ph_error_hint(err, "use ipc://, or tcp://127.0.0.1:PORT with insecure_tcp = yes");
    }
    if (settings->insecure_tcp)
        return 0;
    ph_error_set(err, PH_DENIED, "%s would let every local user run programs as this user",
                 endpoint);
    return ph_error_hint(err, "use ipc://, or say insecure_tcp = yes");
}

void settings_read(struct settings *self, const config_setting_t *section,
                   struct problems *problems)
{
    struct ph_error err;
    section_note_written(section, &self->written);
    section_read_options(section, SECTION_PLUGHOST, self, problems);
    if (check_endpoint(self, self->endpoint, &err) < 0)
        problems_add(problems, tree_option_place(section, "endpoint"), &err);
    if (check_endpoint(self, self->pubsub_endpoint, &err) < 0)
        problems_add(problems, tree_option_place(section, "pubsub_endpoint"), &err);
}

static void check_length(const char *endpoint, struct problems *problems)
{
    struct ph_error err;
    const char *path = ph_endpoint_ipc_path(endpoint);
    if (!path || strlen(path) < sizeof((struct sockaddr_un *)NULL)->sun_path)
        return;
    ph_error_set(&err, PH_INVALID, "the socket path '%s' is longer than the %zu letters allowed",
                 path, sizeof((struct sockaddr_un *)NULL)->sun_path - 1);
    ph_error_hint(&err, "set run_dir in [plughost] to a shorter path");
    problems_add(problems, NOWHERE, &err);
}

static void check_distinct(const struct settings *self, struct problems *problems)
{
    const struct {
        const char *name, *address;
    } all[] = {
        {"endpoint", self->endpoint},
        {"pubsub_endpoint", self->pubsub_endpoint},
        {"endpoint of [circus]", self->circus_endpoint},
        {"pubsub_endpoint of [circus]", self->circus_pubsub_endpoint},
    };
    struct ph_error err;
    for (size_t i = 1; i < (self->circus_compat ? 4 : 2); i++)
        for (size_t k = 0; k < i; k++) {
            if (strcmp(all[i].address, all[k].address) != 0)
                continue;
            ph_error_set(&err, PH_INVALID, "%s and %s are the same: %s", all[k].name, all[i].name,
                         all[i].address);
            ph_error_hint(&err, "each needs an address of its own");
            problems_add(problems, NOWHERE, &err);
        }
}

void settings_complete(struct settings *self, struct problems *problems)
{
    if (!self->run_dir)
        self->run_dir = ph_default_run_dir();
    if (!self->endpoint)
        self->endpoint = ph_default_endpoint(self->run_dir);
    if (!self->pubsub_endpoint)
        self->pubsub_endpoint = ph_default_pubsub(self->run_dir);
    check_length(self->endpoint, problems);
    check_length(self->pubsub_endpoint, problems);
    if (self->circus_compat) {
        check_length(self->circus_endpoint, problems);
        check_length(self->circus_pubsub_endpoint, problems);
    }
    check_distinct(self, problems);
}

void settings_release(struct settings *self)
{
    written_release(&self->written);
    written_release(&self->circus_written);
    free(self->include);
    free(self->include_dir);
    free(self->overlay);
    free(self->run_dir);
    free(self->endpoint);
    free(self->pubsub_endpoint);
    free(self->circus_endpoint);
    free(self->circus_pubsub_endpoint);
    words_destroy(&self->plugin_path);
}
