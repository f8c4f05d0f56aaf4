#include "logfile.h"

#include "backups.h"

#include <alloc.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct logfile {
    char *path;
    struct logfile_limits limits;

    int fd;           /* -1: it could not be opened yet */
    bool must_open;   /* at the next write: it has no file, or one that has another name by now */
    int open_errno;   /* why not, when that failed */
    struct stat file; /* what `fd` is, as of its opening */
    int64_t size;
    int64_t full_at;  /* the size at which it is set aside */
    time_t rotate_at; /* when it is; 0: not known before the first line */
    double looked_at; /* when the name was last looked up */
    bool is_mid_line; /* the last byte is no newline */
    struct loss loss;
};

struct logfile_limits logfile_limits_of(const struct stream_options *options)
{
    struct logfile_limits limits = {.class = stream_options_class(options),
                                    .max_bytes = options->max_bytes,
                                    .backup_count = options->backup_count};
    if (limits.class == STREAM_TIMED_FILE) {
        int parsed = rotation_parse(&limits.rotation, options, NULL);
        assert(parsed == 0);
    }
    return limits;
}

/* Works out what the limits mean for a file that was just opened, or has other ones now. */
static void set_limits(logfile_t *self)
{
    bool is_regular = self->fd >= 0 && S_ISREG(self->file.st_mode);
    self->full_at = INT64_MAX;
    self->rotate_at = 0;
    if (is_regular && self->limits.class == STREAM_FILE && self->limits.max_bytes > 0 &&
        self->limits.backup_count > 0)
        self->full_at = self->limits.max_bytes;
    if (is_regular && self->limits.class == STREAM_TIMED_FILE && self->size > 0)
        self->rotate_at = rotation_next(&self->limits.rotation, self->file.st_mtime);
}

static int logfile_open(logfile_t *self, struct ph_error *err)
{
    /* A pipe that nobody reads is refused instead of waited for. */
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    ph_cleanup(ph_closep) int fd = open(self->path, flags, 0640);
    struct stat file;
    if (fd < 0 || fstat(fd, &file) < 0) {
        self->open_errno = errno;
        return ph_error_sys(err, "cannot open '%s'", self->path);
    }
    ph_closep(&self->fd);
    self->fd = ph_steal_fd(&fd);
    self->must_open = false;
    self->file = file;
    self->size = S_ISREG(file.st_mode) ? file.st_size : 0;
    self->is_mid_line = false;
    set_limits(self);
    return 0;
}

/* Says whether the fault may be gone in a while without anybody changing the configuration. */
static bool may_pass(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return true;
    default:
        return false;
    }
}

logfile_t *logfile_new(const struct stream_options *options, const struct loss_listener *listener,
                       struct ph_error *err)
{
    ph_cleanup(logfile_destroy) logfile_t *self = ph_calloc(1, sizeof *self);
    ph_cleanup(ph_freep) char *name = ph_format("'%s'", options->filename);
    self->path = ph_strdup(options->filename);
    self->fd = -1;
    self->must_open = true;
    loss_init(&self->loss, listener, name);
    self->limits = logfile_limits_of(options);
    if (logfile_open(self, err) < 0 && !may_pass(self->open_errno))
        return NULL;
    return ph_steal(&self);
}

void logfile_destroy(logfile_t **self_p)
{
    logfile_t *self = *self_p;
    if (!self)
        return;
    ph_closep(&self->fd);
    loss_release(&self->loss);
    free(self->path);
    free(self);
    *self_p = NULL;
}

void logfile_configure(logfile_t *self, const struct logfile_limits *limits)
{
    self->limits = *limits;
    set_limits(self);
}

/* ---- setting aside ---- */

static int move_away(logfile_t *self, struct ph_error *err)
{
    if (self->limits.class != STREAM_TIMED_FILE)
        return backups_shift(self->path, self->limits.backup_count, err);
    char suffix[ROTATION_SUFFIX_SIZE];
    rotation_suffix(&self->limits.rotation, self->rotate_at, suffix);
    return backups_stamp(self->path, suffix, self->limits.backup_count, err);
}

/* What cannot be moved goes on growing, and is tried again after as long as it took to get here. */
static void set_aside(logfile_t *self, const struct block *block)
{
    struct ph_error err;
    if (move_away(self, &err) == 0) {
        self->must_open = true;
        if (logfile_open(self, &err) == 0)
            return;
    }
    self->full_at =
        self->limits.class == STREAM_FILE ? self->size + self->limits.max_bytes : INT64_MAX;
    self->rotate_at = 0;
    loss_tell(&self->loss, block->watcher, err.message);
}

static void look_up(logfile_t *self, double time)
{
    struct stat now;
    if (time >= self->looked_at && time < self->looked_at + 1)
        return;
    self->looked_at = time;
    if (stat(self->path, &now) < 0 || now.st_ino != self->file.st_ino ||
        now.st_dev != self->file.st_dev)
        self->must_open = true;
}

