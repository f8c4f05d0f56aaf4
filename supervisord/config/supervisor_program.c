#include "supervisor_program.h"

#include "../process/expand.h"
#include "supervisor_environment.h"
#include "supervisor_group.h"
#include "supervisor_socket.h"
#include "supervisor_stream.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SPLIT = 1000 };

/* What becomes of an option. Its value, or the default of supervisord's, goes to `take`, or under
 * the name `to`. */
struct rule {
    const char *name;
    const char *to;
    const char *fallback; /* where it differs from ours; NULL: it does not */
    void (*take)(struct supervisor_part *self, const struct ph_circus_option *option);
    enum supervisor_time time;
};

/* ---- single options ---- */

static void set(struct supervisor_part *self, const char *key, const char *value,
                const struct ph_circus_option *option)
{
    circus_part_set(&self->to, key, value, circus_place(option));
}

static void take_command(struct supervisor_part *self, const struct ph_circus_option *option)
{
    if (expand_uses(option->value))
        supervisor_part_tell(self, option,
                             "plughost replaces $(circus.NAME), ((circus.NAME)), the same with "
                             "plughost, and $WID; let a script say it instead");
    supervisor_part_add(self, "cmd", option, AT_START);
}

/* What has more goes first here. The defaults are the same. */
static void take_priority(struct supervisor_part *self, const struct ph_circus_option *option)
{
    long number;
    if (!supervisor_part_number(self, option, &number))
        return;
    ph_cleanup(ph_freep) char *text = ph_format("%ld", 999 - number);
    set(self, "priority", text, option);
}

static void take_autorestart(struct supervisor_part *self, const struct ph_circus_option *option)
{
    bool is_yes = false;
    ph_cleanup(ph_freep) char *value = supervisor_part_value(self, option, NOW);
    if (!value)
        return;
    if (strcasecmp(value, "unexpected") == 0)
        set(self, "restart", "on-failure", option);
    else if (circus_parse_bool(value, &is_yes))
        set(self, "restart", is_yes ? "always" : "never", option);
    else
        circus_refuse(self->to.draft, option, "not understood", "unexpected, true or false");
}

/* A process that ran so long has come up, and its next death is the first of a new row. */
static void take_startsecs(struct supervisor_part *self, const struct ph_circus_option *option)
{
    long number;
    if (!supervisor_part_number(self, option, &number))
        return;
    ph_cleanup(ph_freep) char *text = ph_format("%ld", number);
    set(self, "startsecs", text, option);
    set(self, "stable_after", number > 1 ? text : "1", option);
}

/* Who has failed stays so, until somebody starts it. */
static void take_startretries(struct supervisor_part *self, const struct ph_circus_option *option)
{
    long number;
    if (!supervisor_part_number(self, option, &number))
        return;
    if (number == 0)
        supervisor_part_tell(self, option, "0 would mean any number here; 1 is used");
    ph_cleanup(ph_freep) char *text = ph_format("%ld", number == 0 ? 1 : number);
    set(self, "max_restarts", text, option);
    supervisor_part_set(self, "restart_delay", "1");
    supervisor_part_set(self, "failed_retry", "0");
}

static void take_killasgroup(struct supervisor_part *self, const struct ph_circus_option *option)
{
    if (!supervisor_part_is_yes(self, option->key) && !supervisor_part_is_yes(self, "stopasgroup"))
        supervisor_part_tell(self, option, "SIGKILL always goes to the group");
}

static void take_serverurl(struct supervisor_part *self, const struct ph_circus_option *option)
{
    if (strcasecmp(option->value, "AUTO") != 0)
        supervisor_part_tell(self, option, "processes find the daemon by PLUGHOST_ENDPOINT");
}

