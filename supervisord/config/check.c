#include "check.h"

#include "../plugin/runner.h"

#include <stdlib.h>
#include <string.h>

/* Puts "KEY = VALUE: " before a message and adds it with the line of the option. */
static void refuse_value(const config_setting_t *section, const char *key, struct ph_error *err,
                         struct problems *problems)
{
    ph_error_prefix(err, "%s = %.80s", key, tree_option_text(section, key));
    problems_add(problems, tree_option_place(section, key), err);
}

/* ---- user and group ---- */

/* Resolves the group alone first, to know which of the two is not known. */
static const char *resolve(struct watcher_options *self, struct ph_error *err)
{
    struct identity group = {0};
    if (identity_resolve(&group, NULL, self->gid, err) < 0)
        return "gid";
    identity_release(&group);
    if (identity_resolve(&self->identity, self->uid, self->gid, err) < 0 ||
        identity_check_allowed(&self->identity, err) < 0)
        return self->uid ? "uid" : "gid";
    return NULL;
}

void check_identity(struct watcher_options *self, const config_setting_t *section,
                    struct problems *problems)
{
    struct ph_error err;
    const char *wrong = resolve(self, &err);
    if (wrong)
        refuse_value(section, wrong, &err, problems);
}

/* ---- streams ---- */

/* Returns the option of a stream that a message is about: the one that it names, else the class,
 * else any. */
static const char *option_meant(const config_setting_t *section, const char *prefix,
                                const char *message)
{
    const char *meant = NULL;
    for (unsigned i = 0; i < tree_option_count(section); i++) {
        const char *key = tree_option(section, i).key;
        if (strncmp(key, prefix, strlen(prefix)) != 0)
            continue;
        const char *name = key + strlen(prefix);
        if (strstr(message, name))
            return key;
        if (!meant || strcmp(name, "class") == 0)
            meant = key;
    }
    return meant;
}

static void check_stream(const struct stream_options *stream, const char *prefix,
                         const config_setting_t *section, struct problems *problems)
{
    struct ph_error err;
    if (stream_options_check(stream, &err) < 0)
        refuse_value(section, option_meant(section, prefix, err.message), &err, problems);
}

/* ---- the rest ---- */

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t")] == '\0';
}

static int check_command(const struct watcher_options *self, struct ph_error *err)
{
    bool has_program = self->shell || (self->cmd && self->cmd[0] && *self->cmd[0]);
    if (!self->command || !self->cmd || (has_program && !is_blank(self->command)))
        return 0;
    ph_error_set(err, PH_INVALID, "cmd is empty");
    return ph_error_hint(err,
                         self->shell ? "cmd = TEXT FOR THE SHELL" : "cmd = PROGRAM ARGUMENT...");
}

static int check_singleton(const struct watcher_options *self, struct ph_error *err)
{
    if (!self->singleton || self->numprocesses <= 1)
        return 0;
    ph_error_set(err, PH_INVALID, "a singleton cannot have %lld processes",
                 (long long)self->numprocesses);
    return ph_error_hint(err, "leave out singleton or numprocesses");
}

static int check_notify(const struct watcher_options *self, struct ph_error *err)
{
    if (!self->notify || self->notify_fd == 0)
        return 0;
    ph_error_set(err, PH_INVALID,
                 "it cannot say that it is ready in two ways, notify and notify_fd");
    return ph_error_hint(err, "leave one of them out");
}

static int check_notify_fd(const struct watcher_options *self, struct ph_error *err)
{
    if (self->notify_fd == 0 || self->notify_fd > 2)
        return 0;
    ph_error_set(err, PH_INVALID, "descriptors 0, 1 and 2 are its input and output");
    return ph_error_hint(err, "3 to 1000, or 0 for none");
}

static int check_watchdog(const struct watcher_options *self, struct ph_error *err)
{
    if (self->kind == WATCHER_PLUGIN || self->watchdog_ms == 0 || self->notify)
        return 0;
    ph_error_set(err, PH_INVALID, "a program gives signs of life on NOTIFY_SOCKET only");
    return ph_error_hint(err, "set notify = yes as well");
}

static int check_publish(const struct watcher_options *self, struct ph_error *err)
{
    for (char **topic = self->publish; topic && *topic; topic++) {
        if (strncmp(*topic, "event.", strlen("event.")) == 0)
            continue;
        ph_error_set(err, PH_INVALID, "'%s' is no topic that can be published", *topic);
        return ph_error_hint(err, "such topics begin with 'event.'");
    }
    return 0;
}

static int check_memory(const struct watcher_options *self, struct ph_error *err)
{
    if (self->memory_max_bytes == 0 || self->memory_max_bytes >= 1 << 20)
        return 0;
    ph_error_set(err, PH_INVALID, "no program runs in less than 1 MiB");
    return ph_error_hint(err, "bytes, with K, M, G or T for units of 1024; 0 for no limit");
}

static int check_cpu(const struct watcher_options *self, struct ph_error *err)
{
    if (self->cpu_max == 0 || self->cpu_max >= 0.01)
        return 0;
    ph_error_set(err, PH_INVALID, "the kernel knows no smaller share of a processor than 0.01");
    return ph_error_hint(err, "0.5 is half a processor; 0 for no limit");
}

static int check_use(const struct watcher_options *self, struct ph_error *err)
{
    if (!self->use || strcmp(self->use, RUNNER_PYTHON) != 0)
        return 0;
    ph_error_set(err, PH_INVALID, "the class is missing");
    return ph_error_hint(err, "use = " RUNNER_PYTHON "MODULE.CLASS");
}

void check_watcher(const struct watcher_options *self, const config_setting_t *section,
                   struct problems *problems)
{
    static const struct {
        const char *key; /* whose value is wrong */
        int (*check)(const struct watcher_options *self, struct ph_error *err);
    } checks[] = {
        {"numprocesses", check_singleton},
        {"notify_fd", check_notify},
        {"notify_fd", check_notify_fd},
        {"watchdog", check_watchdog},
        {"publish", check_publish},
        {"memory_max", check_memory},
        {"cpu_max", check_cpu},
        {"use", check_use},
    };
    struct ph_error err;
    if (check_command(self, &err) < 0)
        problems_add(problems, tree_option_place(section, "cmd"), &err);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i].check(self, &err) < 0)
            refuse_value(section, checks[i].key, &err, problems);
    check_stream(&self->stdout_stream, "stdout_stream.", section, problems);
    check_stream(&self->stderr_stream, "stderr_stream.", section, problems);
}
