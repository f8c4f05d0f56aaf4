#include <alloc.h>
#include <config/circus_ini.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what tests look at ---- */

static void show_section(const struct ph_circus_section *section, FILE *out)
{
    fprintf(out, "[%s]@%u", section->name, section->line);
    for (size_t i = 0; i < section->option_count; i++)
        fprintf(out, " %s=<%s>@%u", section->options[i].key, section->options[i].value,
                section->options[i].line);
    fputc('\n', out);
}

/* Writes sections and mistakes, and frees all. */
static char *show(struct ph_circus_ini *ini)
{
    char *shown = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&shown, &length);
    for (size_t i = 0; i < ini->section_count; i++)
        show_section(&ini->sections[i], out);
    for (size_t i = 0; i < ini->mistake_count; i++)
        fprintf(out, "%s:%u: %s (%s)\n", ini->mistakes[i].file, ini->mistakes[i].line,
                ini->mistakes[i].error.message, ini->mistakes[i].error.hint);
    fclose(out);
    ph_circus_ini_release(ini);
    return shown;
}

static void expect(const char *text, const char *wanted)
{
    struct ph_circus_ini ini = {0};
    ph_circus_ini_read(&ini, "circus.ini", text, strlen(text));
    ph_cleanup(ph_freep) char *shown = show(&ini);
    cr_expect_str_eq(shown, wanted, "%s\ngave\n%s", text, shown);
}

/* ---- lines ---- */

Test(circus_ini, an_equals_sign_or_a_colon_parts_key_and_value)
{
    expect("[watcher:web]\ncmd = sleep 60\nargs: a = b\nnumprocesses=2\nurl = http://x:1\n",
           "[watcher:web]@1 cmd=<sleep 60>@2 args=<a = b>@3 numprocesses=<2>@4 "
           "url=<http://x:1>@5\n");
}

Test(circus_ini, keys_and_sections_keep_their_case)
{
    expect("[Watcher:Web]\nCmd = A\ncmd = b\n", "[Watcher:Web]@1 Cmd=<A>@2 cmd=<b>@3\n");
}

Test(circus_ini, lines_that_begin_with_a_mark_or_with_rem_are_comments)
{
    expect("# one\n; two\nrem three\nREM\n[a]\n#k = 1\n;k = 2\nrem k = 3\nremote = 4\nk = 5\n",
           "[a]@5 remote=<4>@9 k=<5>@10\n");
}

Test(circus_ini, a_semicolon_behind_white_space_ends_a_value)
{
    expect("[a]\na = 1 ; one\nb = 1;2\nc = 1;2\t;3 ; 4\nd = ; nothing\n",
           "[a]@1 a=<1>@2 b=<1;2>@3 c=<1;2>@4 d=<>@5\n");
}

Test(circus_ini, a_number_sign_in_a_value_is_part_of_it)
{
    expect("[a]\na = 1 # one\n", "[a]@1 a=<1 # one>@2\n");
}

Test(circus_ini, indented_lines_continue_a_value_behind_a_newline)
{
    expect("[a]\ncmd = one\n  two = 2\n\n\t# three \n# a comment\n   ; four\nb = 1\n",
           "[a]@1 cmd=<one\ntwo = 2\n# three\n; four>@2 b=<1>@8\n");
}

Test(circus_ini, a_value_may_begin_on_the_line_below_its_key)
{
    expect("[circus]\ninclude =\n  a.ini\n  b.ini\n", "[circus]@1 include=<a.ini\nb.ini>@2\n");
}

Test(circus_ini, an_indented_line_behind_a_header_begins_an_option)
{
    expect("[a]\n  k = 1\n", "[a]@1 k=<1>@2\n");
}

Test(circus_ini, quotes_are_kept_but_a_pair_alone_is_empty)
{
    expect("[a]\na = \"x y\"\nb = 'x'\nc = \"\"\nd = ''\ne = \"\" x\n",
           "[a]@1 a=<\"x y\">@2 b=<'x'>@3 c=<>@4 d=<''>@5 e=<\"\" x>@6\n");
}

