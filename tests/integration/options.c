/* Options of watchers, as a program sees them from inside. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <fcntl.h>
#include <files.h>
#include <grp.h>
#include <limits.h>
#include <processes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(options, .timeout = 60);

enum { WAIT_MS = 10000 };

/* Has a daemon whose children may write to DIR/open, whoever they are. */
static daemon_t *start_open(const char *text)
{
    daemon_t *daemon = daemon_prepare(text);
    ph_cleanup(ph_freep) char *folder = daemon_path(daemon, "open");
    cr_assert_eq(chmod(daemon_dir(daemon), 0711), 0);
    cr_assert_eq(mkdir(folder, 0777), 0);
    cr_assert_eq(chmod(folder, 0777), 0);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    return daemon;
}

#define IDENTITY "[watcher:web]\ncmd = @CHILD@ identity @DIR@/open/identity\n"

/* Checks that the child said that line of itself. */
static void expect_identity(daemon_t *daemon, const char *line)
{
    ph_cleanup(ph_freep) char *whole =
        daemon_wait_file(daemon, "open/identity", "errors:", WAIT_MS);
    cr_expect(strstr(whole, line), "there is no '%s' in\n%s", line, whole);
}

static void expect_line_with(const char *options, const char *line)
{
    ph_cleanup(ph_freep) char *text = ph_format(IDENTITY "%s", options);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(text);
    expect_identity(daemon, line);
}

/* ---- user and group ---- */

/* Returns a user that this test may use: another one if it is allowed to. */
static const struct passwd *some_user(void)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid());
    cr_assert(user, "there is no user to be");
    return user;
}

static int compare_groups(const void *a, const void *b)
{
    gid_t left = *(const gid_t *)a, right = *(const gid_t *)b;
    return (left > right) - (left < right);
}

/* Returns the line about the groups that a user has by the group file, or this process has. */
static char *groups_line(const struct passwd *user)
{
    gid_t groups[256];
    int count = 256;
    if (geteuid() == 0)
        cr_assert_geq(getgrouplist(user->pw_name, user->pw_gid, groups, &count), 0);
    else
        count = getgroups(count, groups);
    qsort(groups, (size_t)count, sizeof *groups, compare_groups);
    char *line = ph_strdup("groups:");
    for (int i = 0; i < count; i++) {
        ph_cleanup(ph_freep) char *before = line;
        line = ph_format("%s %u", before, groups[i]);
    }
    ph_cleanup(ph_freep) char *before = line;
    return ph_format("%s\n", before);
}

Test(options, uid_sets_all_ids_and_the_groups_of_that_user)
{
    static const gid_t ours[] = {1, 2, 3};
    if (geteuid() == 0)
        cr_assert_eq(setgroups(3, ours), 0, "the daemon has groups to give up");
    const struct passwd *user = some_user();
    ph_cleanup(ph_freep) char *text = ph_format(IDENTITY "uid = %s\n", user->pw_name);
    ph_cleanup(ph_freep) char *uid =
        ph_format("uid: %u %u %u\n", user->pw_uid, user->pw_uid, user->pw_uid);
    ph_cleanup(ph_freep) char *gid =
        ph_format("gid: %u %u %u\n", user->pw_gid, user->pw_gid, user->pw_gid);
    ph_cleanup(ph_freep) char *groups = groups_line(user);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(text);
    expect_identity(daemon, uid);
    expect_identity(daemon, gid);
    expect_identity(daemon, groups);
}

Test(options, uid_may_be_a_number_and_gid_goes_before_the_group_of_the_user)
{
    const struct passwd *user = some_user();
    gid_t group = geteuid() == 0 ? 12345 : getegid();
    ph_cleanup(ph_freep) char *text =
        ph_format(IDENTITY "uid = %u\ngid = %u\n", user->pw_uid, group);
    ph_cleanup(ph_freep) char *uid =
        ph_format("uid: %u %u %u\n", user->pw_uid, user->pw_uid, user->pw_uid);
    ph_cleanup(ph_freep) char *gid = ph_format("gid: %u %u %u\n", group, group, group);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(text);
    expect_identity(daemon, uid);
    expect_identity(daemon, gid);
}

