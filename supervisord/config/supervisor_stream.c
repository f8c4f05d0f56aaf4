#include "supervisor_stream.h"

#include <alloc.h>
#include <string.h>

/* One stream: where it is said, and where it goes. */
struct stream {
    struct supervisor_part *part;
    const char *from; /* stdout or stderr: the options that are read */
    const char *to;   /* stdout_stream or stderr_stream: the options that are made */
};

static const char *const suffixes[] = {
    "_capture_maxbytes", "_events_enabled",   "_logfile",
    "_logfile_backups",  "_logfile_maxbytes", "_syslog",
};

bool supervisor_stream_knows(const char *key)
{
    if (strcmp(key, "redirect_stderr") == 0)
        return true;
    if (strncmp(key, "stdout", 6) != 0 && strncmp(key, "stderr", 6) != 0)
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (strcmp(key + 6, suffixes[i]) == 0)
            return true;
    return false;
}

static const struct ph_circus_option *find(const struct stream *self, const char *suffix)
{
    ph_cleanup(ph_freep) char *key = ph_format("%s%s", self->from, suffix);
    return supervisor_part_option(self->part, key);
}

static void set(const struct stream *self, const char *name, const char *value,
                const struct ph_circus_option *option)
{
    ph_cleanup(ph_freep) char *key = ph_format("%s.%s", self->to, name);
    if (option)
        circus_part_set(&self->part->to, key, value, circus_place(option));
    else
        supervisor_part_set(self->part, key, value);
}

char *supervisor_stream_size(const char *text)
{
    size_t length = strlen(text);
    bool has_unit =
        length > 2 && strchr("bB", text[length - 1]) && strchr("kKmMgG", text[length - 2]);
    return ph_strndup(text, length - has_unit);
}

static void take_size(const struct stream *self)
{
    const struct ph_circus_option *option = find(self, "_logfile_maxbytes");
    ph_cleanup(ph_freep) char *value =
        option ? supervisor_part_value(self->part, option, NOW) : ph_strdup("50MB");
    ph_cleanup(ph_freep) char *size = value ? supervisor_stream_size(value) : NULL;
    if (size)
        set(self, "max_bytes", size, option);
}

/* A file without backups is emptied by supervisord when it is full. */
static void take_backups(const struct stream *self)
{
    const struct ph_circus_option *option = find(self, "_logfile_backups");
    ph_cleanup(ph_freep) char *value =
        option ? supervisor_part_value(self->part, option, NOW) : ph_strdup("10");
    bool is_none = value && strcmp(value, "0") == 0;
    if (is_none)
        supervisor_part_tell(self->part, option,
                             "a full file is not emptied here; one old file is kept");
    if (value)
        set(self, "backup_count", is_none ? "1" : value, option);
}

/* Files that stand for the daemon's own output. */
static bool is_console(const char *path)
{
    static const char *const paths[] = {"/dev/stdout", "/dev/stderr",     "/dev/fd/1",
                                        "/dev/fd/2",   "/proc/self/fd/1", "/proc/self/fd/2"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcmp(paths[i], path) == 0)
            return true;
    return false;
}

static void take_file(const struct stream *self, const char *path,
                      const struct ph_circus_option *option)
{
    static const struct {
        const char *word, *class;
    } words[] = {{"none", "NullStream"}, {"off", "NullStream"}, {"syslog", "SyslogStream"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(words[i].word, path) == 0) {
            set(self, "class", words[i].class, option);
            return;
        }
    }
    if (is_console(path)) {
        set(self, "class", "StdoutStream", option);
        return;
    }
    set(self, "class", "FileStream", option);
    set(self, "filename", path, option);
    take_size(self);
    take_backups(self);
}

static void take_destination(const struct stream *self)
{
    const struct ph_circus_option *option = find(self, "_logfile");
    ph_cleanup(ph_freep) char *syslog = ph_format("%s_syslog", self->from);
    ph_cleanup(ph_freep) char *path =
        option ? supervisor_part_value(self->part, option, AT_START) : ph_strdup("AUTO");
    if (supervisor_part_is_yes(self->part, syslog))
        set(self, "class", "SyslogStream", find(self, "_syslog"));
    else if (path && strcasecmp(path, "AUTO") != 0)
        take_file(self, path, option);
    else if (path)
        circus_remarks_ignore(&self->part->to.draft->remarks, "logfile = AUTO",
                              "the output goes to the daemon's own, and 'plughostctl logs' shows "
                              "the end of it; name a file to have one");
}

static void tell_events(const struct stream *self)
{
    static const char *const both[] = {"_capture_maxbytes", "_events_enabled"};
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        const struct ph_circus_option *option = find(self, both[i]);
        if (option && strcmp(option->value, "0") != 0 && strcasecmp(option->value, "false") != 0)
            supervisor_part_tell(self->part, option,
                                 "whoever subscribes to the topic log.NAME gets the output");
    }
}

void supervisor_stream_take(struct supervisor_part *part)
{
    bool is_joined = supervisor_part_is_yes(part, "redirect_stderr");
    struct stream out = {.part = part, .from = "stdout", .to = "stdout_stream"};
    struct stream err = {
        .part = part, .from = is_joined ? "stdout" : "stderr", .to = "stderr_stream"};
    take_destination(&out);
    take_destination(&err);
    tell_events(&out);
    if (!is_joined)
        tell_events(&err);
}
