#include "circus_shown.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(circus_variables, env_is_for_all_watchers)
{
    static const char text[] =
        "[env]\nA = 1\n[watcher:web]\ncmd = true\n[watcher:db]\ncmd = true\n";
    expect_section(text, "env:web", "A=<1>");
    expect_section(text, "env:db", "A=<1>");
}

Test(circus_variables, patterns_are_parted_by_commas_and_case_matters)
{
    static const char text[] = "[env:web, d*]\nA = 1\n[watcher:web]\ncmd = true\n[watcher:db2]\n"
                               "cmd = true\n[watcher:Web]\ncmd = true\n[watcher:x]\ncmd = true\n";
    expect_section(text, "env:db2", "A=<1>");
    expect_section(text, "env:x", "(none)");
    expect_section("[env:web]\nA = 1\n[watcher:Web]\ncmd = true\n", "env:Web", "(none)");
}

Test(circus_variables, the_later_section_wins_and_env_yields_to_all)
{
    expect_section("[env:w*]\nA = 1\nB = 1\nC = 1\n[env:web]\nB = 2\n[env:*]\nC = 3\n"
                   "[watcher:web]\ncmd = true\n[env]\nA = 0\nD = 4\n",
                   "env:web", "A=<1> D=<4> B=<2> C=<3>");
}

Test(circus_variables, capitals_stand_for_variables_of_the_daemon_in_values_of_variables_only)
{
    setenv("PLUGHOST_TEST_A", "here", 1);
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[env]\nA = $PLUGHOST_TEST_A/x $PLUGHOST_TEST_NONE! $lower\n"
                             "[watcher:web]\ncmd = true\nargs = $PLUGHOST_TEST_A\n");
    const struct watcher_options *web = &configuration.watchers[0];
    cr_expect_str_eq(pairs_get(&web->env, "A"), "here/x ! $lower");
    cr_expect_str_eq(web->args[0], "$PLUGHOST_TEST_A");
}

Test(circus_variables, names_are_looked_up_in_the_sections_and_then_in_the_daemon)
{
    setenv("PLUGHOST_TEST_A", "daemon", 1);
    setenv("PLUGHOST_TEST_B", "daemon", 1);
    expect_section("[env]\nPLUGHOST_TEST_A = file\n[env:web]\nOWN = $PLUGHOST_TEST_B+\n"
                   "[watcher:web]\ncmd = $(circus.env.PLUGHOST_TEST_A) "
                   "((circus.env.PLUGHOST_TEST_B)) $(circus.env.OWN) $(circus.env.NOTHING_THERE)\n",
                   "watcher:web",
                   "cmd=<file daemon daemon+ $(circus.env.NOTHING_THERE)> copy_env=<no>");
}

Test(circus_variables, case_does_not_count_in_the_whole_expression)
{
    expect_section("[env]\nName = x\n[watcher:web]\ncmd = $(CIRCUS.ENV.NAME) $(circus.env.name)\n",
                   "watcher:web", "cmd=<x x> copy_env=<no>");
}

Test(circus_variables, they_are_replaced_in_every_value_also_in_numbers_and_sockets)
{
    static const char text[] = "[env]\nN = 3\n[watcher:web]\ncmd = true\n"
                               "numprocesses = $(circus.env.N)\nlabel = $(circus.env.N)\n"
                               "[socket:s]\nport = 808$(circus.env.N)\n[env:web]\n"
                               "M = $(circus.env.N)$(circus.env.N)\n";
    expect_section(text, "watcher:web",
                   "cmd=<true> numprocesses=<3> label.label=<3> copy_env=<no>");
    expect_section(text, "socket:s", "port=<8083>");
    expect_section(text, "env:web", "N=<3> M=<33>");
}

Test(circus_variables, what_other_watchers_have_is_not_known)
{
    expect_section("[env:db]\nA = 1\n[watcher:web]\ncmd = $(circus.env.A)\n", "watcher:web",
                   "cmd=<$(circus.env.A)> copy_env=<no>");
}

Test(circus_variables, variables_of_plugins_are_those_of_env)
{
    static const char text[] = "[env]\nA = 1\n[env:*]\nB = 2\n[plugin:s]\nuse = "
                               "circus.plugins.statsd.StatsdEmitter\nhost = h$(circus.env.A)\n";
    expect_section(text, "plugin:s", "use=<statsd> host=<h1>");
    expect_section(text, "env:plugin:s", "A=<1>");
}
