#include <criterion/criterion.h>
#include <fcntl.h>
#include <file_trail.h>
#include <plughost/plughost.h>
#include <scratch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool leads_through(const char *path, const char *folder, const char *name)
{
    ph_cleanup(file_trail_destroy) file_trail_t *trail = file_trail_new(path);
    const struct trail_step *step;
    for (size_t i = 0; (step = file_trail_step(trail, i)); i++)
        if (strcmp(step->folder, folder) == 0 && strcmp(step->name, name) == 0)
            return true;
    return false;
}

static size_t length_of(const char *path)
{
    ph_cleanup(file_trail_destroy) file_trail_t *trail = file_trail_new(path);
    size_t length = 0;
    while (file_trail_step(trail, length))
        length++;
    return length;
}

/* ---- the way ---- */

Test(file_trail, a_path_leads_through_each_of_its_names)
{
    cr_expect_eq(length_of("/no/such/file"), 3);
    cr_expect(leads_through("/no/such/file", "/", "no"));
    cr_expect(leads_through("/no/such/file", "/no", "such"));
    cr_expect(leads_through("/no/such/file", "/no/such", "file"));
    cr_expect_eq(length_of("/no//such/./file"), 3);
    cr_expect(leads_through("/no/such/../file", "/no", "file"));
    cr_expect(leads_through("/../file", "/", "file"));
    cr_expect_eq(length_of("/"), 0);
    cr_expect_eq(length_of(""), 0);
}

Test(file_trail, links_are_followed_and_belong_to_the_way)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *real = ph_format("%s/releases", folder);
    ph_cleanup(ph_freep) char *release = ph_format("%s/releases/7", folder);
    ph_cleanup(ph_freep) char *link = ph_format("%s/current", folder);
    ph_cleanup(ph_freep) char *absolute = ph_format("%s/absolute", folder);
    ph_cleanup(ph_freep) char *path = ph_format("%s/current/app", folder);
    ph_cleanup(ph_freep) char *other = ph_format("%s/absolute/app", folder);
    cr_assert_eq(mkdir(real, 0755), 0);
    cr_assert_eq(mkdir(release, 0755), 0);
    cr_assert_eq(symlink("./releases/../releases/7", link), 0);
    cr_assert_eq(symlink(link, absolute), 0);
    cr_expect(leads_through(path, folder, "current"));
    cr_expect(leads_through(path, folder, "releases"));
    cr_expect(leads_through(path, real, "7"));
    cr_expect(leads_through(path, release, "app"));
    cr_expect(leads_through(other, folder, "absolute"));
    cr_expect(leads_through(other, folder, "current"));
    cr_expect(leads_through(other, release, "app"));
}

Test(file_trail, links_that_lead_to_themselves_end)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *link = ph_format("%s/loop", folder);
    cr_assert_eq(symlink("loop", link), 0);
    cr_expect_lt(length_of(link), 100);
    cr_expect_not(file_state_read(link).is_there);
}

/* ---- the end ---- */

static bool has_changed(const char *path, const struct file_state *before)
{
    struct file_state now = file_state_read(path);
    return !file_state_is_equal(before, &now);
}

Test(file_trail, another_file_another_size_or_another_time_is_a_change)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = scratch_write(folder, "app", "one", 0755);
    struct file_state before = file_state_read(path);
    cr_expect(before.is_there);
    cr_expect_not(has_changed(path, &before));
    cr_assert_eq(chmod(path, 0700), 0);
    cr_expect_not(has_changed(path, &before));

    struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    cr_expect(has_changed(path, &before));
    before = file_state_read(path);

    ph_cleanup(ph_freep) char *copy = scratch_write(folder, "copy", "one", 0755);
    cr_assert_eq(utimensat(AT_FDCWD, copy, times, 0), 0);
    cr_assert_eq(rename(copy, path), 0);
    cr_expect(has_changed(path, &before));
}

Test(file_trail, what_cannot_be_run_is_not_there)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *empty = scratch_write(folder, "empty", "", 0755);
    ph_cleanup(ph_freep) char *text = scratch_write(folder, "text", "one", 0644);
    cr_expect_not(file_state_read(empty).is_there);
    cr_expect_not(file_state_read(text).is_there);
    cr_expect_not(file_state_read(folder).is_there);
    cr_expect_not(file_state_read("/no/such/file").is_there);
}
