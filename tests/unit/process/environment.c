#include <alloc.h>
#include <criterion/criterion.h>
#include <process/environment.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static environment_t *environment;

static void set_up(void)
{
    environment = environment_new();
}

static void tear_down(void)
{
    environment_destroy(&environment);
    cr_expect_null(environment);
    environment_destroy(&environment);
}

TestSuite(environment, .init = set_up, .fini = tear_down, .timeout = 20);

/* Expects these entries, joined by blanks. */
static void expect_envp(const char *const *extra, const char *expected)
{
    ph_cleanup(ph_freep) const char **envp = environment_to_envp(environment, extra);
    ph_cleanup(ph_freep) char *text = ph_strdup("");
    for (const char **entry = envp; *entry; entry++) {
        char *longer = ph_format("%s%s%s", text, *text ? " " : "", *entry);
        free(text);
        text = longer;
    }
    cr_expect_str_eq(text, expected, "'%s'", text);
}

Test(environment, variables_keep_the_order_in_which_they_were_set_first)
{
    environment_set(environment, "B", "1");
    environment_set(environment, "A", "x=y");
    environment_set(environment, "BB", "");
    environment_set(environment, "B", "2");
    expect_envp(NULL, "B=2 A=x=y BB=");
    cr_expect_str_eq(environment_get(environment, "A"), "x=y");
    cr_expect_str_eq(environment_get(environment, "BB"), "");
    cr_expect_null(environment_get(environment, "AB"));
}

Test(environment, one_can_be_removed_and_set_anew)
{
    environment_set(environment, "A", "1");
    environment_set(environment, "B", "2");
    environment_set(environment, "C", "3");
    environment_unset(environment, "A");
    environment_unset(environment, "nothing");
    expect_envp(NULL, "B=2 C=3");
    environment_set(environment, "A", "4");
    expect_envp(NULL, "B=2 C=3 A=4");
}

Test(environment, a_variable_can_be_set_to_its_own_value)
{
    environment_set(environment, "A", "value");
    environment_set(environment, "A", environment_get(environment, "A"));
    expect_envp(NULL, "A=value");
}

Test(environment, an_empty_one_makes_an_empty_list)
{
    expect_envp(NULL, "");
    expect_envp((const char *const[]){NULL}, "");
}

/* ---- what comes from the daemon ---- */

Test(environment, the_daemons_variables_lie_under_those_that_are_set)
{
    char first[] = "PATH=/bin", second[] = "A=daemon", third[] = "A=again", nameless[] = "=x",
         broken[] = "broken", empty[] = "E=";
    char *given[] = {first, second, third, nameless, broken, empty, NULL};
    environ = given;
    environment_set(environment, "PATH", "/own");
    environment_copy_daemon(environment);
    environment_set(environment, "E", "set later");
    expect_envp(NULL, "PATH=/own A=daemon E=set later");
}

Test(environment, a_single_variable_of_the_daemon_can_be_taken)
{
    char path[] = "PATH=/bin", other[] = "OTHER=1", lang[] = "LANG=C";
    char *given[] = {path, other, lang, NULL};
    environ = given;
    environment_set(environment, "LANG", "own");
    environment_copy_one(environment, "PATH");
    environment_copy_one(environment, "LANG");
    environment_copy_one(environment, "nothing");
    expect_envp(NULL, "LANG=own PATH=/bin");
}

/* ---- virtualenv ---- */

Test(environment, the_programs_of_a_virtualenv_come_first)
{
    environment_set(environment, "PYTHONHOME", "/usr");
    environment_set(environment, "PATH", "/a:/b");
    environment_use_virtualenv(environment, "/venv");
    expect_envp(NULL, "PATH=/venv/bin:/a:/b VIRTUAL_ENV=/venv");
}

Test(environment, without_a_path_the_usual_folders_stay_behind_a_virtualenv)
{
    environment_use_virtualenv(environment, "/venv");
    expect_envp(NULL, "PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin VIRTUAL_ENV=/venv");
}

/* ---- each spawn ---- */

Test(environment, what_is_extra_replaces_or_follows_and_lasts_for_one_list_only)
{
    environment_set(environment, "A", "1");
    environment_set(environment, "B", "2");
    expect_envp((const char *const[]){"C=3", "A=changed", "C=4", "AA=5", NULL},
                "A=changed B=2 C=4 AA=5");
    expect_envp(NULL, "A=1 B=2");
}

Test(environment, the_texts_of_a_list_are_borrowed)
{
    const char *extra[] = {"LISTEN_PID=0", NULL};
    environment_set(environment, "A", "1");
    ph_cleanup(ph_freep) const char **first = environment_to_envp(environment, extra);
    ph_cleanup(ph_freep) const char **second = environment_to_envp(environment, extra);
    cr_expect_eq(first[0], second[0]);
    cr_expect_eq(first[0] + 2, environment_get(environment, "A"));
    cr_expect_eq(first[1], extra[0]);
}
