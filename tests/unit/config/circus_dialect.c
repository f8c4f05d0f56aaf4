#include "circus_shown.h"

#include <criterion/criterion.h>
#include <scratch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- one file ---- */

Test(circus_dialect, the_first_value_of_a_key_counts)
{
    expect_section("[watcher:web]\ncmd = true\ncmd = false\n[watcher:web]\ncmd = x\nuid = 0\n",
                   "watcher:web", "cmd=<true> uid=<0> copy_env=<no>");
}

Test(circus_dialect, the_keys_of_default_are_in_every_section)
{
    expect_section("[DEFAULT]\nnumprocesses = 3\n[watcher:web]\ncmd = true\n", "watcher:web",
                   "cmd=<true> numprocesses=<3> copy_env=<no>");
}

Test(circus_dialect, unknown_sections_are_not_read_and_told_once)
{
    static const char text[] = "[wachter:web]\ncmd = true\n[uwsgi]\nx = 1\n[env:]\nA = 1\n";
    expect_section(text, "wachter:web", "(none)");
    expect_notices(text, "0: sections that are not read: [wachter:web], [uwsgi], [env:]\n");
}

Test(circus_dialect, all_mistakes_are_reported_at_once_with_their_lines)
{
    expect_circus_problems("early = 1\n[watcher:web]\ncmd = true\nnumprocesses = many\nno sign\n"
                           "stop_signal = SIGTREM\n[watcher:db]\nuid = 0\n",
                           "x.ini:1: 'early = 1' stands before the first section (begin with a "
                           "line [circus] or [watcher:NAME])\n"
                           "x.ini:4: numprocesses = many: not a whole number (whole number, 0 to "
                           "100000)\n"
                           "x.ini:5: 'no sign' is no option (a line is KEY = VALUE, [SECTION], "
                           "indented, or a comment with # or ;)\n"
                           "x.ini:6: stop_signal = SIGTREM: no such signal (signal, such as "
                           "SIGTERM or 15)\n"
                           "x.ini:7: [watcher:db] has no 'cmd' (add a line 'cmd = ...')\n");
}

Test(circus_dialect, a_socket_that_is_not_there_is_a_mistake)
{
    expect_circus_problems("[watcher:web]\ncmd = run $(circus.sockets.web)\n",
                           "x.ini:2: cmd = run $(circus.sockets.web): there is no socket 'web' "
                           "(add a section [socket:web])\n");
}

/* ---- several files ---- */

struct world {
    char *folder;
    char *main_file;
    struct configuration configuration;
    struct problems problems;
};

static void world_release(struct world *self)
{
    configuration_release(&self->configuration);
    problems_release(&self->problems);
    free(self->main_file);
    scratch_destroy(&self->folder);
}

static struct world world_with(const char *main_text)
{
    struct world world = {.folder = scratch_new()};
    world.main_file = scratch_write(world.folder, "circus.ini", main_text, 0600);
    return world;
}

static void world_add(const struct world *self, const char *name, const char *text)
{
    ph_cleanup(ph_freep) char *path = scratch_write(self->folder, name, text, 0600);
}

static void read_world(struct world *self)
{
    int outcome = configuration_read(&self->configuration, self->main_file, DIALECT_CIRCUS, NULL,
                                     &self->problems);
    cr_assert_eq(outcome, 0, "%s",
                 self->problems.count > 0 ? self->problems.items[0].error.message : "");
}

Test(circus_dialect, the_main_file_beats_its_includes_and_these_each_other_in_their_order)
{
    ph_cleanup(world_release) struct world world = world_with(
        "[circus]\ninclude = b.ini  a.ini\ninclude_dir = more\n[watcher:web]\ncmd = main\n");
    ph_cleanup(ph_freep) char *more = ph_format("%s/more", world.folder);
    cr_assert_eq(mkdir(more, 0700), 0);
    world_add(&world, "a.ini", "[watcher:web]\ncmd = a\nshell_args = a\nnumprocesses = 5\n");
    world_add(&world, "b.ini", "[watcher:web]\ncmd = b\nshell_args = b\n");
    world_add(&world, "more/c.ini", "[watcher:web]\nshell_args = c\npriority = 9\n");
    read_world(&world);
    const struct watcher_options *web = &world.configuration.watchers[0];
    cr_expect_str_eq(web->cmd[0], "main");
    cr_expect_str_eq(web->shell_args[0], "b");
    cr_expect_eq(web->numprocesses, 5);
    cr_expect_eq(web->priority, 9);
    cr_expect_eq(world.configuration.notices.count, 0);
}

