#include <alloc.h>
#include <config/words.h>
#include <criterion/criterion.h>
#include <process/options.h>
#include <string.h>

/* Returns the words in brackets, such as "[a][b c]", which the caller frees. */
static char *split(const char *text)
{
    struct ph_error err;
    ph_cleanup(words_destroy) char **words = words_split(text, &err);
    if (!words)
        return ph_strdup(err.message);
    char *shown = ph_strdup("");
    for (char **word = words; *word; word++) {
        char *longer = ph_format("%s[%s]", shown, *word);
        free(shown);
        shown = longer;
    }
    return shown;
}

static const struct {
    const char *text, *words;
} rows[] = {
    {"", ""},
    {" \t ", ""},
    {"a", "[a]"},
    {"  a  b\tc ", "[a][b][c]"},
    {"'a b' c", "[a b][c]"},
    {"\"a b\" c", "[a b][c]"},
    {"a'b c'd", "[ab cd]"},
    {"''", "[]"},
    {"\"\" x", "[][x]"},
    {"a '' b", "[a][][b]"},
    {"'a\"b' \"c'd\"", "[a\"b][c'd]"},
    {"a\\ b", "[a b]"},
    {"\\'a\\'", "['a']"},
    {"\\\\", "[\\]"},
    {"\\n", "[n]"},
    {"'a\\b'", "[a\\b]"},
    {"'a\\'", "[a\\]"},
    {"\"a\\\"b\"", "[a\"b]"},
    {"\"a\\\\b\"", "[a\\b]"},
    {"\"a\\nb\"", "[a\\nb]"},
    {"a\\", "[a\\]"},
    {"$HOME *.c `x` ~ a;b|c", "[$HOME][*.c][`x`][~][a;b|c]"},
    {"\xc3\xa9 '\xe2\x82\xac'", "[\xc3\xa9][\xe2\x82\xac]"},
    {"'a", "a ' is not closed"},
    {"x \"a", "a \" is not closed"},
    {"\"a\\\"", "a \" is not closed"},
    {"'", "a ' is not closed"},
    {"\"'", "a \" is not closed"},
};

Test(words, text_is_split_as_a_shell_does_it)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_freep) char *shown = split(rows[i].text);
        cr_expect_str_eq(shown, rows[i].words, "<%s>: %s", rows[i].text, shown);
    }
}

Test(words, a_quote_that_is_not_closed_is_an_invalid_value)
{
    struct ph_error err = {0};
    cr_expect_null(words_split("'a", &err));
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_null(words_split("'a", NULL));
}

Test(words, many_words_are_kept_in_their_order)
{
    enum { COUNT = 5000 };
    ph_cleanup(ph_freep) char *text = ph_calloc(COUNT, 2);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + 2 * i, i % 2 ? "b " : "a ", 2);
    text[2 * COUNT - 1] = '\0';
    ph_cleanup(words_destroy) char **words = words_split(text, NULL);
    for (size_t i = 0; i < COUNT; i++)
        cr_assert_str_eq(words[i], i % 2 ? "b" : "a");
    cr_expect_null(words[COUNT]);
}
