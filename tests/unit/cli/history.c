#include <criterion/criterion.h>
#include <history.h>
#include <scratch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct taken {
    size_t count;
    char first[32], last[32];
};

static void take(void *arg, const char *line)
{
    struct taken *self = arg;
    if (self->count++ == 0)
        snprintf(self->first, sizeof self->first, "%s", line);
    snprintf(self->last, sizeof self->last, "%s", line);
}

static history_file_t *open_history(const char *path, struct taken *taken)
{
    struct ph_error err = {0};
    history_file_t *history = history_open(path, take, taken, &err);
    cr_assert(history, "%s", err.message);
    return history;
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    cr_assert_eq(stat(path, &st), 0, "%s", path);
    return st.st_mode & 07777;
}

Test(history, lines_are_there_when_it_is_opened_again)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/a/b/history", folder);
    struct taken none = {0}, two = {0};
    history_file_t *history = open_history(path, &none);
    cr_expect_eq(history_add(history, "status web", NULL), 0);
    cr_expect_eq(history_add(history, "stop web", NULL), 0);
    history_close(&history);
    history = open_history(path, &two);
    history_close(&history);
    cr_expect_eq(none.count, 0);
    cr_expect_eq(two.count, 2);
    cr_expect_str_eq(two.first, "status web");
    cr_expect_str_eq(two.last, "stop web");
}

Test(history, file_and_folders_are_the_users_alone)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *inner = ph_format("%s/plughost", folder);
    ph_cleanup(ph_freep) char *path = ph_format("%s/history", inner);
    struct taken taken = {0};
    history_file_t *history = open_history(path, &taken);
    cr_expect_eq(mode_of(inner), 0700);
    cr_expect_eq(mode_of(path), 0600);
    history_close(&history);
}

Test(history, a_file_that_others_could_read_is_closed_to_them)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = scratch_write(folder, "history", "list\n", 0644);
    struct taken taken = {0};
    history_file_t *history = open_history(path, &taken);
    cr_expect_eq(mode_of(path), 0600);
    cr_expect_eq(taken.count, 1);
    history_close(&history);
}

Test(history, two_at_a_time_lose_nothing)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/history", folder);
    struct taken taken = {0};
    history_file_t *one = open_history(path, &taken), *other = open_history(path, &taken);
    history_add(one, "first", NULL);
    history_add(other, "second", NULL);
    history_add(one, "third", NULL);
    ph_cleanup(ph_freep) char *text = scratch_read(path);
    cr_expect_str_eq(text, "first\nsecond\nthird\n");
    history_close(&one);
    history_close(&other);
}

Test(history, the_oldest_lines_are_cut_away)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/history", folder);
    FILE *file = fopen(path, "w");
    for (int i = 1; i <= HISTORY_MAX_LINES + 5; i++)
        fprintf(file, "line %d\n", i);
    fclose(file);

    struct taken taken = {0}, again = {0};
    history_file_t *history = open_history(path, &taken);
    history_close(&history);
    cr_expect_eq(taken.count, HISTORY_MAX_LINES);
    cr_expect_str_eq(taken.first, "line 6");
    cr_expect_str_eq(taken.last, "line 1005");
    history = open_history(path, &again);
    history_close(&history);
    cr_expect_eq(again.count, HISTORY_MAX_LINES, "the file was not cut");
}

Test(history, the_mode_of_a_device_is_left_alone)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/history", folder);
    unsigned before = mode_of("/dev/null");
    cr_assert_eq(symlink("/dev/null", path), 0);
    struct taken taken = {0};
    history_file_t *history = open_history(path, &taken);
    cr_expect_eq(history_add(history, "list", NULL), 0);
    cr_expect_eq(mode_of("/dev/null"), before);
    history_close(&history);
}

Test(history, what_cannot_be_opened_is_named)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *file = scratch_write(folder, "file", "", 0600);
    ph_cleanup(ph_freep) char *below = ph_format("%s/below/history", file);
    ph_cleanup(ph_freep) char *wanted =
        ph_format("cannot make folder '%s/below': Not a directory", file);
    struct ph_error err = {0};
    cr_expect(!history_open(below, take, NULL, &err));
    cr_expect_str_eq(err.message, wanted);

    ph_cleanup(ph_freep) char *is_folder =
        ph_format("cannot open the history '%s': Is a directory", folder);
    cr_expect(!history_open(folder, take, NULL, &err));
    cr_expect_str_eq(err.message, is_folder);
}

Test(history, a_full_disk_is_told)
{
    struct ph_error err = {0};
    struct taken taken = {0};
    history_file_t *history = open_history("/dev/full", &taken);
    cr_expect_eq(history_add(history, "list", &err), -1);
    cr_expect_str_eq(err.message, "cannot write the history: No space left on device");
    history_close(&history);
}

static void expect_path(const char *state, const char *home, const char *wanted)
{
    setenv("XDG_STATE_HOME", state, 1);
    setenv("HOME", home, 1);
    ph_cleanup(ph_freep) char *path = history_default_path();
    cr_expect(wanted ? path && strcmp(path, wanted) == 0 : !path, "%s", path);
}

Test(history, it_lies_where_programs_keep_their_state)
{
    expect_path("/state", "/home/me", "/state/plughost/history");
    expect_path("", "/home/me", "/home/me/.local/state/plughost/history");
    expect_path("relative", "/home/me", "/home/me/.local/state/plughost/history");
    expect_path("", "", NULL);
}
