#include <alloc.h>
#include <criterion/criterion.h>
#include <process/expand.h>
#include <stdio.h>
#include <string.h>

/* Knows a few names; keeps the last one that was asked for in `arg`, room for 64 bytes. */
static char *look_up(void *arg, const char *name)
{
    static const char *const known[][2] = {
        {"wid", "3"},
        {"name", "web app"},
        {"env.Home", "/home/a"},
        {"env.empty", ""},
        {"sockets.my-web", "7"},
        {"working_dir", "/srv"},
        {"uid", "www-data"},
        {"env.again", "$(circus.wid)"},
    };
    if (arg)
        snprintf(arg, 64, "%s", name);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i][0], name) == 0)
            return ph_strdup(known[i][1]);
    return NULL;
}

static void expect_expansion(const char *text, const char *expected)
{
    ph_cleanup(ph_freep) char *result = expand(text, look_up, NULL);
    cr_expect_str_eq(result, expected, "'%s' became '%s'", text, result);
}

Test(expand, both_forms_and_both_prefixes_mean_the_same)
{
    expect_expansion("$(circus.wid)", "3");
    expect_expansion("((circus.wid))", "3");
    expect_expansion("$(plughost.wid)", "3");
    expect_expansion("((plughost.wid))", "3");
    expect_expansion("$WID", "3");
}

Test(expand, variables_may_stand_anywhere_and_more_than_once)
{
    expect_expansion("--fd=$(circus.sockets.my-web) in ((circus.working_dir))/x.$WID!",
                     "--fd=7 in /srv/x.3!");
    expect_expansion("$WID$WID$(circus.wid)", "333");
    expect_expansion("$((circus.wid))", "$3");
    expect_expansion("$(((circus.wid))", "$(3");
    expect_expansion("((circus.name))", "web app");
    expect_expansion("a$(circus.env.empty)b", "ab");
}

Test(expand, case_matters_only_in_the_names_of_variables)
{
    char asked[64];
    expect_expansion("$(CIRCUS.Wid)((PlugHost.Working_Dir))", "3/srv");
    expect_expansion("$(Circus.ENV.Home)", "/home/a");
    expect_expansion("$(circus.env.HOME)", "$(circus.env.HOME)");
    expect_expansion("$wid", "$wid");
    ph_cleanup(ph_freep) char *result = expand("((CIRCUS.SOCKETS.Web))", look_up, asked);
    cr_expect_str_eq(result, "((CIRCUS.SOCKETS.Web))");
    cr_expect_str_eq(asked, "sockets.web");
}

Test(expand, what_is_unknown_stays_as_it_is_written)
{
    expect_expansion("$(circus.Nothing) ((circus.env.no)) $(circus.wid)",
                     "$(circus.Nothing) ((circus.env.no)) 3");
}

Test(expand, what_is_no_variable_stays_as_it_is_written)
{
    static const char *const texts[] = {
        "",
        "plain",
        "$",
        "$$",
        "(",
        "((",
        "$(circus.wid",
        "((circus.wid)",
        "((circus.wid",
        "$(circus.)",
        "$WIDTH",
        "$WID_1",
        "$WID2",
        "${WID}",
        "$(wid)",
        "$(date)",
        "$(circus.a b)",
        "$( circus.wid)",
        "((a.wid))",
        "(circus.wid)",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        expect_expansion(texts[i], texts[i]);
        cr_expect_not(expand_uses(texts[i]), "'%s'", texts[i]);
        cr_expect_eq(expand_check(texts[i], look_up, NULL, NULL), 0, "'%s'", texts[i]);
    }
}

Test(expand, a_value_is_not_expanded_again)
{
    expect_expansion("$(circus.env.again)", "$(circus.wid)");
}

Test(expand, a_text_that_needs_it_is_recognized)
{
    cr_expect(expand_uses("x $WID"));
    cr_expect(expand_uses("((circus.wid))"));
    cr_expect(expand_uses("$(plughost.unknown)"));
}

Test(expand, the_first_unknown_variable_is_reported)
{
    struct ph_error err = {0};
    cr_expect_eq(expand_check("$(circus.wid) $WID ((circus.uid))", look_up, NULL, &err), 0);
    cr_expect_eq(expand_check("$(circus.wid) ((circus.No)) $(circus.other)", look_up, NULL, &err),
                 -1);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "there is nothing to put in place of '((circus.No))'");
}
