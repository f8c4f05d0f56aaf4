#include "new_plugin.h"

#include "arguments.h"
#include "embedded.h"
#include "output.h"

#include <alloc.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lower.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_NAME = 64 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* ---- the name ---- */

int new_plugin_read(struct invocation *invocation, struct ph_error *err)
{
    if (arguments_read(invocation, err) < 0)
        return -1;
    const char *name = invocation->options->args[0];
    size_t length = strlen(name);
    if (strspn(name, LETTERS) > 0 && strspn(name, LETTERS "0123456789_-") == length &&
        length <= MAX_NAME)
        return 0;
    ph_error_set(err, PH_INVALID,
                 "'%s' is no name for a plugin: a letter, then letters, digits, '_' and '-' are "
                 "accepted, at most %d",
                 name, MAX_NAME);
    return options_refuse(invocation->info, err);
}

/* ---- the texts ---- */

/* What stands for a plugin's name in different places. */
struct names {
    char *name;
    char *id;    /* part of a C identifier */
    char *topic; /* part of a topic: these are in small letters */
};

static void names_init(struct names *self, const char *name)
{
    *self = (struct names){ph_strdup(name), ph_strdup(name), ph_lower(ph_strdup(name))};
    for (char *c = self->id; *c; c++)
        *c = *c == '-' ? '_' : *c;
}

static void names_release(struct names *self)
{
    ph_freep(&self->name);
    ph_freep(&self->id);
    ph_freep(&self->topic);
}

/* Returns what the placeholder at `text` stands for, and its size; NULL: there is none. */
static const char *placeholder(const struct names *names, const char *text, size_t *size)
{
    const struct {
        const char *mark, *value;
    } marks[] = {{"@NAME@", names->name}, {"@ID@", names->id}, {"@TOPIC@", names->topic}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        *size = strlen(marks[i].mark);
        if (strncmp(text, marks[i].mark, *size) == 0)
            return marks[i].value;
    }
    return NULL;
}

/* Returns a text of the template with the names filled in; the caller frees it. */
static char *fill_in(const struct names *names, const char *text)
{
    char *filled = ph_strdup("");
    while (*text) {
        size_t size = 0;
        const char *value = *text == '@' ? placeholder(names, text, &size) : NULL;
        if (!value)
            size = 1 + strcspn(text + 1, "@");
        ph_cleanup(ph_freep) char *before = filled;
        filled =
            value ? ph_format("%s%s", before, value) : ph_format("%s%.*s", before, (int)size, text);
        text += size;
    }
    return filled;
}

/* ---- the files ---- */

/* What was made so far, in the order of the template. */
struct target {
    const char *dir;
    struct names names;
    bool has_made_dir;
    size_t count; /* of files */
};

static void target_release(struct target *self)
{
    names_release(&self->names);
}

/* Returns the path of a file of the template, which the caller frees. */
static char *file_path(const struct target *self, size_t index)
{
    ph_cleanup(ph_freep) char *name = fill_in(&self->names, template_files[index].name);
    return ph_format("%s/%s", self->dir, name);
}

static void target_undo(struct target *self)
{
    while (self->count > 0) {
        ph_cleanup(ph_freep) char *path = file_path(self, --self->count);
        (void)unlink(path);
    }
    if (self->has_made_dir)
        (void)rmdir(self->dir);
}

static int check_empty(const char *path, struct ph_error *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return ph_error_sys(err, "cannot open folder '%s'", path);
    const struct dirent *entry = readdir(dir);
    while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0))
        entry = readdir(dir);
    if (entry) {
        ph_error_set(err, PH_CONFLICT, "folder '%s' is not empty: it holds '%s'", path,
                     entry->d_name);
        ph_error_hint(err, "name another folder with --dir");
    }
    closedir(dir);
    return entry ? -1 : 0;
}

static int make_folder(struct target *self, struct ph_error *err)
{
    self->has_made_dir = mkdir(self->dir, 0777) == 0;
    if (self->has_made_dir)
        return 0;
    if (errno == EEXIST)
        return check_empty(self->dir, err);
    return ph_error_sys(err, "cannot make folder '%s'", self->dir);
}

static int write_all(int fd, const char *text)
{
    for (size_t size = strlen(text); size > 0;) {
        ssize_t count = write(fd, text, size);
        if (count < 0)
            return -1;
        text += count;
        size -= (size_t)count;
    }
    return 0;
}

/* The file counts as made before it is complete, so that it is taken away if it never is. */
static int write_file(struct target *self, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *path = file_path(self, self->count);
    ph_cleanup(ph_freep) char *text = fill_in(&self->names, template_files[self->count].text);
    ph_cleanup(ph_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return ph_error_sys(err, "cannot make '%s'", path);
    self->count++;
    if (write_all(fd, text) < 0 || close(ph_steal_fd(&fd)) < 0)
        return ph_error_sys(err, "cannot write '%s'", path);
    return 0;
}

static int write_files(struct target *self, struct ph_error *err)
{
    while (template_files[self->count].name)
        if (write_file(self, err) < 0)
            return -1;
    return 0;
}

/* ---- what is said ---- */

static void print_text(const char *text)
{
    output_text(stdout, text, strlen(text));
}

static void print_files(const struct target *self)
{
    for (size_t i = 0; i < self->count; i++) {
        ph_cleanup(ph_freep) char *path = file_path(self, i);
        print_text(path);
        putchar('\n');
    }
    fputs("\nNow type:\n  cd ", stdout);
    print_text(self->dir);
    printf("\n"
           "  cmake -B build\n"
           "  cmake --build build\n"
           "  ctest --test-dir build\n"
           "  plughostd %s.ini\n",
           self->names.name);
}

int new_plugin_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err)
{
    (void)client;
    const struct options *options = invocation->options;
    const struct property *dir = command_info_property(invocation->info, "dir");
    const char *given = options->values[dir - invocation->info->properties];
    ph_cleanup(target_release) struct target target = {.dir = given ? given : options->args[0]};
    names_init(&target.names, options->args[0]);

    if (make_folder(&target, err) < 0)
        return -1;
    if (write_files(&target, err) < 0) {
        target_undo(&target);
        return -1;
    }
    print_files(&target);
    return output_flush(err);
}
