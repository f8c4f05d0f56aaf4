/* What is printed is read back the same. */
#include <alloc.h>
#include <config/ini.h>
#include <config/supervisor_dialect.h>
#include <config/tree_print.h>
#include <criterion/criterion.h>
#include <string.h>

static char *no_section(void *arg, const config_setting_t *section)
{
    (void)arg, (void)section;
    return NULL;
}

static char *no_option(void *arg, const config_setting_t *section, const struct tree_option *option)
{
    (void)arg, (void)section, (void)option;
    return NULL;
}

static char *odd_section(void *arg, const config_setting_t *section)
{
    (void)arg, (void)section;
    return ph_strdup("[watcher:x]\nfalse = 1\r");
}

static char *odd_option(void *arg, const config_setting_t *section,
                        const struct tree_option *option)
{
    (void)arg, (void)section;
    return ph_format("was %s\nfalse = 1", option->key);
}

static const struct tree_comments none = {.section = no_section, .option = no_option};
static const struct tree_comments odd = {.section = odd_section, .option = odd_option};

static char *print(const config_t *tree, const struct tree_comments *comments,
                   struct notices *notices)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    tree_print(tree, comments, notices, out);
    fclose(out);
    return text;
}

/* Writes all that is in a tree, but where it stands. */
static char *show(const config_t *tree)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (unsigned i = 0; i < tree_section_count(tree); i++) {
        const config_setting_t *section = tree_section(tree, i);
        fprintf(out, "[%s]\n", tree_section_title(section));
        for (unsigned k = 0; k < tree_option_count(section); k++)
            fprintf(out, "<%s>=<%s>\n", tree_option(section, k).key, tree_option(section, k).value);
    }
    fclose(out);
    return text;
}

static void expect_same(const config_t *tree, const struct tree_comments *comments)
{
    struct problems problems = {0};
    ph_cleanup(notices_release) struct notices notices = {0};
    ph_cleanup(config_destroy) config_t again;
    tree_init(&again);
    ph_cleanup(ph_freep) char *text = print(tree, comments, &notices);
    ini_read(NULL, text, strlen(text), &again, &problems);
    ph_cleanup(ph_freep) char *before = show(tree);
    ph_cleanup(ph_freep) char *after = show(&again);
    cr_expect_eq(problems.count, 0, "%s", text);
    cr_expect_eq(notices.count, 0, "%s", text);
    cr_expect_str_eq(after, before, "\n%s\ngave\n%s", text, after);
}

/* Keys and values that a careless reader or writer would change. */
static const char *const odd_options[][2] = {
    {"a", "plain"},
    {"b", ""},
    {"c", "\"quoted\""},
    {"d", "'x"},
    {"e", "a = b"},
    {"f", "x ; no comment"},
    {"g", "# no comment"},
    {"h", "; no comment"},
    {"i", "[watcher:other]"},
    {"j", "/* x */"},
    {"k", "back\\"},
    {"l", "50% of $(circus.env.X) ((circus.wid)) $WID"},
    {"m", "tab\tinside"},
    {"n", "gr\xc3\xbc\xc3\x9f dich \xe2\x82\xac"},
    {"o", "a  b   c"},
    {"p", "="},
    {"A", "a key in capitals beside a small one"},
    {"with blank", "x"},
    {"label.x:y", "colon"},
    {"~", "tilde"},
    {"q", "a:b:c,d e"},
    {"r", "\\n"},
};

static void add_odd(config_t *tree, const char *title)
{
    config_setting_t *section = tree_add_section(tree, title, SOMEWHERE);
    for (size_t i = 0; i < sizeof odd_options / sizeof odd_options[0]; i++)
        tree_add_option(section, odd_options[i][0], odd_options[i][1], SOMEWHERE);
}

Test(tree_print, odd_values_are_read_back_the_same_in_every_section)
{
    static const char *const titles[] = {"plughost", "watcher:web", "plugin:x",
                                         "socket:y", "env:*",       "env:a, b*"};
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        add_odd(&tree, titles[i]);
    expect_same(&tree, &none);
}

Test(tree_print, a_long_value_is_one_line)
{
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    char text[20001];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 10 == 9 ? ' ' : 'x';
    text[sizeof text - 2] = 'x';
    text[sizeof text - 1] = '\0';
    config_setting_t *section = tree_add_section(&tree, "watcher:web", SOMEWHERE);
    tree_add_option(section, "cmd", text, SOMEWHERE);
    expect_same(&tree, &none);
}