Test(circus_dialect, includes_that_match_nothing_are_told_and_do_not_nest)
{
    ph_cleanup(world_release) struct world world =
        world_with("[circus]\ninclude = gone.ini *.none one.ini\ninclude_dir = nowhere\n");
    world_add(&world, "one.ini", "[circus]\ninclude_dir = other\ninclude = two.ini\n");
    world_add(&world, "two.ini", "[watcher:two]\ncmd = true\n");
    read_world(&world);
    cr_expect_eq(world.configuration.watcher_count, 0);
    const struct notices *notices = &world.configuration.notices;
    cr_assert_eq(notices->count, 3);
    ph_cleanup(ph_freep) char *first = notice_text(&notices->items[0], "x.ini");
    cr_expect_str_eq(first, "x.ini:2: include = gone.ini: there is no such file (names begin in "
                            "the folder of the main file)");
    cr_expect_str_eq(notices->items[1].text, "include = *.none: no file matches (names begin in "
                                             "the folder of the main file)");
    cr_expect_str_eq(notices->items[2].text, "include_dir = nowhere: there is no such folder "
                                             "(names begin in the folder of the main file)");
}

Test(circus_dialect, a_file_that_an_included_one_names_is_not_read_and_told)
{
    ph_cleanup(world_release) struct world world = world_with("[circus]\ninclude = one.ini\n");
    world_add(&world, "one.ini", "[circus]\ninclude_dir = other\n");
    read_world(&world);
    cr_assert_eq(world.configuration.notices.count, 1);
    ph_cleanup(ph_freep) char *text =
        notice_text(&world.configuration.notices.items[0], world.main_file);
    ph_cleanup(ph_freep) char *wanted = ph_format(
        "%s/one.ini:2: include_dir is not followed: only the main file names others", world.folder);
    cr_expect_str_eq(text, wanted);
}

Test(circus_dialect, mistakes_in_other_files_are_shown_with_their_names)
{
    ph_cleanup(world_release) struct world world = world_with("[circus]\ninclude = one.ini\n");
    world_add(&world, "one.ini", "[watcher:web]\ncmd = true\nsend_hup = maybe\nno sign\n");
    cr_expect_eq(configuration_read(&world.configuration, world.main_file, DIALECT_CIRCUS, NULL,
                                    &world.problems),
                 -1);
    cr_assert_eq(world.problems.count, 2);
    for (size_t i = 0; i < 2; i++)
        cr_expect(strstr(world.problems.items[i].file, "/one.ini"));
}

Test(circus_dialect, files_of_ours_can_be_named_by_a_section_of_ours)
{
    ph_cleanup(world_release) struct world world = world_with("[plughost]\ninclude = ours.ini\n");
    world_add(&world, "ours.ini", "[watcher:web]\ncmd = sleep 1 ; not a comment\nstartsecs = 2\n");
    read_world(&world);
    cr_assert_eq(world.configuration.watcher_count, 1);
    cr_expect_eq(world.configuration.watchers[0].startsecs_ms, 2000);
    cr_expect_str_eq(world.configuration.watchers[0].cmd[2], ";");
}

Test(circus_dialect, a_missing_file_is_named)
{
    struct configuration configuration;
    ph_cleanup(problems_release) struct problems problems = {0};
    cr_expect_eq(
        configuration_read(&configuration, "/nowhere/circus.ini", DIALECT_CIRCUS, NULL, &problems),
        -1);
    cr_assert_eq(problems.count, 1);
    cr_expect(strstr(problems.items[0].error.message, "cannot open the configuration"));
    configuration_release(&configuration);
}