Test(options, gid_alone_leaves_the_user)
{
    gid_t group = geteuid() == 0 ? 12345 : getegid();
    ph_cleanup(ph_freep) char *text = ph_format(IDENTITY "gid = %u\n", group);
    ph_cleanup(ph_freep) char *uid = ph_format("uid: %u %u %u\n", geteuid(), geteuid(), geteuid());
    ph_cleanup(ph_freep) char *gid = ph_format("gid: %u %u %u\n", group, group, group);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(text);
    expect_identity(daemon, uid);
    expect_identity(daemon, gid);
}

Test(options, a_program_of_another_user_finds_his_home_and_name_in_the_environment)
{
    const struct passwd *user = some_user();
    ph_cleanup(ph_freep) char *text = ph_format(
        "[watcher:web]\ncmd = @CHILD@ environment @DIR@/open/env\nuid = %s\n", user->pw_name);
    ph_cleanup(ph_freep) char *home = ph_format("HOME=%s\n", user->pw_dir);
    ph_cleanup(ph_freep) char *name = ph_format("USER=%s\n", user->pw_name);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(text);
    ph_cleanup(ph_freep) char *whole = daemon_wait_file(daemon, "open/env", "=", WAIT_MS);
    cr_expect(strstr(whole, home), "%s", whole);
    cr_expect(strstr(whole, name), "%s", whole);
}

Test(options, a_program_of_another_user_dies_with_a_killed_daemon_too)
{
    ph_cleanup(ph_freep) char *options = ph_format(IDENTITY "uid = %s\n", some_user()->pw_name);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(options);
    expect_identity(daemon, "uid: ");
    daemon_kill(daemon); /* which checks it */
}

Test(options, a_folder_that_is_closed_to_the_user_is_a_death_that_names_it)
{
    ph_cleanup(ph_freep) char *text = ph_format(
        "[watcher:web]\ncmd = /bin/true\nuid = %s\nworking_dir = @DIR@/closed\nautostart = no\n",
        some_user()->pw_name);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(text);
    ph_cleanup(ph_freep) char *folder = daemon_path(daemon, "closed");
    ph_cleanup(ph_freep) char *reason =
        ph_format("could not enter working directory '%s': Permission denied", folder);
    cr_assert_eq(mkdir(folder, 0000), 0);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *error =
        daemon_wait_event(daemon, "watcher.web.error", WAIT_MS);
    cr_expect_str_eq(event_text(error, "reason"), reason);
}

/* ---- refusals ---- */

/* Checks that plughostd ends at once with that exit status and says that. */
static void expect_refusal(const char *text, int status, const char *first, const char *second)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(text);
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), status);
    cr_expect(strstr(program_err(program), first), "%s", program_err(program));
    cr_expect(strstr(program_err(program), second), "%s", program_err(program));
}

Test(options, a_daemon_that_is_not_root_refuses_another_user_when_it_loads)
{
    processes_become_ordinary();
    expect_refusal("[watcher:web]\ncmd = @CHILD@ run\nuid = root\n", 2,
                   "plughost.ini:6: uid = root: a daemon that runs as user '",
                   "only root can: leave out uid and gid, or run the daemon as root");
}

Test(options, a_daemon_that_is_not_root_refuses_another_group_when_it_loads)
{
    processes_become_ordinary();
    expect_refusal("[watcher:web]\ncmd = @CHILD@ run\ngid = root\n", 2,
                   "plughost.ini:6: gid = root: a daemon that runs as user '",
                   "cannot start a process as user '");
}

Test(options, a_daemon_that_is_not_root_may_name_its_own_user)
{
    processes_become_ordinary();
    ph_cleanup(ph_freep) char *options = ph_format("uid = %u\ngid = %u\n", getuid(), getgid());
    ph_cleanup(ph_freep) char *line = ph_format("uid: %u %u %u\n", getuid(), getuid(), getuid());
    expect_line_with(options, line);
}