static const struct rule rules[] = {
    {"command", NULL, NULL, take_command, AT_START},
    {"directory", "working_dir", NULL, NULL, AT_START},
    {"user", "uid", NULL, NULL, NOW},
    {"umask", "umask", NULL, NULL, NOW},
    {"autostart", "autostart", NULL, NULL, NOW},
    {"priority", NULL, NULL, take_priority, NOW},
    {"startsecs", NULL, "1", take_startsecs, NOW},
    {"autorestart", NULL, "unexpected", take_autorestart, NOW},
    {"exitcodes", "success_exit", NULL, NULL, NOW},
    {"startretries", NULL, "3", take_startretries, NOW},
    {"stopsignal", "stop_signal", NULL, NULL, NOW},
    {"stopwaitsecs", "graceful_timeout", "10", NULL, NOW},
    {"stopasgroup", "stop_children", NULL, NULL, NOW},
    {"killasgroup", NULL, NULL, take_killasgroup, NOW},
    {"serverurl", NULL, NULL, take_serverurl, NOW},
};

/* Those that are about all processes together, or make a section of their own. */
static const char *const others[] = {"environment", "numprocs", "numprocs_start", "process_name"};

static bool is_known(const char *key)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].name, key) == 0)
            return true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i], key) == 0)
            return true;
    return supervisor_stream_knows(key);
}

static void take_with(struct supervisor_part *self, const struct rule *rule,
                      const struct ph_circus_option *option)
{
    if (rule->take)
        rule->take(self, option);
    else
        supervisor_part_add(self, rule->to, option, rule->time);
}

static void take_by_rule(struct supervisor_part *self, const struct rule *rule)
{
    const struct ph_circus_option *option = supervisor_part_option(self, rule->name);
    if (option) {
        take_with(self, rule, option);
        return;
    }
    if (!rule->fallback)
        return;
    ph_cleanup(ph_freep) char *key = ph_strdup(rule->name);
    ph_cleanup(ph_freep) char *value = ph_strdup(rule->fallback);
    take_with(self, rule,
              &(struct ph_circus_option){.key = key,
                                         .value = value,
                                         .file = self->to.source->file,
                                         .line = self->to.source->line});
}

/* What the whole file says for all programs that do not say it themselves. */
static void add_inherited(struct supervisor_part *self, const struct ph_circus_section *group)
{
    const struct ph_circus_section *daemon =
        ph_circus_ini_section(self->to.draft->ini, "supervisord");
    const struct ph_circus_option *directory =
        daemon ? ph_circus_section_option(daemon, "directory") : NULL;
    const struct ph_circus_option *priority =
        group ? ph_circus_section_option(group, "priority") : NULL;
    if (directory && !supervisor_part_option(self, "directory"))
        supervisor_part_add(self, "working_dir", directory, AT_START);
    if (priority && !supervisor_part_option(self, "priority"))
        take_priority(self, priority);
    if (group)
        circus_part_set(&self->to, "label.group", self->names.group, circus_section_place(group));
}

static void tell_unknown(struct supervisor_part *self, bool is_fcgi)
{
    for (size_t i = 0; i < self->to.source->option_count; i++) {
        const struct ph_circus_option *option = &self->to.source->options[i];
        if (!is_known(option->key) && !(is_fcgi && supervisor_socket_knows(option->key)))
            supervisor_part_tell(self, option, "supervisord does not know it either");
    }
}

/* ---- one watcher ---- */

static bool refuse_without_command(struct supervisor_part *self)
{
    struct ph_error err;
    if (supervisor_part_option(self, "command"))
        return false;
    ph_error_set(&err, PH_INVALID, "[%s] has no 'command'", self->to.source->name);
    ph_error_hint(&err, "add a line 'command = ...'");
    problems_add(self->to.draft->problems, circus_section_place(self->to.source), &err);
    return true;
}

static void take_watcher(struct supervisor_part *self, const char *name,
                         const struct ph_circus_section *group)
{
    const struct ph_circus_option *environment = supervisor_part_option(self, "environment");
    ph_cleanup(ph_freep) char *title = ph_format("watcher:%s", name);
    self->to.section =
        tree_add_section(self->to.draft->tree, title, circus_section_place(self->to.source));
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        take_by_rule(self, &rules[i]);
    add_inherited(self, group);
    if (self->socket)
        supervisor_part_set(self, "stdin_socket", self->socket);
    supervisor_stream_take(self);
    if (environment)
        supervisor_environment_take(self, environment, name, self->to.section);
}

