#include <alloc.h>
#include <config/text_file.h>
#include <criterion/criterion.h>
#include <scratch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder, *path, *temporary, *target;

static void set_up(void)
{
    folder = scratch_new();
    path = ph_format("%s/file", folder);
    temporary = ph_format("%s/file.new", folder);
    target = ph_format("%s/target", folder);
}

static void tear_down(void)
{
    free(path);
    free(temporary);
    free(target);
    scratch_destroy(&folder);
}

TestSuite(text_file, .init = set_up, .fini = tear_down, .timeout = 20);

static void replace(const char *text)
{
    struct ph_error err;
    cr_assert_eq(text_file_replace(path, text, &err), 0, "%s", err.message);
}

static void expect_text(const char *file, const char *text)
{
    ph_cleanup(ph_freep) char *found = scratch_read(file);
    cr_expect_str_eq(found, text);
}

static bool is_link(const char *file)
{
    struct stat status;
    return lstat(file, &status) == 0 && S_ISLNK(status.st_mode);
}

Test(text_file, a_link_stays_one)
{
    free(scratch_write(folder, "target", "old", 0600));
    cr_assert_eq(symlink(target, path), 0);
    replace("new");
    cr_expect(is_link(path));
    expect_text(target, "new");
}

Test(text_file, the_file_behind_a_link_need_not_be_there)
{
    ph_cleanup(ph_freep) char *second = ph_format("%s/second", folder);
    cr_assert_eq(symlink("second", path), 0);
    cr_assert_eq(symlink("target", second), 0);
    replace("new");
    cr_expect(is_link(path));
    cr_expect(is_link(second));
    expect_text(target, "new");
}

/* Nobody reads it: to open it for writing would not end. */
Test(text_file, a_pipe_in_the_way_holds_nobody)
{
    cr_assert_eq(mkfifo(temporary, 0600), 0);
    replace("new");
    expect_text(path, "new");
}

Test(text_file, a_link_in_the_way_is_not_followed)
{
    free(scratch_write(folder, "target", "old", 0600));
    cr_assert_eq(symlink(target, temporary), 0);
    replace("new");
    cr_expect_not(is_link(path));
    expect_text(target, "old");
    expect_text(path, "new");
}

Test(text_file, a_folder_in_the_way_is_told)
{
    struct ph_error err;
    cr_assert_eq(mkdir(temporary, 0700), 0);
    cr_assert_eq(text_file_replace(path, "new", &err), -1);
    ph_cleanup(ph_freep) char *expected = ph_format("cannot write '%s': File exists", temporary);
    cr_expect_str_eq(err.message, expected);
}