Test(circus_ini, percent_signs_mean_nothing)
{
    expect("[a]\na = %(b)s %d\n", "[a]@1 a=<%(b)s %d>@2\n");
}

Test(circus_ini, a_value_may_be_empty)
{
    expect("[a]\na =\nb:\n", "[a]@1 a=<>@2 b=<>@3\n");
}

Test(circus_ini, what_stands_behind_a_header_is_not_read)
{
    expect("[a] ; see [b]\nk = 1\n", "[a]@1 k=<1>@2\n");
}

Test(circus_ini, windows_line_ends_a_byte_order_mark_and_a_missing_newline_do_no_harm)
{
    expect("\xef\xbb\xbf[a]\r\nk = 1\r\n l = 2\r\nm = 3", "[a]@1 k=<1\nl = 2>@2 m=<3>@4\n");
}

/* ---- the first one wins ---- */

Test(circus_ini, the_first_value_of_a_key_counts)
{
    expect("[a]\nk = 1\nk = 2\n  and more\nl = 3\n", "[a]@1 k=<1>@2 l=<3>@5\n");
}

Test(circus_ini, the_first_value_counts_in_a_section_that_stands_again)
{
    expect("[a]\nk = 1\n[b]\nk = 2\n[a]\nk = 3\nl = 4\n", "[a]@1 k=<1>@2 l=<4>@7\n[b]@3 k=<2>@4\n");
}

Test(circus_ini, the_first_value_counts_over_several_files)
{
    struct ph_circus_ini ini = {0};
    ph_circus_ini_read(&ini, "one", "[a]\nk = 1\n", 10);
    ph_circus_ini_read(&ini, "two", "[a]\nk = 2\nl = 3\n", 16);
    cr_expect_str_eq(ini.sections[0].options[0].file, "one");
    cr_expect_str_eq(ini.sections[0].options[1].file, "two");
    ph_cleanup(ph_freep) char *shown = show(&ini);
    cr_expect_str_eq(shown, "[a]@1 k=<1>@2 l=<3>@3\n");
}

Test(circus_ini, the_keys_of_default_appear_in_every_section)
{
    static const char text[] =
        "[a]\nk = 1\n[DEFAULT]\nk = 2\nl = 3\nl = 4\n[b]\n[default]\nm = 5\n";
    struct ph_circus_ini ini = {0};
    ph_circus_ini_read(&ini, "circus.ini", text, strlen(text));
    ph_circus_ini_apply_defaults(&ini);
    cr_expect_not(ph_circus_ini_section(&ini, "DEFAULT"));
    ph_cleanup(ph_freep) char *shown = show(&ini);
    cr_expect_str_eq(shown, "[a]@1 k=<1>@2 l=<3>@5\n[b]@7 k=<2>@4 l=<3>@5\n"
                            "[default]@8 m=<5>@9 k=<2>@4 l=<3>@5\n");
}

Test(circus_ini, without_default_nothing_is_added)
{
    struct ph_circus_ini ini = {0};
    ph_circus_ini_read(&ini, "circus.ini", "[a]\nk = 1\n", 10);
    ph_circus_ini_apply_defaults(&ini);
    const struct ph_circus_section *section = ph_circus_ini_section(&ini, "a");
    cr_assert(section);
    cr_expect_str_eq(ph_circus_section_option(section, "k")->value, "1");
    cr_expect_not(ph_circus_section_option(section, "l"));
    ph_circus_ini_release(&ini);
}

/* ---- mistakes ---- */

Test(circus_ini, all_mistakes_are_reported_with_their_lines)
{
    expect("early = 1\n[a]\nno sign\n= 1\n[]\nk = 2\n[open\nl = 3\n[b]\nm = 4\n",
           "[a]@2\n[]@5 k=<2>@6 l=<3>@8\n[b]@9 m=<4>@10\n"
           "circus.ini:1: 'early = 1' stands before the first section (begin with a line [circus] "
           "or [watcher:NAME])\n"
           "circus.ini:3: 'no sign' is no option (a line is KEY = VALUE, [SECTION], indented, or a "
           "comment with # or ;)\n"
           "circus.ini:4: '= 1' has no key (a line is KEY = VALUE)\n"
           "circus.ini:5: '[]' is no section (write [NAME], as in [watcher:web])\n"
           "circus.ini:7: '[open' is no section (write [NAME], as in [watcher:web])\n");
}

