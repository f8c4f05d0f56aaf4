#include "circus_shown.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define WATCHER "[watcher:web]\ncmd = true\n"

/* Returns the words of a hook behind the path of its program, parted by blanks; the caller frees
 * it. */
static char *words_of(const struct hook_options *hook)
{
    cr_assert(hook->cmd && hook->cmd[0] && hook->cmd[1], "no hook");
    cr_expect(strstr(hook->cmd[0], "python3"), "%s", hook->cmd[0]);
    cr_expect(strstr(hook->cmd[1], "/circus/hook.py"), "%s", hook->cmd[1]);
    char *words = ph_strdup("");
    for (char **word = hook->cmd + 2; *word; word++) {
        ph_cleanup(ph_freep) char *before = words;
        words = ph_format("%s%s%s", before, *before ? " " : "", *word);
    }
    return words;
}

static void expect_hook(const char *line, enum hook_kind kind, const char *words, bool ignores)
{
    ph_cleanup(ph_freep) char *text = ph_format(WATCHER "%s\n", line);
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration(text);
    const struct hook_options *hook = &configuration.watchers[0].hooks[kind];
    ph_cleanup(ph_freep) char *found = words_of(hook);
    cr_expect_str_eq(found, words, "%s", line);
    cr_expect_eq(hook->ignore, ignores, "%s", line);
}

static void without_python_path(void)
{
    unsetenv("PYTHONPATH");
}

TestSuite(circus_hook, .init = without_python_path);

Test(circus_hook, a_function_is_run_by_a_program_of_its_own)
{
    expect_hook("hooks.before_start = shop.hooks.ready", HOOK_BEFORE_START, "shop.hooks.ready",
                false);
}

Test(circus_hook, errors_are_ignored_by_the_program_where_a_result_counts)
{
    static const char *const flags[] = {"ignore_errors", "ignore", "True", "yes", "1"};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        ph_cleanup(ph_freep) char *line = ph_format("hooks.after_spawn = m.f, %s", flags[i]);
        expect_hook(line, HOOK_AFTER_SPAWN, "--ignore-errors m.f", false);
    }
    expect_hook("hooks.before_spawn = m.f,False", HOOK_BEFORE_SPAWN, "m.f", false);
}

Test(circus_hook, those_before_a_signal_ignore_errors_but_not_their_result)
{
    expect_hook("hooks.before_signal = m.f", HOOK_BEFORE_SIGNAL, "--ignore-errors m.f", false);
}

Test(circus_hook, those_whose_result_does_not_count_forbid_nothing)
{
    expect_hook("hooks.before_stop = m.f", HOOK_BEFORE_STOP, "m.f", true);
    expect_hook("hooks.after_stop = m.f, false", HOOK_AFTER_STOP, "m.f", true);
    expect_hook("hooks.after_signal = m.f", HOOK_AFTER_SIGNAL, "m.f", true);
    expect_hook("hooks.before_reap = m.f", HOOK_BEFORE_REAP, "m.f", true);
    expect_hook("hooks.after_reap = m.f", HOOK_AFTER_REAP, "m.f", true);
}

Test(circus_hook, the_python_path_of_the_daemon_goes_with_it_whatever_is_in_it)
{
    setenv("PYTHONPATH", "/a b:/it's, true", 1);
    expect_hook("hooks.before_start = m.f", HOOK_BEFORE_START, "--path /a b:/it's, true m.f",
                false);
}

Test(circus_hook, what_is_no_function_is_refused)
{
    static const char *const values[] = {"function", "m.", ".f", "m..f", "m.f x", "/bin/true", ""};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        ph_cleanup(ph_freep) char *text = ph_format(WATCHER "hooks.before_start = %s\n", values[i]);
        ph_cleanup(ph_freep) char *problem = ph_format(
            "x.ini:3: hooks.before_start = %s: not a function in Python (MODULE.FUNCTION; a "
            "command is written plughost.hooks.NAME = COMMAND)\n",
            values[i]);
        expect_circus_problems(text, problem);
    }
}

Test(circus_hook, what_follows_the_comma_is_a_yes_or_no)
{
    expect_circus_problems(WATCHER "hooks.before_start = m.f, perhaps\n",
                           "x.ini:3: hooks.before_start = m.f, perhaps: what follows the comma is "
                           "no yes or no (MODULE.FUNCTION, or MODULE.FUNCTION, ignore_errors)\n");
}

Test(circus_hook, an_unknown_hook_is_refused_with_the_nearest_name)
{
    expect_circus_problems(WATCHER "hooks.before_sart = m.f\n",
                           "x.ini:3: unknown option 'hooks.before_sart' (did you mean "
                           "'hooks.before_start'?)\n");
}

Test(circus_hook, a_hook_sees_the_environment_of_the_daemon)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration(WATCHER "hooks.before_start = m.f\n[watcher:db]\ncmd = true\n");
    cr_expect(configuration.watchers[0].hook_copy_env && !configuration.watchers[0].copy_env);
    cr_expect_not(configuration.watchers[1].hook_copy_env);
}

Test(circus_hook, extended_stats_has_no_meaning)
{
    expect_notices(WATCHER "hooks.extended_stats = m.f\n",
                   "0: without meaning here: hooks.extended_stats (no hook adds to statistics)\n");
}

Test(circus_hook, a_command_is_possible_with_the_prefix_of_ours)
{
    expect_section(WATCHER "plughost.hooks.before_start = test -f /x, ignore\n", "watcher:web",
                   "cmd=<true> hooks.before_start=<test -f /x, ignore> copy_env=<no>");
}
