#include <alloc.h>
#include <config/problems.h>
#include <criterion/criterion.h>
#include <stdlib.h>

static void add(struct problems *problems, unsigned line, const char *text, const char *hint)
{
    struct ph_error err;
    ph_error_set(&err, PH_INVALID, "%s", text);
    ph_error_hint(&err, "%s", hint);
    problems_add(problems, (struct place){NULL, line}, &err);
}

static void expect_printed(struct problems *problems, const char *expected)
{
    ph_cleanup(ph_freep) char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);
    problems_print(problems, "x.ini", out);
    fclose(out);
    cr_expect_str_eq(printed, expected);
}

Test(problems, they_are_shown_in_the_order_of_the_lines)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    add(&problems, 12, "twelve", "");
    add(&problems, 3, "three", "mend it");
    add(&problems, 0, "all of it", "");
    expect_printed(&problems, "x.ini: all of it\nx.ini:3: three (mend it)\nx.ini:12: twelve\n");
}

Test(problems, those_of_one_line_keep_their_order)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    for (unsigned i = 0; i < 20; i++) {
        ph_cleanup(ph_freep) char *text = ph_format("%c", 'a' + i);
        add(&problems, 20 - i / 10, text, "");
    }
    expect_printed(&problems,
                   "x.ini:19: k\nx.ini:19: l\nx.ini:19: m\nx.ini:19: n\nx.ini:19: o\nx.ini:19: p\n"
                   "x.ini:19: q\nx.ini:19: r\nx.ini:19: s\nx.ini:19: t\nx.ini:20: a\nx.ini:20: b\n"
                   "x.ini:20: c\nx.ini:20: d\nx.ini:20: e\nx.ini:20: f\nx.ini:20: g\nx.ini:20: h\n"
                   "x.ini:20: i\nx.ini:20: j\n");
}

Test(problems, those_of_other_files_follow_with_their_names)
{
    struct ph_error err;
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_error_set(&err, PH_INVALID, "wrong");
    problems_add(&problems, (struct place){"b.ini", 1}, &err);
    problems_add(&problems, (struct place){"a.ini", 2}, &err);
    problems_add(&problems, (struct place){"a.ini", 0}, &err);
    add(&problems, 3, "three", "");
    expect_printed(&problems, "x.ini:3: three\na.ini: wrong\na.ini:2: wrong\nb.ini:1: wrong\n");
}

Test(problems, none_prints_nothing)
{
    struct problems none = {0};
    expect_printed(&none, "");
    problems_release(&none);
}
