#include "progress_lines.h"

#include "canvas.h"
#include "colour.h"
#include "output.h"
#include "units.h"

#include <alloc.h>
#include <clock.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_STATUSES = 10, MAX_NAME_COLUMNS = 30 };

/* What was shown last of a watcher. */
struct seen {
    char *name;
    char *status;
    int64_t since_ms; /* this status was seen first */
};

struct progress_lines {
    bool is_terminal;
    bool is_coloured;
    int64_t began_ms;
    size_t drawn_rows;
    struct seen *seen;
    size_t seen_count;
};

progress_lines_t *progress_lines_new(int64_t began_ms)
{
    const char *term = getenv("TERM");
    progress_lines_t *self = ph_calloc(1, sizeof *self);
    self->is_terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    self->is_coloured = colour_is_wanted(stderr);
    self->began_ms = began_ms;
    return self;
}

void progress_lines_destroy(progress_lines_t **self_p)
{
    progress_lines_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->seen_count; i++) {
        free(self->seen[i].name);
        free(self->seen[i].status);
    }
    free(self->seen);
    free(self);
    *self_p = NULL;
}

bool progress_lines_are_kept(const progress_lines_t *self)
{
    return !self->is_terminal;
}

static const char *text_of(const ph_value_t *watcher, const char *key)
{
    return ph_value_string(ph_value_get(watcher, key), "");
}

/* Says whether a status is on the way to another one. */
static bool is_passing(const char *status)
{
    static const char *const goals[] = {"active", "stopped", "failed"};
    for (size_t i = 0; i < sizeof goals / sizeof goals[0]; i++)
        if (strcmp(status, goals[i]) == 0)
            return false;
    return true;
}

/* ---- what was seen ---- */

/* Returns the entry of a name, a new one with an empty status if there is none. Replies have the
 * watchers in the same order, so it mostly stands where it stood. */
static struct seen *find_seen(progress_lines_t *self, size_t guess, const char *name)
{
    if (guess < self->seen_count && strcmp(self->seen[guess].name, name) == 0)
        return &self->seen[guess];
    for (size_t i = 0; i < self->seen_count; i++)
        if (strcmp(self->seen[i].name, name) == 0)
            return &self->seen[i];
    self->seen = ph_realloc_array(self->seen, self->seen_count + 1, sizeof *self->seen);
    self->seen[self->seen_count] = (struct seen){.name = ph_strdup(name), .status = ph_strdup("")};
    return &self->seen[self->seen_count++];
}

static void print_change(const char *name, const char *status)
{
    output_text(stderr, name, strlen(name));
    fputs(": ", stderr);
    output_text(stderr, status, strlen(status));
    putc('\n', stderr);
}

/* What rests when it is first seen is no news. */
static void note_statuses(progress_lines_t *self, const ph_value_t *watchers)
{
    for (size_t i = 0; i < ph_value_size(watchers); i++) {
        const ph_value_t *watcher = ph_value_at(watchers, i);
        const char *status = text_of(watcher, "status");
        struct seen *seen = find_seen(self, i, text_of(watcher, "name"));
        if (strcmp(seen->status, status) == 0)
            continue;
        if (!self->is_terminal && (seen->status[0] || is_passing(status)))
            print_change(seen->name, status);
        seen->since_ms = seen->status[0] ? ph_clock_ms() : self->began_ms;
        free(seen->status);
        seen->status = ph_strdup(status);
    }
}

/* ---- drawing ---- */

static void draw_watcher(struct canvas *canvas, const struct seen *seen, const ph_value_t *watcher,
                         size_t name_columns)
{
    const char *status = text_of(watcher, "status");
    const char *reason = strcmp(status, "active") == 0 ? "" : text_of(watcher, "reason");
    ph_cleanup(ph_freep) char *count =
        ph_format("  %" PRId64 "/%" PRId64, ph_value_int(ph_value_get(watcher, "running"), 0),
                  ph_value_int(ph_value_get(watcher, "numprocesses"), 0));
    ph_cleanup(ph_freep) char *elapsed =
        is_passing(status) ? units_duration((double)(ph_clock_ms() - seen->since_ms) / 1000)
                           : ph_strdup("");
    canvas_put(canvas, "", seen->name, name_columns);
    canvas_put(canvas, "", "  ", 0);
    canvas_put(canvas, colour_sequence(colour_of_status(status)), status, strlen("stopping"));
    canvas_put(canvas, "", count, strlen("  10/10"));
    canvas_put(canvas, "", "  ", 0);
    canvas_put(canvas, "", elapsed, strlen("59s"));
    canvas_put(canvas, "", reason[0] ? "  " : "", 0);
    canvas_put(canvas, COLOUR_FAINT, reason, 0);
    canvas_end_line(canvas);
}