/* ---- how many ---- */

static bool has_number(const struct ph_circus_section *source)
{
    for (size_t i = 0; i < source->option_count; i++)
        if (strcmp(source->options[i].key, "process_name") != 0 &&
            supervisor_names_has_number(source->options[i].value))
            return true;
    return false;
}

/* Returns false for a problem. */
static bool read_number(struct supervisor_part *self, const char *key, long least, long *number)
{
    const struct ph_circus_option *option = supervisor_part_option(self, key);
    if (!option)
        return true;
    if (!supervisor_part_number(self, option, number))
        return false;
    if (*number >= least)
        return true;
    circus_refuse(self->to.draft, option, "out of range", "as in supervisord");
    return false;
}

/* One watcher for each process, with the name of the process. */
static void take_each(struct supervisor_part *self, const struct ph_circus_section *group)
{
    const struct ph_circus_option *option = supervisor_part_option(self, "process_name");
    long start = self->names.number;
    if (self->names.count > MAX_SPLIT) {
        circus_refuse(self->to.draft, supervisor_part_option(self, "numprocs"),
                      "too many processes whose values have %(process_num)s in them",
                      "have them find out by $(circus.wid) instead");
        return;
    }
    supervisor_part_tell_section(self, "there is a watcher for each process, since %(process_num)d "
                                       "stands in the values; $(circus.wid), from 1 on, would "
                                       "make it one");
    size_t before = self->to.draft->problems->count; /* the same for each are not repeated */
    for (long i = 0; i < self->names.count && before == self->to.draft->problems->count; i++) {
        self->names.number = start + i;
        ph_cleanup(ph_freep) char *written =
            option ? supervisor_part_value(self, option, NOW)
                   : ph_format("%s_%02ld", self->names.program, self->names.number);
        if (!written)
            return;
        ph_cleanup(ph_freep) char *name =
            circus_name(self->to.draft, written, circus_section_place(self->to.source));
        take_watcher(self, name, group);
    }
}

static void take_together(struct supervisor_part *self, const char *name,
                          const struct ph_circus_section *group)
{
    const struct ph_circus_option *numprocs = supervisor_part_option(self, "numprocs");
    const struct ph_circus_option *process_name = supervisor_part_option(self, "process_name");
    take_watcher(self, name, group);
    if (numprocs && self->names.count != 1)
        supervisor_part_add(self, "numprocesses", numprocs, NOW);
    if (process_name && strcmp(process_name->value, "%(program_name)s") != 0)
        supervisor_part_tell(self, process_name,
                             "processes have the name of the watcher and a "
                             "number, from 1 on");
}

static bool prepare(struct supervisor_part *self, const struct ph_circus_section *group)
{
    const char *name = supervisor_part_name(self->to.source);
    self->names.program = name;
    self->names.group = group ? supervisor_part_name(group) : name;
    self->names.count = 1;
    self->names.number = 0;
    return !refuse_without_command(self) && read_number(self, "numprocs", 1, &self->names.count) &&
           read_number(self, "numprocs_start", 0, &self->names.number);
}

static void take(struct supervisor_part *self, bool is_fcgi)
{
    const char *written = supervisor_part_name(self->to.source);
    const struct ph_circus_section *group = supervisor_group_find(self->to.draft->ini, written);
    ph_cleanup(ph_freep) char *name =
        circus_name(self->to.draft, written, circus_section_place(self->to.source));
    if (!prepare(self, group) || (is_fcgi && !supervisor_socket_take(self, name)))
        return;
    self->socket = is_fcgi ? name : NULL;
    tell_unknown(self, is_fcgi);
    if (self->names.count > 1 && has_number(self->to.source))
        take_each(self, group);
    else
        take_together(self, name, group);
}

void supervisor_program_take(struct supervisor_part *part)
{
    take(part, false);
}

void supervisor_program_take_fcgi(struct supervisor_part *part)
{
    take(part, true);
}
