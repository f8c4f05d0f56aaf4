#include "spawn_environment.h"

#include "mark.h"

static void set_user(environment_t *environment, const struct identity *identity)
{
    if (!identity->is_set || !identity_home(identity))
        return;
    environment_set(environment, "HOME", identity_home(identity));
    environment_set(environment, "USER", identity->user);
    environment_set(environment, "LOGNAME", identity->user);
}

/* What the daemon's own supervisor told the daemon is not for its children; the rest of it was
 * taken out by manager_wishes_take. */
static void copy_daemon(environment_t *environment)
{
    static const char *const own[] = {"LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID",
                                      SURVIVES_VARIABLE};
    environment_copy_daemon(environment);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        environment_unset(environment, own[i]);
}

environment_t *spawn_environment_new(const struct watcher_options *options, bool is_hook)
{
    environment_t *environment = environment_new();
    if (options->copy_env || (is_hook && options->hook_copy_env))
        copy_daemon(environment);
    if (options->copy_path) {
        environment_copy_one(environment, "PATH");
        environment_copy_one(environment, "PYTHONPATH");
    }
    set_user(environment, &options->identity);
    for (size_t i = 0; i < options->env.count; i++)
        environment_set(environment, options->env.items[i].key, options->env.items[i].value);
    if (options->virtualenv)
        environment_use_virtualenv(environment, options->virtualenv);
    environment_set(environment, "PLUGHOST_WATCHER", options->name);
    if (options->outlives_daemon)
        environment_set(environment, SURVIVES_VARIABLE, "yes");
    return environment;
}