struct count {
    const char *status;
    size_t count;
};

static void count_status(struct count counts[MAX_STATUSES], const char *status)
{
    for (size_t i = 0; i < MAX_STATUSES; i++) {
        if (counts[i].status && strcmp(counts[i].status, status) != 0)
            continue;
        counts[i].status = status;
        counts[i].count++;
        return;
    }
}

static void draw_others(struct canvas *canvas, const struct count counts[MAX_STATUSES])
{
    size_t total = 0;
    for (size_t i = 0; i < MAX_STATUSES; i++)
        total += counts[i].count;
    ph_cleanup(ph_freep) char *begin = ph_format("and %zu more:", total);
    canvas_put(canvas, "", begin, 0);
    for (size_t i = 0; i < MAX_STATUSES && counts[i].status; i++) {
        ph_cleanup(ph_freep) char *part =
            ph_format("%s %zu %s", i > 0 ? "," : "", counts[i].count, counts[i].status);
        canvas_put(canvas, "", part, 0);
    }
    canvas_end_line(canvas);
}

static size_t count_passing(const ph_value_t *watchers)
{
    size_t count = 0;
    for (size_t i = 0; i < ph_value_size(watchers); i++)
        count += is_passing(text_of(ph_value_at(watchers, i), "status"));
    return count;
}

static size_t name_columns(const ph_value_t *watchers)
{
    size_t columns = 0;
    for (size_t i = 0; i < ph_value_size(watchers); i++) {
        size_t length = strlen(text_of(ph_value_at(watchers, i), "name"));
        columns = length > columns && length <= MAX_NAME_COLUMNS ? length : columns;
    }
    return columns;
}

/* Where the window is too small for all, those that are on their way come first. Returns the number
 * of lines. */
static size_t draw_all(progress_lines_t *self, struct canvas *canvas, const ph_value_t *watchers)
{
    size_t count = ph_value_size(watchers);
    size_t room = canvas->rows > 2 ? canvas->rows - 1 : 1; /* the cursor's line stays free */
    bool is_short = count > room;
    size_t shown = is_short ? room - 1 : count;
    size_t passing = count_passing(watchers);
    size_t passing_left = passing < shown ? passing : shown;
    size_t others_left = shown - passing_left;
    struct count hidden[MAX_STATUSES] = {0};

    size_t columns = name_columns(watchers);
    for (size_t i = 0; i < count; i++) {
        const ph_value_t *watcher = ph_value_at(watchers, i);
        const char *status = text_of(watcher, "status");
        size_t *left = is_passing(status) ? &passing_left : &others_left;
        if (*left == 0) {
            count_status(hidden, status);
            continue;
        }
        --*left;
        draw_watcher(canvas, find_seen(self, i, text_of(watcher, "name")), watcher, columns);
    }
    if (is_short)
        draw_others(canvas, hidden);
    return shown + is_short;
}

void progress_lines_show(progress_lines_t *self, const ph_value_t *watchers)
{
    note_statuses(self, watchers);
    if (!self->is_terminal)
        return;
    ph_cleanup(canvas_release) struct canvas canvas;
    canvas_init(&canvas, self->is_coloured);
    canvas_go_up(&canvas, self->drawn_rows);
    self->drawn_rows = draw_all(self, &canvas, watchers);
    canvas_erase_below(&canvas);
}

void progress_lines_clear(progress_lines_t *self)
{
    if (!self->is_terminal || self->drawn_rows == 0)
        return;
    ph_cleanup(canvas_release) struct canvas canvas;
    canvas_init(&canvas, self->is_coloured);
    canvas_go_up(&canvas, self->drawn_rows);
    canvas_erase_below(&canvas);
    self->drawn_rows = 0;
}
