/* Configurations of several files. */
#include <config/configuration.h>
#include <criterion/criterion.h>
#include <scratch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    world.main_file = scratch_write(world.folder, "main.ini", main_text, 0600);
    return world;
}

static void world_add(const struct world *self, const char *name, const char *text)
{
    ph_cleanup(ph_freep) char *path = scratch_write(self->folder, name, text, 0600);
}

static void world_add_folder(const struct world *self, const char *name)
{
    ph_cleanup(ph_freep) char *path = ph_format("%s/%s", self->folder, name);
    cr_assert_eq(mkdir(path, 0700), 0);
}

static char *printed_problems(struct world *self)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);
    problems_print(&self->problems, "main.ini", out);
    fclose(out);
    return printed;
}

/* Reads the files; the names of all watchers, parted by blanks, are `watchers`. */
static void expect_watchers(struct world *self, const char *watchers)
{
    int outcome = configuration_read(&self->configuration, self->main_file, DIALECT_PLUGHOST, NULL,
                                     &self->problems);
    ph_cleanup(ph_freep) char *printed = printed_problems(self);
    cr_assert_eq(outcome, 0, "%s", printed);
    ph_cleanup(ph_freep) char *names = ph_strdup("");
    for (size_t i = 0; i < self->configuration.watcher_count; i++) {
        ph_cleanup(ph_freep) char *before = names;
        names = ph_format("%s%s%s", before, i > 0 ? " " : "", self->configuration.watchers[i].name);
    }
    cr_expect_str_eq(names, watchers);
}

/* Reads the files and expects exactly these problems; %s stands for the folder. */
static void expect_problems(struct world *self, const char *expected)
{
    cr_expect_eq(configuration_read(&self->configuration, self->main_file, DIALECT_PLUGHOST, NULL,
                                    &self->problems),
                 -1);
    ph_cleanup(ph_freep) char *printed = printed_problems(self);
    ph_cleanup(ph_freep) char *wanted = ph_strdup("");
    for (const char *at = expected; *at;) {
        ph_cleanup(ph_freep) char *before = wanted;
        size_t plain = strcspn(at, "@");
        wanted = ph_format("%s%.*s%s", before, (int)plain, at, at[plain] ? self->folder : "");
        at += plain + (at[plain] != '\0');
    }
    cr_expect_str_eq(printed, wanted);
}

/* ---- what is read ---- */

Test(include, files_are_read_behind_the_main_one_and_relative_to_it)
{
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = two.ini one.ini\n[watcher:main]\ncmd = true\n");
    world_add(&world, "one.ini", "[watcher:one]\ncmd = true\n");
    world_add(&world, "two.ini", "[watcher:two]\ncmd = true\n");
    expect_watchers(&world, "main two one");
}

Test(include, the_matches_of_a_pattern_are_sorted_and_the_main_file_is_not_read_again)
{
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = b.ini *.ini\n[watcher:main]\ncmd = true\n");
    world_add(&world, "c.ini", "[watcher:c]\ncmd = true\n");
    world_add(&world, "b.ini", "[watcher:b]\ncmd = true\n");
    world_add(&world, "a.ini", "[watcher:a]\ncmd = true\n");
    world_add(&world, "d.conf", "[watcher:d]\ncmd = true\n");
    expect_watchers(&world, "main b a c");
}

Test(include, of_a_folder_all_ini_files_are_read)
{
    ph_cleanup(world_release) struct world world = world_with("[plughost]\ninclude_dir = conf.d\n");
    world_add_folder(&world, "conf.d");
    world_add(&world, "conf.d/b.ini", "[watcher:b]\ncmd = true\n");
    world_add(&world, "conf.d/a.ini", "[watcher:a]\ncmd = true\n");
    world_add(&world, "conf.d/README", "not an ini file\n");
    expect_watchers(&world, "a b");
}

Test(include, a_pattern_or_a_folder_may_have_no_files)
{
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = *.conf\ninclude_dir = empty\n");
    world_add_folder(&world, "empty");
    expect_watchers(&world, "");
}