Test(options, a_user_that_is_not_there_is_refused_and_the_nearest_is_named)
{
    expect_refusal("[watcher:web]\ncmd = @CHILD@ run\nuid = rooot\n", 2,
                   "uid = rooot: there is no user 'rooot'", "did you mean 'root'?");
}

Test(options, a_group_that_is_not_there_is_refused)
{
    expect_refusal("[watcher:web]\ncmd = @CHILD@ run\ngid = rooot\n", 2,
                   "gid = rooot: there is no group 'rooot'", "did you mean 'root'?");
}

/* ---- what is inherited ---- */

Test(options, umask_decides_about_the_files_that_it_makes)
{
    struct stat status;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(IDENTITY "umask = 037\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "open/identity");
    expect_identity(daemon, "umask: 037\n");
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0640);
}

Test(options, the_umask_of_the_daemon_is_for_watchers_that_have_none)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_open("umask = 035\n" IDENTITY
                   "[watcher:own]\ncmd = @CHILD@ identity @DIR@/open/own\numask = 022\n");
    expect_identity(daemon, "umask: 035\n");
    free(daemon_wait_file(daemon, "open/own", "umask: 022\n", WAIT_MS));
}

Test(options, nice_is_set)
{
    expect_line_with("nice = 7\n", "nice: 7\n");
}

Test(options, oom_score_adj_is_set)
{
    expect_line_with("oom_score_adj = 321\n", "oom_score_adj: 321\n");
}

Test(options, no_new_privs_is_set_where_it_is_asked_for)
{
    expect_line_with("no_new_privs = yes\n", "no_new_privs: 1\n");
    expect_line_with("", "no_new_privs: 0\n");
}

Test(options, a_limit_is_soft_and_hard_alike_or_both_are_given)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(
        IDENTITY "rlimit_nofile = 64\nrlimit_core = 0:4096\nrlimit_stack = 4194304:unlimited\n"
                 "rlimit_cpu = 5000\n");
    expect_identity(daemon, "rlimit_nofile: 64 64\n");
    expect_identity(daemon, "rlimit_core: 0 4096\n");
    expect_identity(daemon, "rlimit_stack: 4194304 unlimited\n");
    expect_identity(daemon, "rlimit_cpu: 5000 5000\n");
}

Test(options, a_limit_that_may_not_be_raised_is_a_death_that_names_it)
{
    const struct rlimit low = {.rlim_cur = 4096, .rlim_max = 4096};
    processes_become_ordinary();
    cr_assert_eq(setrlimit(RLIMIT_CORE, &low), 0);
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nrlimit_core = 8192\nautostart = no\n");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *error =
        daemon_wait_event(daemon, "watcher.web.error", WAIT_MS);
    cr_expect_str_eq(event_text(error, "reason"),
                     "could not limit 'core': Operation not permitted");
}

Test(options, the_rights_of_root_are_used_before_they_are_given_up)
{
    const struct passwd *user = some_user();
    int nice = geteuid() == 0 ? -3 : 3;
    ph_cleanup(ph_freep) char *text =
        ph_format(IDENTITY "uid = %s\nnice = %d\n", user->pw_name, nice);
    ph_cleanup(ph_freep) char *line = ph_format("nice: %d\n", nice);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(text);
    expect_identity(daemon, line);
}

Test(options, a_plugin_has_the_options_of_its_process_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[plugin:probe]\nautostart = no\nnice = 6\noom_score_adj = 77\nrlimit_nofile = 123\n");
    daemon_do(daemon, "start", "plugin:probe", true);
    int pid = (int)daemon_status(daemon, "plugin:probe").pid;
    ph_cleanup(ph_freep) char *limits = ph_format("/proc/%d/limits", pid);
    ph_cleanup(ph_freep) char *score = ph_format("/proc/%d/oom_score_adj", pid);
    ph_cleanup(ph_freep) char *limits_text = file_read(limits);
    ph_cleanup(ph_freep) char *score_text = file_read(score);
    cr_expect(strstr(limits_text, "Max open files            123 "), "%s", limits_text);
    cr_expect_str_eq(score_text, "77\n");
    cr_expect_eq(getpriority(PRIO_PROCESS, (id_t)pid), 6);
}

/* ---- the environment ---- */

