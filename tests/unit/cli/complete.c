#include <complete.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Nobody listens there. */
static const struct options nowhere = {.endpoint = "ipc:///nonexistent/endpoint.sock"};

/* `line` is split at blanks; behind the last one stands what is to be completed. Returns the texts
 * with a blank behind each. */
static const char *complete_line(const char *line)
{
    static char copy[256], found[4096];
    const char *words[16];
    size_t count = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = copy; word; count++) {
        words[count] = word;
        word = strchr(word, ' ');
        if (word)
            *word++ = '\0';
    }
    struct candidates candidates = {0};
    complete_find(&candidates, &nowhere, words, count - 1, words[count - 1]);
    size_t used = 0;
    found[0] = '\0';
    for (size_t i = 0; i < candidates.count && used < sizeof found; i++)
        used +=
            (size_t)snprintf(found + used, sizeof found - used, "%s ", candidates.items[i].text);
    complete_release(&candidates);
    return found;
}

#define EXPECT_LINE(line, texts) cr_expect_str_eq(complete_line(line), texts)

Test(complete, a_word_is_completed_in_the_order_of_help)
{
    EXPECT_LINE("st", "status start stop stats ");
    EXPECT_LINE("restart", "restart ");
    EXPECT_LINE("nothing", "");
    cr_expect(strstr(complete_line(""), "ping ") && strstr(complete_line(""), "completion "));
    cr_expect(!strstr(complete_line(""), "plugin."));
}

Test(complete, options_are_those_of_the_command_and_those_of_all)
{
    EXPECT_LINE("--e", "--endpoint ");
    EXPECT_LINE("--st", "");
    EXPECT_LINE("add --st", "--start ");
    EXPECT_LINE("logs --fo", "--follow ");
    EXPECT_LINE("reload web --s", "--sequential ");
    EXPECT_LINE("reload web --pr", "--prettify ");
}

Test(complete, the_ways_to_match_names_are_known)
{
    EXPECT_LINE("start --match ", "simple glob regex ");
    EXPECT_LINE("restart --match g", "glob ");
    EXPECT_LINE("stop x --match r", "regex ");
}

Test(complete, what_is_the_value_of_an_option_is_no_word)
{
    EXPECT_LINE("--endpoint ipc://x st", "status start stop stats ");
    EXPECT_LINE("--endpoint=ipc://x restar", "restart ");
    EXPECT_LINE("-t 5 restar", "restart ");
    EXPECT_LINE("-t5 restar", "restart ");
    EXPECT_LINE("-t ", "");
    EXPECT_LINE("kill --signum US", "USR1 USR2 ");
    EXPECT_LINE("kill --signum TERM --sig", "--signum ");
}

Test(complete, arguments_are_what_stands_in_the_usage)
{
    EXPECT_LINE("signal web US", "USR1 USR2 ");
    EXPECT_LINE("signal web 17 US", "USR1 USR2 ");
    EXPECT_LINE("signal web 17 USR1 US", "");
    EXPECT_LINE("help rest", "restart ");
    EXPECT_LINE("call rest", "restart ");
    EXPECT_LINE("completion ", "bash fish zsh ");
    EXPECT_LINE("config s", "show ");
}

Test(complete, behind_two_hyphens_there_are_no_options)
{
    EXPECT_LINE("signal -- --ch", "");
    EXPECT_LINE("signal -- web US", "USR1 USR2 ");
}

Test(complete, without_a_daemon_there_are_no_names)
{
    EXPECT_LINE("status ", "");
    EXPECT_LINE("signal web 4", "");
    EXPECT_LINE("invoke hello ", "");
    EXPECT_LINE("nonsense ", "");
}

Test(complete, what_all_have_in_common_is_found)
{
    struct candidate items[] = {{.text = (char[]){"restart"}}, {.text = (char[]){"reset"}}};
    struct candidates two = {.items = items, .count = 2}, none = {0};
    cr_expect_eq(complete_common(&two), 3);
    cr_expect_eq(complete_common(&none), 0);
}