Test(tree_print, comments_cannot_become_anything_else)
{
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    add_odd(&tree, "watcher:web");
    expect_same(&tree, &odd);
}

/* ---- what front ends make ---- */

static void expect_same_of(void (*parse)(const char *, size_t, const struct circus_reading *),
                           const char *text)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(notices_release) struct notices notices = {0};
    ph_cleanup(circus_said_release) struct circus_said said = {0};
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    parse(text, strlen(text),
          &(struct circus_reading){
              .tree = &tree, .said = &said, .problems = &problems, .notices = &notices});
    cr_assert_eq(problems.count, 0);
    cr_assert_gt(tree_section_count(&tree), 2);
    expect_same(&tree, &odd);
}

Test(tree_print, what_is_made_of_supervisords_files_is_read_back_the_same)
{
    expect_same_of(supervisor_dialect_parse,
                   "[supervisord]\nenvironment=A=\"x;y\",B='# z'\n"
                   "[program:web]\ncommand=sh -c \"a; b\"\n  'c # d'\npriority=3\n"
                   "environment=C=\" blanks \",D=\"[e]\",F=\nstdout_logfile=/a b\n"
                   "[program:n]\ncommand=n %(process_num)d 100%%\nnumprocs=2\n"
                   "[fcgi-program:f]\ncommand=f\nsocket=unix:///f\n");
}

Test(tree_print, what_is_made_of_circuss_files_is_read_back_the_same)
{
    expect_same_of(circus_dialect_parse,
                   "[circus]\numask = 022\n[watcher:web]\ncmd = sh -c \"a ;b\"\n  c\n"
                   "hooks.before_start = m.f\nown = #x\nempty =\n[env]\nA = [x]\nB = ;y\n"
                   "[socket:s]\npath = /x y\n[plugin:p]\nuse = m.C\nk = a 'b\n");
}

/* ---- what the file cannot hold ---- */

Test(tree_print, sections_without_options_are_left_out_unless_they_mean_something)
{
    ph_cleanup(notices_release) struct notices notices = {0};
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    tree_add_section(&tree, "plughost", SOMEWHERE);
    tree_add_section(&tree, "env:*", SOMEWHERE);
    tree_add_section(&tree, "socket:web", SOMEWHERE);
    ph_cleanup(ph_freep) char *text = print(&tree, &none, &notices);
    cr_expect_str_eq(text, "\n[socket:web]\n");
}

Test(tree_print, what_the_file_cannot_hold_is_told)
{
    static const struct {
        const char *key, *value, *line, *told;
    } rows[] = {
        {"k", "a\nb", "k = a b\n",
         "[env:*] k: a value is one line here; its lines are joined by blanks"},
        {"k", " a", "k =  a\n",
         "[env:*] k: the blanks around its value are lost; quotes would be part of it"},
        {"k", "a\t", "k = a\t\n",
         "[env:*] k: the blanks around its value are lost; quotes would be part of it"},
        {"\xc3\xbc", "a", "",
         "[env:*] '\xc3\xbc' is left out: a key has ASCII letters, digits and punctuation, but no "
         "'!'"},
        {"a!", "a", "",
         "[env:*] 'a!' is left out: a key has ASCII letters, digits and punctuation, but no '!'"},
        {"[a", "a", "",
         "[env:*] '[a' is left out: a key has ASCII letters, digits and punctuation, but no '!'"},
        {"", "a", "",
         "[env:*] '' is left out: a key has ASCII letters, digits and punctuation, but no '!'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(notices_release) struct notices notices = {0};
        ph_cleanup(config_destroy) config_t tree;
        tree_init(&tree);
        config_setting_t *section = tree_add_section(&tree, "env:*", SOMEWHERE);
        tree_add_option(section, rows[i].key, rows[i].value, SOMEWHERE);
        ph_cleanup(ph_freep) char *text = print(&tree, &none, &notices);
        ph_cleanup(ph_freep) char *wanted = ph_format("\n[env:*]\n%s", rows[i].line);
        cr_expect_str_eq(text, wanted);
        cr_assert_eq(notices.count, 1);
        cr_expect_str_eq(notices.items[0].text, rows[i].told);
    }
}