#define ENVIRONMENT "[watcher:web]\ncmd = @CHILD@ environment @DIR@/open/env\n"

/* Returns the environment of the watcher 'web' in a daemon that has OURS and PYTHONPATH; every
 * variable has a newline before and behind it. The caller frees it. */
static char *environment_with(const char *options)
{
    ph_cleanup(ph_freep) char *text = ph_format(ENVIRONMENT "%s", options);
    setenv("OURS", "of the daemon", 1);
    setenv("PYTHONPATH", "/our/python", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(text);
    ph_cleanup(ph_freep) char *whole = daemon_wait_file(daemon, "open/env", "=", WAIT_MS);
    return ph_format("\n%s", whole);
}

Test(options, a_program_gets_the_environment_of_the_daemon_and_its_endpoint)
{
    ph_cleanup(ph_freep) char *env = environment_with("");
    cr_expect(strstr(env, "\nOURS=of the daemon\n"), "%s", env);
    cr_expect(strstr(env, "\nPLUGHOST_ENDPOINT=ipc:///"), "%s", env);
    cr_expect(strstr(env, "\nPATH="), "%s", env);
}

Test(options, copy_env_no_keeps_the_environment_of_the_daemon_away)
{
    ph_cleanup(ph_freep) char *env = environment_with("copy_env = no\nenv = A=1\n");
    cr_expect(strstr(env, "\nA=1\n"), "%s", env);
    cr_expect(!strstr(env, "\nOURS="), "%s", env);
    cr_expect(!strstr(env, "\nPATH="), "%s", env);
    cr_expect(!strstr(env, "\nPYTHONPATH="), "%s", env);
}

Test(options, copy_path_lets_only_the_paths_through)
{
    ph_cleanup(ph_freep) char *env = environment_with("copy_env = no\ncopy_path = yes\n");
    ph_cleanup(ph_freep) char *path = ph_format("\nPATH=%s\n", getenv("PATH"));
    cr_expect(strstr(env, path), "%s", env);
    cr_expect(strstr(env, "\nPYTHONPATH=/our/python\n"), "%s", env);
    cr_expect(!strstr(env, "\nOURS="), "%s", env);
}

Test(options, of_several_env_sections_the_later_counts_and_env_goes_before_all)
{
    ph_cleanup(ph_freep) char *env =
        environment_with("env = OWN=own 'TEXT=two words'\n"
                         "[env:*]\nOWN = all\nOURS = all\nLAST = all\nALL = all\n"
                         "[env:other, W?b]\nLAST = web\n"
                         "[env:[a-v]*]\nLAST = none\nNONE = none\n");
    cr_expect(strstr(env, "\nOWN=own\n"), "%s", env);
    cr_expect(strstr(env, "\nTEXT=two words\n"), "%s", env);
    cr_expect(strstr(env, "\nOURS=all\n"), "%s", env);
    cr_expect(strstr(env, "\nLAST=web\n"), "%s", env);
    cr_expect(strstr(env, "\nALL=all\n"), "%s", env);
    cr_expect(!strstr(env, "\nNONE="), "%s", env);
}

Test(options, a_virtualenv_comes_first_in_path)
{
    setenv("PYTHONHOME", "/our/home", 1);
    ph_cleanup(ph_freep) char *env = environment_with("virtualenv = /srv/venv\n");
    ph_cleanup(ph_freep) char *path = ph_format("\nPATH=/srv/venv/bin:%s\n", getenv("PATH"));
    cr_expect(strstr(env, path), "%s", env);
    cr_expect(strstr(env, "\nVIRTUAL_ENV=/srv/venv\n"), "%s", env);
    cr_expect(!strstr(env, "\nPYTHONHOME="), "it would lead away from the virtual environment");
}

/* ---- what stands for something else ---- */

static void expect_arguments(const char *text, const char *name, const char *wanted)
{
    setenv("OURS", "of the daemon", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(text);
    ph_cleanup(ph_freep) char *whole = daemon_wait_file(daemon, name, "\n", WAIT_MS);
    cr_expect_str_eq(whole, wanted);
}

Test(options, variables_are_replaced_in_cmd_and_args)
{
    expect_arguments("[watcher:Web]\nnumprocesses = 2\n"
                     "cmd = @CHILD@ arguments @DIR@/open/$(circus.wid) a$(plughost.wid)b $WID\n"
                     "args = ((circus.name)) $(CIRCUS.NAME) -$(circus.env.MINE)-\n"
                     "env = MINE=mine\n",
                     "open/2", "a2b\n2\nWeb\nWeb\n-mine-\n");
}

Test(options, the_case_of_a_variable_does_not_matter_as_in_circus)
{
    expect_arguments("[watcher:web]\n"
                     "cmd = @CHILD@ arguments @DIR@/open/file $(Circus.Env.ours) ((CIRCUS.WID))\n",
                     "open/file", "of the daemon\n1\n");
}

Test(options, in_the_environment_a_dollar_name_is_a_variable_of_the_daemon_as_in_circus)
{
    ph_cleanup(ph_freep) char *env =
        environment_with("[env:web]\nPYTHONPATH = /ours:$PYTHONPATH\nEMPTY = <$NOT_THERE>\n"
                         "SMALL = $small $5\n");
    cr_expect(strstr(env, "\nPYTHONPATH=/ours:/our/python\n"), "%s", env);
    cr_expect(strstr(env, "\nEMPTY=<>\n"), "%s", env);
    cr_expect(strstr(env, "\nSMALL=$small $5\n"), "%s", env);
}

Test(options, a_variable_with_blanks_stays_one_word)
{
    expect_arguments("[watcher:web]\n"
                     "cmd = @CHILD@ arguments @DIR@/open/file $(plughost.env.OURS) end\n",
                     "open/file", "of the daemon\nend\n");
}

Test(options, what_has_no_value_stays_as_it_is)
{
    expect_arguments("[watcher:web]\ncmd = @CHILD@ arguments @DIR@/open/file $(circus.nothing) "
                     "$(circus.env.NOT_THERE) $WIDE $HOME ((circus.wid)\n",
                     "open/file",
                     "$(circus.nothing)\n$(circus.env.NOT_THERE)\n$WIDE\n$HOME\n((circus.wid)\n");
}

Test(options, variables_are_replaced_in_the_environment)
{
    ph_cleanup(ph_freep) char *env =
        environment_with("env = NUMBER=$(circus.wid) NAME=((plughost.name))-$WID\n"
                         "[env:web]\nCOPY = <$(circus.env.OURS)>\n");
    cr_expect(strstr(env, "\nNUMBER=1\n"), "%s", env);
    cr_expect(strstr(env, "\nNAME=web-1\n"), "%s", env);
    cr_expect(strstr(env, "\nCOPY=<of the daemon>\n"), "%s", env);
}

Test(options, variables_are_replaced_in_the_path_of_a_virtualenv)
{
    setenv("VENVS", "/srv/venvs", 1);
    ph_cleanup(ph_freep) char *env =
        environment_with("virtualenv = $(circus.env.VENVS)/$(circus.name)\n");
    cr_expect(strstr(env, "\nVIRTUAL_ENV=/srv/venvs/web\n"), "%s", env);
    cr_expect(strstr(env, "\nPATH=/srv/venvs/web/bin:"), "%s", env);
}

Test(options, each_process_may_have_a_working_dir_of_its_own)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:web]\ncmd = @CHILD@ describe here\nnumprocesses = 2\n"
                       "working_dir = @DIR@/$(circus.name)$WID\n");
    for (int wid = 1; wid <= 2; wid++) {
        ph_cleanup(ph_freep) char *folder = ph_format("%s/web%d", daemon_dir(daemon), wid);
        cr_assert_eq(mkdir(folder, 0700), 0);
    }
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    free(daemon_wait_file(daemon, "web1/here", "/web1\n", WAIT_MS));
    free(daemon_wait_file(daemon, "web2/here", "/web2\n", WAIT_MS));
}

