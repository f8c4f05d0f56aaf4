#include "child_output.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>
#include <wire/utf8.h>

enum { LAST_LINES = 20, LAST_BYTES = 4096 };

static int open_stream(struct child_output *self, int index, struct spawn_request *request,
                       const struct watcher_options *options, struct ph_error *err)
{
    static const enum block_stream streams[] = {BLOCK_STDOUT, BLOCK_STDERR};
    int number = index + 1;
    if (index == 0 ? options->close_child_stdout : options->close_child_stderr) {
        spawn_request_add_fd(request, SPAWN_NULL, number);
        return 0;
    }
    self->captures[index] =
        capture_new(self->output, streams[index], request->wid, &self->child_fds[index], err);
    if (!self->captures[index])
        return -1;
    spawn_request_add_fd(request, self->child_fds[index], number);
    return 0;
}

int child_output_open(struct child_output *self, output_t *output, struct spawn_request *request,
                      const struct watcher_options *options, struct ph_error *err)
{
    *self = (struct child_output){.output = output, .child_fds = {-1, -1}, .is_open = true};
    if (open_stream(self, 0, request, options, err) == 0 &&
        open_stream(self, 1, request, options, err) == 0)
        return 0;
    child_output_close(self);
    return -1;
}

static void close_child_ends(struct child_output *self)
{
    ph_closep(&self->child_fds[0]);
    ph_closep(&self->child_fds[1]);
}

void child_output_set_pid(struct child_output *self, pid_t pid)
{
    self->pid = pid;
    close_child_ends(self);
    for (int i = 0; i < 2; i++)
        if (self->captures[i])
            capture_set_pid(self->captures[i], pid);
}

/* Makes text of it, line by line. */
static void mend_lines(char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        char end = lines[length];
        lines[length] = '\0';
        ph_text_mend(lines);
        lines[length] = end;
        lines += length + (end != '\0');
    }
}

/* Returns where the first line begins that is whole; the text itself if it has but one. */
static const char *whole_lines(const char *text)
{
    const char *newline = strchr(text, '\n');
    return newline && newline[1] ? newline + 1 : text;
}

char *child_output_finish(struct child_output *self)
{
    for (int i = 0; i < 2; i++)
        if (self->captures[i])
            capture_drain(self->captures[i]);
    ph_cleanup(ph_freep) char *lines =
        tail_lines_of(output_tail(self->output), self->pid, LAST_LINES);
    size_t length = strlen(lines);
    if (length == 0)
        return NULL;
    char *mended =
        ph_strdup(length > LAST_BYTES ? whole_lines(lines + length - LAST_BYTES) : lines);
    mend_lines(mended);
    return mended;
}

bool child_output_is_held(const struct child_output *self)
{
    for (int i = 0; i < 2; i++)
        if (!self->captures[i] || capture_is_open(self->captures[i]))
            return true;
    return false;
}

void child_output_close(struct child_output *self)
{
    if (!self->is_open)
        return;
    close_child_ends(self);
    capture_destroy(&self->captures[0]);
    capture_destroy(&self->captures[1]);
    self->is_open = false;
}
