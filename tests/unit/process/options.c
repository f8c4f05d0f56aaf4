#include <alloc.h>
#include <criterion/criterion.h>
#include <process/options.h>

Test(options, pairs_keep_their_order)
{
    struct pairs pairs = {0};
    pairs_add(&pairs, "b", "1");
    pairs_add(&pairs, "a", "2");
    pairs_add(&pairs, "b", "3");
    cr_assert_eq(pairs.count, 3);
    cr_expect_str_eq(pairs.items[0].value, "1");
    cr_expect_str_eq(pairs.items[2].value, "3");
    pairs_release(&pairs);
    cr_expect_eq(pairs.count, 0);
}

Test(options, setting_a_pair_replaces_the_value_of_its_key)
{
    struct pairs pairs = {0};
    pairs_set(&pairs, "PATH", "/bin");
    pairs_set(&pairs, "path", "small");
    pairs_set(&pairs, "PATH", "/usr/bin");
    cr_assert_eq(pairs.count, 2);
    cr_expect_str_eq(pairs.items[0].value, "/usr/bin");
    cr_expect_str_eq(pairs.items[1].value, "small");
    pairs_release(&pairs);
}

Test(options, texts_are_copied)
{
    char key[] = "k", value[] = "v";
    struct pairs pairs = {0};
    pairs_add(&pairs, key, value);
    key[0] = value[0] = 'x';
    cr_expect_str_eq(pairs.items[0].key, "k");
    cr_expect_str_eq(pairs.items[0].value, "v");
    pairs_release(&pairs);
}

Test(options, words_go_behind_those_that_are_there)
{
    char **words = NULL;
    words_append(&words, NULL);
    cr_assert_not_null(words, "an empty list ends with NULL too");
    cr_expect_null(words[0]);
    words_add(&words, "a");
    words_append(&words, (char *[]){words[0], words[0], NULL});
    words_add(&words, "b");
    static const char *const expected[] = {"a", "a", "a", "b"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        cr_assert_str_eq(words[i], expected[i]);
    cr_expect_null(words[4]);
    words_destroy(&words);
}

Test(options, no_words_can_be_destroyed)
{
    char **none = NULL;
    words_destroy(&none);
    cr_expect_null(none);
}

Test(options, options_that_were_never_filled_can_be_released)
{
    struct watcher_options options = {0};
    watcher_options_release(&options);
}