Test(include, a_variable_of_the_daemon_may_stand_in_a_name)
{
    setenv("PLUGHOST_TEST_STAGE", "live", 1);
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = $(plughost.env.PLUGHOST_TEST_STAGE).ini\n");
    world_add(&world, "live.ini", "[watcher:live]\ncmd = true\n");
    expect_watchers(&world, "live");
}

Test(include, a_section_may_go_on_in_another_file)
{
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = more.ini\n[watcher:web]\ncmd = true\n");
    world_add(&world, "more.ini",
              "[watcher:web]\nnumprocesses = 7\n[plughost]\nwarmup_delay = 2\n");
    expect_watchers(&world, "web");
    cr_expect_eq(world.configuration.watchers[0].numprocesses, 7);
    cr_expect_eq(world.configuration.settings.warmup_delay_ms, 2000);
}

Test(include, variables_of_another_file_reach_the_watchers_of_the_main_one)
{
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = more.ini\n[watcher:web]\ncmd = true\n");
    world_add(&world, "more.ini", "[env:w*]\nKEY = value\n");
    expect_watchers(&world, "web");
    cr_expect_str_eq(pairs_get(&world.configuration.watchers[0].env, "KEY"), "value");
}

/* ---- mistakes ---- */

Test(include, mistakes_are_shown_with_the_file_that_they_stand_in)
{
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = one.ini\nincldue_dir = x\n");
    world_add(&world, "one.ini",
              "[watcher:one]\ncmd = true\nnumproceses = 2\n[wachter:x]\nno sign\n");
    expect_problems(&world,
                    "main.ini:3: unknown option 'incldue_dir' (did you mean 'include_dir'?)\n"
                    "@/one.ini:3: unknown option 'numproceses' (did you mean 'numprocesses'?)\n"
                    "@/one.ini:4: unknown section [wachter:x] (did you mean 'watcher'?)\n"
                    "@/one.ini:5: equal sign is missing (a line is KEY = VALUE, [SECTION] from its "
                    "very beginning, or begins with # or ;)\n");
}

Test(include, a_key_that_stands_in_two_files_is_a_mistake)
{
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = a.ini b.ini\n[watcher:web]\ncmd = true\n");
    world_add(&world, "a.ini", "[watcher:web]\ncmd = false\numask = 022\n");
    world_add(&world, "b.ini", "\n\n[watcher:web]\numask = 027\n");
    ph_cleanup(ph_freep) char *expected =
        ph_format("@/a.ini:2: 'cmd' is given twice in [watcher:web], first on line 4 of the main "
                  "file (leave one of them out)\n"
                  "@/b.ini:4: 'umask' is given twice in [watcher:web], first on line 3 of %s/a.ini "
                  "(leave one of them out)\n",
                  world.folder);
    expect_problems(&world, expected);
}

Test(include, what_is_not_there_is_a_mistake_unless_it_is_a_pattern)
{
    ph_cleanup(world_release) struct world world =
        world_with("[plughost]\ninclude = gone.ini *.none\ninclude_dir = nowhere main.ini\n");
    expect_problems(&world,
                    "main.ini:2: include = gone.ini: there is no such file (names begin in the "
                    "folder of the main file)\n"
                    "main.ini:3: include_dir = nowhere: there is no such folder (names begin in "
                    "the folder of the main file)\n"
                    "main.ini:3: include_dir = main.ini: there is no such folder (names begin in "
                    "the folder of the main file)\n");
}

Test(include, a_folder_is_no_file)
{
    ph_cleanup(world_release) struct world world = world_with("[plughost]\ninclude = conf.d\n");
    world_add_folder(&world, "conf.d");
    expect_problems(&world, "@/conf.d: the configuration is not a file of at most 64 MiB\n");
}

Test(include, only_the_main_file_names_others)
{
    ph_cleanup(world_release) struct world world = world_with("[plughost]\ninclude = one.ini\n");
    world_add(&world, "one.ini", "[plughost]\ninclude_dir = more\n");
    expect_problems(&world, "@/one.ini:2: include_dir = more: only the main file names others "
                            "(move it there)\n");
}