static void prepare(logfile_t *self, const struct block *block)
{
    time_t now = (time_t)block->time;
    if (self->limits.class == STREAM_WATCHED_FILE)
        look_up(self, block->time);
    if (self->must_open)
        logfile_open(self, NULL); /* else the old file stays in use, if there is one */
    if (self->limits.class != STREAM_TIMED_FILE || self->fd < 0 || !S_ISREG(self->file.st_mode))
        return;
    if (self->rotate_at != 0 && now >= self->rotate_at)
        set_aside(self, block);
    if (self->rotate_at == 0)
        self->rotate_at = rotation_next(&self->limits.rotation, now);
}

/* ---- writing ---- */

/* Returns how much was written: less than `size`, with errno set, when no more could be. */
static size_t write_all(const logfile_t *self, const char *data, size_t size)
{
    size_t written = 0;
    while (written < size) {
        ssize_t count = -1;
        errno = self->open_errno;
        if (self->fd >= 0)
            count = write(self->fd, data + written, size - written);
        if (count > 0)
            written += (size_t)count;
        else if (self->fd < 0 || errno != EINTR)
            break;
    }
    return written;
}

/* Takes back what a write that failed left behind `keep` bytes of its own. Returns whether it
 * could: not from a pipe, nor when somebody else wrote to the file since. */
static bool take_back(logfile_t *self, size_t keep, size_t written)
{
    struct stat now;
    if (written == keep)
        return true;
    return S_ISREG(self->file.st_mode) && fstat(self->fd, &now) == 0 &&
           now.st_size == self->size + (int64_t)written &&
           ftruncate(self->fd, self->size + (int64_t)keep) == 0;
}

/* Of `data`, `written` bytes came to be written before the fault, behind `lead` others. */
static void lose_rest(logfile_t *self, const struct block *lines, size_t lead, size_t written,
                      const char *reason)
{
    /* While lines are lost it takes a whole block to end that: otherwise each line that just fits
     * would be followed by a notice. */
    bool is_losing = self->loss.unsaid > 0;
    const char *newline = is_losing ? NULL : memrchr(lines->data, '\n', written);
    size_t kept = newline ? (size_t)(newline - lines->data) + 1 : 0;
    size_t keep = kept > 0 ? lead + kept : 0;
    bool was_mid_line = self->is_mid_line;

    bool is_clean = take_back(self, keep, lead + written);
    self->is_mid_line = !is_clean || (was_mid_line && keep == 0);
    self->size += (int64_t)(is_clean ? keep : lead + written);
    loss_add(&self->loss, lines, lines->data + kept, lines->size - kept, reason);
}

/* Returns what has to stand before the next bytes, which the caller frees, or NULL. */
static char *make_lead(const logfile_t *self, bool is_continued)
{
    char *notice = loss_notice(&self->loss);
    if (!self->is_mid_line || (is_continued && !notice))
        return notice;
    char *lead = ph_format("\n%s", notice ? notice : "");
    free(notice);
    return lead;
}

static void append(logfile_t *self, const struct block *lines)
{
    ph_cleanup(ph_freep) char *lead = make_lead(self, lines->is_continued);
    size_t lead_size = lead ? strlen(lead) : 0;
    size_t led = write_all(self, lead, lead_size);
    size_t written = led == lead_size ? write_all(self, lines->data, lines->size) : 0;
    if (written < lines->size) {
        lose_rest(self, lines, led, written, strerrordesc_np(errno));
        return;
    }
    self->size += (int64_t)(led + written);
    self->is_mid_line = lines->data[lines->size - 1] != '\n';
    loss_said(&self->loss);
    loss_end(&self->loss, lines);
}

/* Returns how much of it the file still takes: whole lines. */
static size_t portion(const logfile_t *self, const struct block *block)
{
    int64_t room = self->full_at - self->size;
    return room > 0 ? block_lines_within(block->data, block->size, (size_t)room) : 0;
}

void logfile_write(logfile_t *self, const struct block *block)
{
    struct block left = *block;
    prepare(self, block);
    while (left.size > 0) {
        struct block lines = left;
        lines.size = portion(self, &left);
        if (lines.size == 0 && self->size > 0) {
            set_aside(self, block);
            lines.size = portion(self, &left);
        }
        if (lines.size == 0) /* one that is too long for any file */
            lines.size = block_line_size(left.data, left.size);
        append(self, &lines);
        left.data += lines.size;
        left.size -= lines.size;
        left.is_continued = false;
    }
}

int logfile_reopen(logfile_t *self, struct ph_error *err)
{
    return logfile_open(self, err);
}

const char *logfile_path(const logfile_t *self)
{
    return self->path;
}