Test(options, a_relative_working_dir_is_taken_from_where_the_daemon_was_started)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare("[watcher:web]\ncmd = @CHILD@ describe here\nworking_dir = below\n");
    ph_cleanup(ph_freep) char *folder = daemon_path(daemon, "below");
    cr_assert_eq(mkdir(folder, 0700), 0);
    cr_assert_eq(chdir(daemon_dir(daemon)), 0);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    free(daemon_wait_file(daemon, "below/here", "/below\n", WAIT_MS));
}

/* Makes a script DIR/FOLDER/tool that writes its name and the folder that it stands in. */
static void make_tool(const daemon_t *daemon, const char *folder)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, folder);
    ph_cleanup(ph_freep) char *tool = ph_format("%s/tool", path);
    ph_cleanup(ph_freep) char *text =
        ph_format("#!/bin/sh\necho %s >%s/ran.new; mv %s/ran.new %s/ran; exec %s run\n", folder,
                  daemon_dir(daemon), daemon_dir(daemon), daemon_dir(daemon), TEST_CHILD);
    mkdir(path, 0700);
    file_write(tool, text);
    chmod(tool, 0700);
}

static void expect_tool(const char *options, const char *folder)
{
    ph_cleanup(ph_freep) char *text = ph_format("[watcher:web]\n%s", options);
    ph_cleanup(ph_freep) char *line = ph_format("%s\n", folder);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(text);
    make_tool(daemon, "first");
    make_tool(daemon, "second");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    free(daemon_wait_file(daemon, "ran", line, WAIT_MS));
}

