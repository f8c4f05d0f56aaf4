/* plughostctl new-plugin: what it writes, what it refuses, and what it leaves then. That it can be
 * built and tested is the matter of tests/install/new_plugin.sh. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <files.h>
#include <program.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USAGE "hint: usage: plughostctl new-plugin [--dir DIR] NAME\n"

static char *scratch;

static void make_scratch(void)
{
    scratch = directory_make();
    cr_assert_eq(chdir(scratch), 0);
}

static void remove_scratch(void)
{
    directory_remove(scratch);
    free(scratch);
}

TestSuite(new_plugin, .init = make_scratch, .fini = remove_scratch, .timeout = 60);

static void expect(program_t *program, int code, const char *out, const char *err)
{
    cr_expect_eq(program_wait(program, 0), code, "%s", program_err(program));
    cr_expect_str_eq(program_out(program), out);
    cr_expect_str_eq(program_err(program), err);
}

#define RUN(...) program_run((const char *const[]){TEST_PLUGHOSTCTL, __VA_ARGS__, NULL}, NULL)

#define EXPECT(code, out, err, ...)                                                                \
    do {                                                                                           \
        ph_cleanup(program_destroy) program_t *program_ = RUN(__VA_ARGS__);                        \
        expect(program_, code, out, err);                                                          \
    } while (0)

static void expect_in_file(const char *path, const char *text)
{
    ph_cleanup(ph_freep) char *whole = file_read(path);
    cr_assert(whole, "there is no '%s'", path);
    cr_expect(strstr(whole, text), "there is no '%s' in '%s'", text, path);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- what is written ---- */

Test(new_plugin, it_prints_what_it_wrote_and_what_to_type_next)
{
    EXPECT(0,
           "demo/CMakeLists.txt\n"
           "demo/README.md\n"
           "demo/demo.c\n"
           "demo/demo.ini\n"
           "demo/test_demo.c\n"
           "\n"
           "Now type:\n"
           "  cd demo\n"
           "  cmake -B build\n"
           "  cmake --build build\n"
           "  ctest --test-dir build\n"
           "  plughostd demo.ini\n",
           "", "new-plugin", "demo");
}

Test(new_plugin, the_name_stands_in_all_places_in_the_form_that_fits)
{
    ph_cleanup(program_destroy) program_t *program = RUN("new-plugin", "My-plug_2");
    cr_assert_eq(program_wait(program, 0), 0, "%s", program_err(program));
    expect_in_file("My-plug_2/My-plug_2.c", "static int My_plug_2_init(");
    expect_in_file("My-plug_2/My-plug_2.c", "\"event.my-plug_2.too_many\"");
    expect_in_file("My-plug_2/My-plug_2.ini", "[plugin:My-plug_2]\n");
    expect_in_file("My-plug_2/CMakeLists.txt", "add_library(plugin MODULE My-plug_2.c)");
    static const char *const files[] = {"CMakeLists.txt", "README.md", "My-plug_2.c",
                                        "My-plug_2.ini", "test_My-plug_2.c"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ph_cleanup(ph_freep) char *path = ph_format("My-plug_2/%s", files[i]);
        ph_cleanup(ph_freep) char *text = file_read(path);
        cr_assert(text, "there is no '%s'", path);
        cr_expect_gt(strlen(text), 100);
        cr_expect(!strstr(text, "@NAME@") && !strstr(text, "@ID@") && !strstr(text, "@TOPIC@"),
                  "a placeholder is left in '%s'", path);
    }
}

Test(new_plugin, an_empty_folder_is_taken)
{
    cr_assert_eq(mkdir("place", 0700), 0);
    ph_cleanup(program_destroy) program_t *program = RUN("new-plugin", "--dir", "place", "demo");
    cr_expect_eq(program_wait(program, 0), 0, "%s", program_err(program));
    cr_expect(exists("place/demo.c"));
    cr_expect(!exists("demo"));
}

Test(new_plugin, no_daemon_is_needed)
{
    ph_cleanup(program_destroy) program_t *program =
        RUN("--endpoint", "ipc:///nowhere", "new-plugin", "demo");
    cr_expect_eq(program_wait(program, 0), 0, "%s", program_err(program));
}

/* ---- what is refused ---- */

Test(new_plugin, a_name_that_is_none_is_wrong_usage)
{
    static const char *const names[] = {"", "2fast", "-x", "a b", "a/b", "..", "a.b", "ä"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ph_cleanup(program_destroy) program_t *program = RUN("new-plugin", "--", names[i]);
        ph_cleanup(ph_freep) char *message =
            ph_format("plughostctl: '%s' is no name for a plugin: a letter, then letters, digits, "
                      "'_' and '-' are accepted, at most 64\n" USAGE,
                      names[i]);
        expect(program, 2, "", message);
    }
    cr_expect(directory_is_empty("."));
}

Test(new_plugin, a_missing_name_is_wrong_usage)
{
    EXPECT(2, "",
           "plughostctl: 'new-plugin' needs NAME: what it is called: a letter, then letters, "
           "digits, '_' and '-'\n" USAGE,
           "new-plugin");
}

Test(new_plugin, a_folder_that_holds_something_is_left_alone)
{
    cr_assert_eq(mkdir("demo", 0700), 0);
    file_write("demo/mine", "precious");
    EXPECT(1, "",
           "plughostctl: folder 'demo' is not empty: it holds 'mine'\n"
           "hint: name another folder with --dir\n",
           "new-plugin", "demo");
    expect_in_file("demo/mine", "precious");
    cr_expect(!exists("demo/demo.c"));
}

Test(new_plugin, a_folder_that_cannot_be_is_named)
{
    file_write("file", "");
    EXPECT(1, "", "plughostctl: cannot make folder 'no/where': No such file or directory\n",
           "new-plugin", "--dir", "no/where", "demo");
    EXPECT(1, "", "plughostctl: cannot open folder 'file': Not a directory\n", "new-plugin",
           "--dir", "file", "demo");
}

/* Runs it where no file may grow beyond 2 KiB: the first two fit, the third does not. */
static void run_with_little_room(const char *dir)
{
    ph_cleanup(ph_freep) char *script = ph_format(
        "trap '' XFSZ; ulimit -f 4; exec %s new-plugin --dir %s demo", TEST_PLUGHOSTCTL, dir);
    ph_cleanup(program_destroy) program_t *program =
        program_run((const char *const[]){"/bin/sh", "-c", script, NULL}, NULL);
    ph_cleanup(ph_freep) char *message =
        ph_format("plughostctl: cannot write '%s/demo.c': File too large\n", dir);
    expect(program, 1, "", message);
}

Test(new_plugin, nothing_is_left_when_the_disk_is_full)
{
    run_with_little_room("demo");
    cr_expect(!exists("demo"), "the folder that it made is left");

    cr_assert_eq(mkdir("mine", 0700), 0);
    run_with_little_room("mine");
    cr_expect(exists("mine"), "a folder that it did not make is gone");
    cr_expect(directory_is_empty("mine"));
}
