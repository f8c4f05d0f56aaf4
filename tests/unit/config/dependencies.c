#include <config/complaint.h>
#include <criterion/criterion.h>

#define CIRCLE_HINT " (one of them must not wait for the next (after, requires, wants))\n"

Test(dependencies, a_watcher_waits_for_others_that_may_stand_anywhere)
{
    expect_complaint("[watcher:a]\ncmd = x\nafter = b\nrequires = c, plugin:p\nwants = P2\n"
                     "[watcher:b]\ncmd = x\nafter = C\n"
                     "[watcher:c]\ncmd = x\n"
                     "[plugin:p]\nafter = c\n"
                     "[plugin:p2]\n",
                     "");
}

Test(dependencies, a_name_that_is_not_there_is_refused_with_the_nearest)
{
    expect_complaint("[watcher:web]\ncmd = x\nrequires = databse\n[watcher:database]\ncmd = x\n",
                     "x.ini:3: requires = databse: there is no such watcher (did you mean "
                     "'database'?)\n");
    expect_complaint("[plugin:web]\nwants = log  x-y-z\n[plugin:log]\n",
                     "x.ini:2: wants = x-y-z: there is no such watcher (names of [watcher:NAME] "
                     "and [plugin:NAME] sections)\n");
}

Test(dependencies, a_circle_is_refused_and_named)
{
    expect_complaint("[watcher:a]\ncmd = x\nafter = b\n"
                     "[watcher:b]\ncmd = x\nrequires = c\n"
                     "[watcher:c]\ncmd = x\nwants = A\n",
                     "x.ini:3: 'a' waits for itself: a -> b -> c -> a" CIRCLE_HINT);
}

Test(dependencies, a_circle_of_one_is_refused)
{
    expect_complaint("[watcher:a]\ncmd = x\nwants = a\n",
                     "x.ini:3: 'a' waits for itself: a -> a" CIRCLE_HINT);
    expect_complaint("[plugin:p]\nafter = p\n",
                     "x.ini:2: 'plugin:p' waits for itself: plugin:p -> plugin:p" CIRCLE_HINT);
}

Test(dependencies, a_circle_is_named_without_the_way_to_it)
{
    expect_complaint("[watcher:in]\ncmd = x\nafter = a\n"
                     "[watcher:a]\ncmd = x\nafter = out\nrequires = b\n"
                     "[watcher:b]\ncmd = x\nafter = a\n"
                     "[watcher:out]\ncmd = x\n",
                     "x.ini:7: 'a' waits for itself: a -> b -> a" CIRCLE_HINT);
}

Test(dependencies, each_circle_is_shown)
{
    expect_complaint("[watcher:a]\ncmd = x\nafter = b\n"
                     "[watcher:b]\ncmd = x\nafter = a\n"
                     "[watcher:c]\ncmd = x\nafter = d, a\n"
                     "[watcher:d]\ncmd = x\nafter = c\n",
                     "x.ini:3: 'a' waits for itself: a -> b -> a" CIRCLE_HINT
                     "x.ini:9: 'c' waits for itself: c -> d -> c" CIRCLE_HINT);
}

Test(dependencies, two_ways_to_one_watcher_are_no_circle)
{
    expect_complaint("[watcher:a]\ncmd = x\nafter = b c\n"
                     "[watcher:b]\ncmd = x\nafter = d\n"
                     "[watcher:c]\ncmd = x\nafter = d\n"
                     "[watcher:d]\ncmd = x\n",
                     "");
}

Test(dependencies, a_program_goes_before_a_plugin_of_the_same_name)
{
    expect_complaint("[plugin:x]\n[watcher:x]\ncmd = y\n[watcher:z]\ncmd = y\nafter = x\n", "");
    expect_complaint("[plugin:x]\nafter = x\n[watcher:x]\ncmd = y\n", "");
    expect_complaint("[plugin:x]\n[watcher:x]\ncmd = y\nafter = x\n",
                     "x.ini:4: 'x' waits for itself: x -> x" CIRCLE_HINT);
}

Test(dependencies, a_hook_names_a_plugin_that_is_there_and_another_than_itself)
{
    expect_complaint("[watcher:a]\ncmd = x\nhooks.before_start = plugin:P check, ignore\n"
                     "[plugin:p]\n",
                     "");
    expect_complaint("[watcher:a]\ncmd = x\nhooks.before_stop = plugin:q check\n[plugin:p]\n",
                     "x.ini:3: hooks.before_stop: there is no 'plugin:q' (add a section "
                     "[plugin:q])\n");
    expect_complaint("[plugin:p]\nhooks.before_start = plugin:p check\n",
                     "x.ini:2: hooks.before_start: 'plugin:p' cannot be a hook of itself (another "
                     "plugin, or a command)\n");
    expect_complaint("[watcher:a]\ncmd = x\nhooks.before_start = plugin:p\n[plugin:p]\n",
                     "x.ini:3: hooks.before_start = plugin:p: a method is written 'plugin:NAME "
                     "METHOD' (COMMAND, split as a shell does, or plugin:NAME METHOD; and [, "
                     "ignore])\n");
}