Test(options, a_program_is_looked_up_in_the_path_that_the_process_gets)
{
    expect_tool("cmd = tool\nenv = PATH=@DIR@/second:@DIR@/first:/bin:/usr/bin\n", "second");
    expect_tool("cmd = tool\n[env:web]\nPATH = @DIR@/first:@DIR@/second:/bin:/usr/bin\n", "first");
}

Test(options, a_program_with_a_relative_path_is_taken_from_working_dir)
{
    expect_tool("cmd = ./tool\nworking_dir = @DIR@/second\n", "second");
    expect_tool("cmd = first/tool\nworking_dir = @DIR@\n", "first");
}

/* ---- the shell ---- */

Test(options, with_a_shell_the_text_reaches_it_byte_for_byte)
{
    expect_arguments(
        "[watcher:web]\nshell = yes\n"
        "cmd = f='@DIR@/open/file'; printf '%s|' \"a  b\" 'c\\d' \"$((1+1))\" >$f.new;\n"
        "args = echo $WID$(circus.wid) >>$f.new; mv $f.new $f; exec @CHILD@ run\n",
        "open/file", "a  b|c\\d|2|11\n");
}

Test(options, shell_args_are_what_the_text_sees_as_its_arguments)
{
    expect_arguments("[watcher:web]\nshell = yes\nshell_args = zero 'one and' $(circus.name)\n"
                     "cmd = printf '%s\\n' \"$0\" \"$1\" \"$2\" \"$#\" >@DIR@/open/file.new; "
                     "mv @DIR@/open/file.new @DIR@/open/file; exec @CHILD@ run\n",
                     "open/file", "zero\none and\nweb\n2\n");
}

/* ---- input and output ---- */

Test(options, close_child_options_put_the_null_device_there)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_open(IDENTITY "close_child_stdout = yes\nclose_child_stderr = yes\n");
    expect_identity(daemon, "input: /dev/null\n");
    expect_identity(daemon, "output: /dev/null\n");
    expect_identity(daemon, "errors: /dev/null\n");
}

Test(options, without_them_both_outputs_are_pipes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_open(IDENTITY);
    expect_identity(daemon, "input: /dev/null\n");
    expect_identity(daemon, "output: pipe:[");
    expect_identity(daemon, "errors: pipe:[");
}

Test(options, close_child_stdin_no_gives_it_the_input_of_the_daemon)
{
    ph_cleanup(ph_freep) char *folder = directory_make();
    ph_cleanup(ph_freep) char *path = ph_format("%s/input", folder);
    ph_cleanup(ph_freep) char *line = ph_format("input: %s\n", path);
    file_write(path, "");
    ph_cleanup(ph_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    expect_line_with("close_child_stdin = no\n", line);
    directory_remove(folder);
}
