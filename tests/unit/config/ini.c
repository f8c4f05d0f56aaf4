#include <alloc.h>
#include <config/ini.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Returns the tree as "[title]@line key=<value>@line ...", then the problems as "line: text"; the
 * caller frees it. */
static char *show(const char *text, size_t size)
{
    ph_cleanup(config_destroy) config_t tree;
    ph_cleanup(problems_release) struct problems problems = {0};
    tree_init(&tree);
    ini_read(NULL, text, size, &tree, &problems);

    char *shown = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&shown, &length);
    for (unsigned i = 0; i < tree_section_count(&tree); i++) {
        const config_setting_t *section = tree_section(&tree, i);
        fprintf(out, "[%s]@%u ", tree_section_title(section), tree_section_place(section).line);
        for (unsigned k = 0; k < tree_option_count(section); k++) {
            struct tree_option option = tree_option(section, k);
            fprintf(out, "%s=<%s>@%u ", option.key, option.value, option.place.line);
        }
    }
    for (size_t i = 0; i < problems.count; i++)
        fprintf(out, "%u: %s ", problems.items[i].line, problems.items[i].error.message);
    fclose(out);
    return shown;
}

static void expect_tree(const char *text, const char *expected)
{
    ph_cleanup(ph_freep) char *shown = show(text, strlen(text));
    cr_expect_str_eq(shown, expected);
}

Test(ini, an_empty_file_is_an_empty_tree)
{
    expect_tree("", "");
    expect_tree("\n\n", "");
    expect_tree("# nothing\n; here", "");
}

Test(ini, sections_and_options_have_their_lines_and_order)
{
    expect_tree("# head\n\n[one]\nb = 2\na = 1\n\n[two]\nc = 3\n",
                "[one]@3 b=<2>@4 a=<1>@5 [two]@7 c=<3>@8 ");
}

Test(ini, a_file_may_end_without_a_newline)
{
    expect_tree("[one]\na = 1", "[one]@1 a=<1>@2 ");
    expect_tree("[one]", "[one]@1 ");
}

Test(ini, a_file_from_windows_is_read_too)
{
    expect_tree("[one]\r\na = 1\r\n[two]\r\n", "[one]@1 a=<1>@2 [two]@3 ");
}

Test(ini, a_mark_at_the_beginning_is_not_part_of_the_text)
{
    expect_tree("\xef\xbb\xbf[one]\na = 1\n", "[one]@1 a=<1>@2 ");
}

Test(ini, blanks_around_a_value_do_not_belong_to_it_and_those_within_do)
{
    expect_tree("[one]\na =   x  y   \nb=z\n\tc\t=\tw\t\n", "[one]@1 a=<x  y>@2 b=<z>@3 c=<w>@4 ");
}

Test(ini, a_value_is_taken_byte_for_byte)
{
    expect_tree("[one]\na = \"q\" 'r' %d %% \\n \\ : = # ; [x] $HOME \xc3\xa9\n",
                "[one]@1 a=<\"q\" 'r' %d %% \\n \\ : = # ; [x] $HOME \xc3\xa9>@2 ");
    expect_tree("[one]\na = a = b = c\nb =\n", "[one]@1 a=<a = b = c>@2 b=<>@3 ");
}

Test(ini, keys_that_differ_only_in_case_keep_their_own_values)
{
    expect_tree("[one]\nKey = 1\nkey = 2\nKEY = 3\nother = 4\nkEY = 5\n",
                "[one]@1 Key=<1>@2 key=<2>@3 KEY=<3>@4 other=<4>@5 kEY=<5>@6 ");
}

Test(ini, equal_keys_are_all_there)
{
    expect_tree("[one]\na = 1\na = 2\na = 3\n", "[one]@1 a=<1>@2 a=<2>@3 a=<3>@4 ");
}

Test(ini, a_section_in_two_parts_is_one)
{
    expect_tree("[one]\na = 1\n[two]\nb = 2\n[one]\nc = 3\n",
                "[one]@1 a=<1>@2 c=<3>@6 [two]@3 b=<2>@4 ");
}

Test(ini, a_title_may_be_the_beginning_of_another)
{
    expect_tree("[ab]\n[a]\n[abc]\n", "[ab]@1 [a]@2 [abc]@3 ");
}

Test(ini, a_long_value_comes_whole)
{
    enum { LONG = 1 << 16 };
    ph_cleanup(ph_freep) char *value = ph_calloc(1, LONG + 1);
    for (size_t i = 0; i < LONG; i++)
        value[i] = (char)('!' + i % 90);
    value[0] = value[LONG - 1] = 'x';
    ph_cleanup(ph_freep) char *text = ph_format("[one]\na = %s\n", value);
    ph_cleanup(ph_freep) char *expected = ph_format("[one]@1 a=<%s>@2 ", value);
    ph_cleanup(ph_freep) char *shown = show(text, strlen(text));
    cr_expect(strcmp(shown, expected) == 0);
}

Test(ini, lines_that_cannot_be_read_do_not_hide_the_others)
{
    expect_tree("[one]\nnonsense\na = 1\n= 2\nb = 3\n",
                "[one]@1 a=<1>@3 b=<3>@5 2: equal sign is missing 4: property name is missing ");
}

Test(ini, the_options_behind_a_bad_header_do_not_fall_to_the_section_before)
{
    expect_tree("[one]\na = 1\n[two\nb = 2\n[three]\nc = 3\n",
                "[one]@1 a=<1>@2 [three]@5 c=<3>@6 3: no closing bracket ");
}

Test(ini, a_file_of_bad_lines_has_them_all_reported)
{
    expect_tree("x\ny\nz", "1: equal sign is missing 2: equal sign is missing "
                           "3: equal sign is missing ");
}

Test(ini, the_bytes_need_not_end_with_a_nul)
{
    static const char text[] = "[one]\na = 1\nb";
    ph_cleanup(ph_freep) char *exact = ph_calloc(1, sizeof text - 3);
    memcpy(exact, text, sizeof text - 3);
    ph_cleanup(ph_freep) char *shown = show(exact, sizeof text - 3);
    cr_expect_str_eq(shown, "[one]@1 a=<1>@2 ");
}

Test(ini, a_name_from_elsewhere_is_one_that_a_file_can_have)
{
    static const char *const good[] = {"cmd", "label.a-b_c.d", "rlimit_nofile", "a b", "a:b", "A"};
    static const char *const bad[] = {"",
                                      "gr\xc3\xb6\xc3\x9f"
                                      "e",
                                      "a!b",
                                      "a=b",
                                      " a",
                                      "a ",
                                      "#a",
                                      ";a",
                                      "[a]",
                                      "a\r",
                                      "a\nb=c",
                                      "a\x01",
                                      "a=b\n"
                                      "[watcher:evil]\ncmd"};
    struct ph_error err;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect_eq(ini_check_key(good[i], &err), 0, "'%s'", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(ini_check_key(bad[i], &err), -1, "'%s'", bad[i]);
        cr_expect(strstr(err.message, "no configuration can have an option '"), "%s", err.message);
    }
}
