/* What is executed for a plugin. */
#include <criterion/criterion.h>
#include <plugin/runner.h>
#include <process/options.h>
#include <scratch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(runner, .timeout = 20);

static void make_folder(const char *top, const char *name)
{
    ph_cleanup(ph_freep) char *path = ph_format("%s/%s", top, name);
    cr_assert_eq(mkdir(path, 0755), 0);
}

/* An installation in `top`: bin, and the package if it is to be there. Returns bin. */
static char *install(const char *top, bool has_package)
{
    make_folder(top, "bin");
    if (has_package) {
        make_folder(top, "lib");
        make_folder(top, "lib/plughost");
        make_folder(top, "lib/plughost/python");
        make_folder(top, "lib/plughost/python/plughost");
        ph_cleanup(ph_freep) char *package = ph_format("%s/lib/plughost/python/plughost", top);
        free(scratch_write(package, "__init__.py", "", 0644));
    }
    return ph_format("%s/bin", top);
}

static void expect_words(const runner_t *runner, const char *use, const char *expected)
{
    char **words = runner_words(runner, use, "name");
    char *all = ph_strdup("");
    for (char **word = words; *word; word++) {
        char *longer = ph_format("%s<%s>", all, *word);
        free(all);
        all = longer;
    }
    cr_expect_str_eq(all, expected);
    free(all);
    words_destroy(&words);
}

Test(runner, a_module_in_c_is_run_by_plughost_plugin_beside_the_daemon)
{
    runner_t *runner = runner_new("/opt/bin");
    expect_words(runner, "module", "</opt/bin/plughost-plugin><name>");
    expect_words(runner, "./python:x.so", "</opt/bin/plughost-plugin><name>");
    cr_expect_null(runner_python_path(runner, "module"));
    runner_destroy(&runner);
    cr_expect_null(runner);
}

Test(runner, a_class_in_python_is_run_by_the_python3_that_the_child_finds)
{
    runner_t *runner = runner_new("/opt/bin");
    expect_words(runner, "python:site.watch.Disk",
                 "<python3><-m><plughost><site.watch.Disk><name>");
    expect_words(runner, "python:watch:Disk", "<python3><-m><plughost><watch:Disk><name>");
    runner_destroy(&runner);
}

Test(runner, the_package_is_found_beside_the_daemon_without_dots_in_its_path)
{
    ph_cleanup(scratch_destroy) char *top = scratch_new();
    ph_cleanup(ph_freep) char *real = realpath(top, NULL);
    ph_cleanup(ph_freep) char *expected = ph_format("%s/lib/plughost/python", real);
    ph_cleanup(ph_freep) char *bin = install(top, true);
    runner_t *runner = runner_new(bin);
    cr_expect_str_eq(runner_python_path(runner, "python:a.B"), expected);
    cr_expect_null(runner_python_path(runner, "a"), "only Python needs it");
    runner_destroy(&runner);
}

Test(runner, without_the_package_python_has_to_find_it_by_itself)
{
    ph_cleanup(scratch_destroy) char *top = scratch_new();
    ph_cleanup(ph_freep) char *bin = install(top, false);
    runner_t *runner = runner_new(bin);
    cr_expect_null(runner_python_path(runner, "python:a.B"));
    runner_destroy(&runner);
}
