#include <alloc.h>
#include <config/ini.h>
#include <config/overlay.h>
#include <config/text_file.h>
#include <criterion/criterion.h>
#include <scratch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wire/utf8.h>

static config_t tree;
static struct problems problems;
static struct notices notices;
static char *folder, *path;

static void set_up(void)
{
    tree_init(&tree);
    folder = scratch_new();
    path = ph_format("%s/x.ini.overlay", folder);
}

static void tear_down(void)
{
    config_destroy(&tree);
    problems_release(&problems);
    notices_release(&notices);
    free(path);
    scratch_destroy(&folder);
}

TestSuite(overlay, .init = set_up, .fini = tear_down);

static char *text_with(const char *title, const char *key, const char *value, struct ph_error *err)
{
    ph_cleanup(config_destroy) config_t changes;
    tree_init(&changes);
    config_setting_t *section = tree_add_section(&changes, "", NOWHERE);
    tree_set_option(section, key, value);
    return overlay_text(path, title, section, err);
}

static void save(const char *title, const char *key, const char *value)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *text = text_with(title, key, value, &err);
    cr_assert(text, "%s", err.message);
    cr_assert_eq(text_file_replace(path, text, &err), 0, "%s", err.message);
}

static const char *value_of(const char *title, const char *key)
{
    const config_setting_t *section = tree_find_section(&tree, title);
    return section ? tree_option_text(section, key) : NULL;
}

Test(overlay, what_is_saved_wins_and_says_where_it_stands)
{
    static const char text[] = "[watcher:Web]\ncmd = x\nnice = 1\n";
    ini_read(NULL, text, strlen(text), &tree, &problems);
    save("watcher:web", "nice", "2");
    overlay_read(path, &tree, &problems, &notices);
    cr_expect_str_eq(value_of("watcher:web", "nice"), "2");
    cr_expect_str_eq(value_of("watcher:web", "cmd"), "x");
    struct place place = tree_option_place(tree_find_section(&tree, "watcher:web"), "nice");
    cr_expect_str_eq(place.file, path);
    cr_expect_eq(place.line, 4);
    cr_expect_eq(notices.count, 0);
}

Test(overlay, what_was_saved_before_stays)
{
    save("watcher:web", "nice", "1");
    save("watcher:api", "nice", "2");
    save("watcher:web", "umask", "77");
    save("watcher:web", "nice", NULL);
    size_t size;
    ph_cleanup(ph_freep) char *text = text_file_read(path, &size, NULL);
    cr_expect_str_eq(strchr(text, '\n') + 1,
                     "\n[watcher:web]\numask = 77\n\n[watcher:api]\nnice = 2\n");
}

Test(overlay, a_section_that_the_configuration_does_not_have_is_told)
{
    save("watcher:web", "nice", "1");
    overlay_read(path, &tree, &problems, &notices);
    cr_expect_eq(problems.count, 0);
    cr_assert_eq(notices.count, 1);
    cr_expect_str_eq(notices.items[0].text,
                     "[watcher:web] is saved here, but the configuration does not have it");
}

Test(overlay, none_is_needed)
{
    overlay_read(path, &tree, &problems, &notices);
    cr_expect_eq(problems.count + notices.count, 0);
}

/* Each is read back as it was given. */
Test(overlay, values_are_read_as_they_were_saved)
{
    static const char *const values[] = {"a b", "# no comment", "; nor this", "\"quoted\"", "a=b",
                                         "[x]", "\\",           "100%",       "\xc3\xa9",   "",
                                         "a\tb"};
    static const char text[] = "[watcher:web]\ncmd = x\n";
    ini_read(NULL, text, strlen(text), &tree, &problems);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        save("watcher:web", "cmd", values[i]);
        overlay_read(path, &tree, &problems, &notices);
        cr_expect_str_eq(value_of("watcher:web", "cmd"), values[i]);
    }
    cr_expect_eq(problems.count, 0);
}

Test(overlay, what_a_file_would_not_give_back_is_refused)
{
    static const char *const options[][2] = {
        {"cmd", " a"},
        {"cmd", "a "},
        {"cmd", "a\r"},
        {"cmd", "a\t"},
        {"cmd", "a\nb = c"},
        {"label.gr\xc3\xb6\xc3\x9f"
         "e",
         "1"},
        {"label.a!b", "1"},
        {"label.a=b", "1"},
        {"label.q\n[watcher:evil]\ncmd", "sleep 7"},
    };
    save("watcher:web", "nice", "1");
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct ph_error err;
        const char *key = options[i][0], *value = options[i][1];
        ph_cleanup(ph_freep) char *text = text_with("watcher:web", key, value, &err);
        cr_expect_null(text, "%s = %s", key, value);
        ph_cleanup(ph_freep) char *expected =
            ph_format("'%s = %s' cannot be saved: a file gives back another", key, value);
        ph_text_mend(expected);
        cr_expect_str_eq(err.message, expected);
    }
}

/* A link to itself, since nothing is forbidden to root. */
Test(overlay, one_that_cannot_be_opened_is_told)
{
    cr_assert_eq(symlink(path, path), 0);
    overlay_read(path, &tree, &problems, &notices);
    cr_assert_eq(problems.count, 1);
    cr_expect_str_eq(problems.items[0].error.message,
                     "cannot open the configuration: Too many levels of symbolic links");
}

Test(overlay, a_folder_in_its_place_is_told)
{
    struct ph_error err;
    cr_assert_eq(mkdir(path, 0700), 0);
    overlay_read(path, &tree, &problems, &notices);
    cr_expect_eq(problems.count, 1);
    cr_expect_null(text_with("watcher:web", "nice", "1", &err));
}
