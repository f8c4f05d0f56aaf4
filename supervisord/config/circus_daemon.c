#include "circus_daemon.h"

#include <lower.h>
#include <stdlib.h>
#include <string.h>

/* What is known while [circus] is read. */
struct daemon_part {
    struct circus_part circus;  /* becomes [circus] */
    config_setting_t *plughost; /* becomes [plughost], of which its own options come first */
    struct circus_said *said;
};

static void take_said(struct circus_part *part, char **text_p,
                      const struct ph_circus_option *option)
{
    free(*text_p);
    *text_p = circus_env_expand(part->env, option->value);
}

static void take_endpoint(struct daemon_part *self, const struct ph_circus_option *option)
{
    take_said(&self->circus, &self->circus.draft->endpoint, option);
    circus_part_add(&self->circus, option->key, option);
}

static void take_pubsub_endpoint(struct daemon_part *self, const struct ph_circus_option *option)
{
    take_said(&self->circus, &self->circus.draft->pubsub_endpoint, option);
    circus_part_add(&self->circus, option->key, option);
}

static void take_setting(struct daemon_part *self, const struct ph_circus_option *option)
{
    struct circus_part plughost = self->circus;
    plughost.section = self->plughost;
    if (option->value[0] && !tree_option_text(self->plughost, option->key))
        circus_part_add(&plughost, option->key, option);
}

static void take_pidfile(struct daemon_part *self, const struct ph_circus_option *option)
{
    if (option->value[0])
        take_said(&self->circus, &self->said->pidfile, option);
}

static void take_log_output(struct daemon_part *self, const struct ph_circus_option *option)
{
    if (circus_behind(option->value, "syslog:"))
        circus_remarks_ignore(&self->circus.draft->remarks, "logoutput",
                              "the daemon logs to standard error or a file, which systemd and "
                              "logger(1) pass on");
    else if (option->value[0] && strcmp(option->value, "-") != 0)
        take_said(&self->circus, &self->said->log_output, option);
}

static void take_log_level(struct daemon_part *self, const struct ph_circus_option *option)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *word = ph_lower(circus_env_expand(self->circus.env, option->value));
    const char *level = strcmp(word, "critical") == 0 ? "error" : word;
    if (ph_log_level_parse(level, &self->said->log_level, &err) < 0)
        circus_refuse(self->circus.draft, option, "no such level",
                      "debug, info, warning, error or critical");
    else
        self->said->has_log_level = true;
}

/* It has been done before; for one of an included file it is not done at all. */
static void take_include(struct daemon_part *self, const struct ph_circus_option *option)
{
    if (option->file)
        notices_add(self->circus.draft->notices, circus_place(option),
                    "%s is not followed: only the main file names others", option->key);
}

static const struct rule {
    const char *name;
    void (*take)(struct daemon_part *self, const struct ph_circus_option *option);
    const char *why; /* it is ignored */
} rules[] = {
    {"check_delay", NULL, "a death is noticed when it happens"},
    {"debug", NULL, "the output of plugins is always kept, see 'plughostctl logs'"},
    {"debug_gc", NULL, "there is no Python in the daemon"},
    {"endpoint", take_endpoint, NULL},
    {"endpoint_owner", NULL, "sockets belong to the user of the daemon, see run_dir"},
    {"fqdn_prefix", NULL, "Circus does not show it either"},
    {"httpd", NULL, "there is no web console; use 'plughostctl status' and 'stats'"},
    {"httpd_close_outputs", NULL, "Circus does not use it either"},
    {"httpd_host", NULL, "there is no web console; use 'plughostctl status' and 'stats'"},
    {"httpd_port", NULL, "there is no web console; use 'plughostctl status' and 'stats'"},
    {"include", take_include, NULL},
    {"include_dir", take_include, NULL},
    {"ipython", NULL, "there is no Python in the daemon"},
    {"loggerconfig", NULL, "use 'plughostd --log-level' and '--log-output'"},
    {"loglevel", take_log_level, NULL},
    {"logoutput", take_log_output, NULL},
    {"multicast_endpoint", NULL, "nothing is discovered; name the endpoint"},
    {"papa_endpoint", NULL, "plughost keeps sockets and processes itself"},
    {"pidfile", take_pidfile, NULL},
    {"pubsub_endpoint", take_pubsub_endpoint, NULL},
    {"statsd", NULL, "use 'plughostctl stats', or plughost.stats = SECONDS of a watcher"},
    {"statsd_close_outputs", NULL, "Circus does not use it either"},
    {"stats_endpoint", NULL, "use 'plughostctl stats', or plughost.stats = SECONDS of a watcher"},
    {"stream_backend", NULL, "Circus does not use it either"},
    {"umask", take_setting, NULL},
    {"warmup_delay", take_setting, NULL},
};

static void take_own(struct daemon_part *self, const struct ph_circus_option *option)
{
    struct circus_part plughost = self->circus;
    plughost.section = self->plughost;
    circus_part_add(&plughost, circus_behind(option->key, "plughost."), option);
}

static void take_option(struct daemon_part *self, const struct ph_circus_option *option)
{
    struct circus_remarks *remarks = &self->circus.draft->remarks;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].name, option->key) != 0)
            continue;
        if (rules[i].take)
            rules[i].take(self, option);
        else
            circus_remarks_ignore(remarks, option->key, rules[i].why);
        return;
    }
    if (circus_behind(option->key, "plughost."))
        take_own(self, option);
    else
        circus_remarks_ignore(remarks, option->key, "Circus does not know it either");
}

/* Circus passes over a section [plughost], so that one file can serve both. */
static void take_plughost(struct daemon_part *self)
{
    struct circus_part plughost = self->circus;
    plughost.section = self->plughost;
    const struct ph_circus_section *source =
        ph_circus_ini_section(self->circus.draft->ini, "plughost");
    for (size_t i = 0; source && i < source->option_count; i++)
        circus_part_add(&plughost, source->options[i].key, &source->options[i]);
}

static void set_missing(struct daemon_part *self, struct place place)
{
    struct circus_part plughost = self->circus;
    plughost.section = self->plughost;
    if (!tree_option_text(self->plughost, "on_sighup"))
        circus_part_set(&plughost, "on_sighup", "reload", place);
}

void circus_daemon_take(struct circus_draft *draft, struct circus_said *said)
{
    ph_cleanup(circus_env_release) struct circus_env env = {0};
    const struct ph_circus_section *source = ph_circus_ini_section(draft->ini, "circus");
    struct place place = source ? circus_section_place(source) : NOWHERE;
    circus_env_find(&env, draft->ini, NULL);
    ph_replace_text(&draft->endpoint, "tcp://127.0.0.1:5555");
    ph_replace_text(&draft->pubsub_endpoint, "tcp://127.0.0.1:5556");
    struct daemon_part part = {
        .circus = {.draft = draft,
                   .source = source,
                   .env = &env,
                   .section = tree_add_section(draft->tree, "circus", place)},
        .plughost = tree_add_section(draft->tree, "plughost", place),
        .said = said};
    circus_part_set(&part.circus, "circus_compat", "yes", place);
    take_plughost(&part);
    set_missing(&part, place);
    for (size_t i = 0; source && i < source->option_count; i++)
        take_option(&part, &source->options[i]);
}

void circus_said_release(struct circus_said *self)
{
    free(self->pidfile);
    free(self->log_output);
    *self = (struct circus_said){0};
}