Test(circus_ini, lines_that_are_no_text_are_refused_and_the_others_read)
{
    static const char text[] = "[a]\nk = \xff\nl = \0\nm = 1\n";
    struct ph_circus_ini ini = {0};
    ph_circus_ini_read(&ini, "circus.ini", text, sizeof text - 1);
    ph_cleanup(ph_freep) char *shown = show(&ini);
    cr_expect_str_eq(shown, "[a]@1 m=<1>@4\n"
                            "circus.ini:2: the line is not UTF-8 text (save the file as plain text "
                            "in UTF-8)\n"
                            "circus.ini:3: the line is not UTF-8 text (save the file as plain text "
                            "in UTF-8)\n");
}

Test(circus_ini, a_long_bad_line_is_shown_up_to_a_whole_letter)
{
    char text[200] = "[a]\n";
    for (size_t i = 4; i < 103; i += 3)
        memcpy(text + i, "x\xc3\xbc", 4); /* the 60th byte is within a letter */
    struct ph_circus_ini ini = {0};
    ph_circus_ini_read(&ini, "circus.ini", text, strlen(text));
    cr_assert_eq(ini.mistake_count, 1);
    cr_expect(strstr(ini.mistakes[0].error.message, "xüxü...' is no option"), "%s",
              ini.mistakes[0].error.message);
    ph_circus_ini_release(&ini);
}

Test(circus_ini, an_empty_file_has_nothing_and_is_no_mistake)
{
    expect("", "");
    expect("\n\n  \n", "");
}

Test(circus_ini, text_that_ends_without_a_nul_is_not_read_beyond)
{
    static const char text[] = "[a]\nk = 1\n ";
    ph_cleanup(ph_freep) char *exact = ph_calloc(1, sizeof text - 1);
    memcpy(exact, text, sizeof text - 1);
    struct ph_circus_ini ini = {0};
    ph_circus_ini_read(&ini, "circus.ini", exact, sizeof text - 1);
    ph_cleanup(ph_freep) char *shown = show(&ini);
    cr_expect_str_eq(shown, "[a]@1 k=<1>@2\n");
}

/* ---- supervisord's files ---- */

static void expect_supervisor(const char *text, const char *wanted)
{
    struct ph_circus_ini ini = {.is_supervisor = true};
    ph_circus_ini_read(&ini, "supervisord.conf", text, strlen(text));
    ph_cleanup(ph_freep) char *shown = show(&ini);
    cr_expect_str_eq(shown, wanted, "%s\ngave\n%s", text, shown);
}

Test(circus_ini, in_supervisords_files_both_marks_end_a_value_also_where_it_goes_on)
{
    expect_supervisor("[a]\nk = 1 ; one\nl = 2 # two\nm = a;b#c\nn = 3 ; x\n  4 # y\n  5\n",
                      "[a]@1 k=<1>@2 l=<2>@3 m=<a;b#c>@4 n=<3\n4\n5>@5\n");
}

Test(circus_ini, in_supervisords_files_comments_may_be_indented_and_rem_is_no_comment)
{
    expect_supervisor("[a] ; section\nk = 1\n  ; no value\n  # neither\nrem = 2\nrem x = 3\n",
                      "[a]@1 k=<1>@2 rem=<2>@5 rem x=<3>@6\n");
}

Test(circus_ini, in_supervisords_files_the_last_value_counts_and_keys_have_small_letters)
{
    expect_supervisor("[a]\nKey = 1\nl = 2\n  more\n[b]\n[a]\nkEY: 3\n  more\nl = \"\"\n",
                      "[a]@1 key=<3\nmore>@7 l=<\"\">@9\n[b]@5\n");
}

Test(circus_ini, in_supervisords_files_a_line_outside_a_section_is_told_how_to_begin)
{
    expect_supervisor("k = 1\n", "supervisord.conf:1: 'k = 1' stands before the first section "
                                 "(begin with a line [supervisord] or [program:NAME])\n");
}
