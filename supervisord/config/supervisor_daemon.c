#include "supervisor_daemon.h"

#include "supervisor_environment.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

struct daemon_part {
    struct supervisor_part *part;
    struct circus_said *said;
};

static void take_log_output(struct daemon_part *self, const struct ph_circus_option *option)
{
    char *value = supervisor_part_value(self->part, option, NOW);
    if (!value)
        return;
    free(self->said->log_output);
    self->said->log_output = value;
    if (strcasecmp(value, "NONE") == 0)
        ph_replace_text(&self->said->log_output, "/dev/null");
}

static void take_pidfile(struct daemon_part *self, const struct ph_circus_option *option)
{
    char *value = supervisor_part_value(self->part, option, NOW);
    if (!value)
        return;
    free(self->said->pidfile);
    self->said->pidfile = value;
}

static void take_log_level(struct daemon_part *self, const struct ph_circus_option *option)
{
    static const struct {
        const char *word;
        enum ph_log_level level;
    } levels[] = {
        {"critical", PH_LOG_ERROR}, {"error", PH_LOG_ERROR}, {"warn", PH_LOG_WARNING},
        {"info", PH_LOG_INFO},      {"debug", PH_LOG_DEBUG}, {"trace", PH_LOG_DEBUG},
        {"blather", PH_LOG_DEBUG},
    };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcasecmp(levels[i].word, option->value) != 0)
            continue;
        self->said->log_level = levels[i].level;
        self->said->has_log_level = true;
        return;
    }
    circus_refuse(self->part->to.draft, option, "no such level",
                  "critical, error, warn, info, debug, trace or blather");
}

static void take_environment(struct daemon_part *self, const struct ph_circus_option *option)
{
    supervisor_environment_take(self->part, option, "*", NULL);
}

static void take_nodaemon(struct daemon_part *self, const struct ph_circus_option *option)
{
    if (!supervisor_part_is_yes(self->part, option->key))
        supervisor_part_tell(self->part, option,
                             "plughostd stays in the foreground without --daemon");
}

static void take_nothing(struct daemon_part *self, const struct ph_circus_option *option)
{
    (void)self, (void)option; /* has been taken */
}

static const struct rule {
    const char *name;
    void (*take)(struct daemon_part *self, const struct ph_circus_option *option);
    const char *why; /* it has no equal */
} rules[] = {
    {"childlogdir", NULL, "there are no files named AUTO; name each with a filename"},
    {"directory", take_nothing, NULL}, /* of programs */
    {"environment", take_environment, NULL},
    {"identifier", NULL, "daemons are told apart by their run_dir"},
    {"logfile", take_log_output, NULL},
    {"logfile_backups", NULL, "logrotate, and 'plughostctl reopen'"},
    {"logfile_maxbytes", NULL, "logrotate, and 'plughostctl reopen'"},
    {"loglevel", take_log_level, NULL},
    {"minfds", NULL, "plughostd raises its limit by itself; a watcher has rlimit_nofile"},
    {"minprocs", NULL, "a watcher has rlimit_nproc"},
    {"nocleanup", NULL, "there are no files to be cleaned up"},
    {"nodaemon", take_nodaemon, NULL},
    {"pidfile", take_pidfile, NULL},
    {"silent", NULL, "plughostd --log-output"},
    {"strip_ansi", NULL, "output is kept as it was written"},
    {"umask", take_nothing, NULL}, /* below, also where it is not given */
    {"user", NULL, "have the machine start plughostd as that user, or give each watcher a uid"},
};

static void take_option(struct daemon_part *self, const struct ph_circus_option *option)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].name, option->key) != 0)
            continue;
        if (rules[i].take)
            rules[i].take(self, option);
        else
            supervisor_part_tell(self->part, option, rules[i].why);
        return;
    }
    supervisor_part_tell(self->part, option, "supervisord does not know it either");
}

void supervisor_daemon_take(struct supervisor_part *part, struct circus_said *said)
{
    struct daemon_part self = {.part = part, .said = said};
    const struct ph_circus_option *umask = supervisor_part_option(part, "umask");
    part->to.section =
        tree_add_section(part->to.draft->tree, "plughost", circus_section_place(part->to.source));
    if (umask)
        supervisor_part_add(part, "umask", umask, NOW);
    else
        supervisor_part_set(part, "umask", "022");
    for (size_t i = 0; i < part->to.source->option_count; i++)
        take_option(&self, &part->to.source->options[i]);
}
