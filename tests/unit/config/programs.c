/* What the options of programs and plugins make of one another. */
#include <alloc.h>
#include <config/configuration.h>
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static struct configuration configuration;

static void tear_down(void)
{
    configuration_release(&configuration);
}

TestSuite(programs, .fini = tear_down);

/* Returns the first watcher of a good configuration. */
static const struct watcher_options *parse(const char *text)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    configuration_release(&configuration);
    int outcome = configuration_parse(&configuration, text, strlen(text), &problems);
    problems_print(&problems, "x.ini", stderr);
    cr_assert_eq(outcome, 0);
    return &configuration.watchers[0];
}

static const char *variable(const struct watcher_options *options, const char *key)
{
    for (size_t i = 0; i < options->env.count; i++)
        if (strcmp(options->env.items[i].key, key) == 0)
            return options->env.items[i].value;
    return "(none)";
}

Test(programs, what_is_left_out_has_the_defaults_of_the_documentation)
{
    const struct watcher_options *web = parse("[watcher:web]\ncmd = x\n");
    cr_expect_eq(web->numprocesses, 1);
    cr_expect_eq(web->priority, 0);
    cr_expect_eq(web->max_age_ms, 0);
    cr_expect_eq(web->max_age_variance_ms, 30000);
    cr_expect_eq(web->startsecs_ms, 0);
    cr_expect_eq(web->startup_timeout_ms, 0);
    cr_expect_eq(web->hook_timeout_ms, 30000);
    cr_expect_eq(web->stats_interval_ms, 0);
    cr_expect_eq(web->restart_mode, RESTART_ALWAYS);
    cr_expect(web->success_exit[0] && !web->success_exit[1]);
    cr_expect(web->respawn && web->autostart && web->copy_env && web->close_child_stdin);
    cr_expect_not(web->singleton || web->on_demand || web->notify || web->stop_children);
    cr_expect_not(web->send_hup || web->outlives_daemon || web->no_new_privs || web->copy_path);
    cr_expect_not(web->close_child_stdout || web->close_child_stderr || web->use_sockets);
    cr_expect_not(web->identity.is_set);
    cr_expect_eq(web->umask, -1);
    cr_expect_eq(web->nice, UNSET_NUMBER);
    cr_expect_eq(web->oom_score_adj, UNSET_NUMBER);
    cr_expect_not(web->limits[RLIMIT_NOFILE].is_set);
    cr_expect_eq(web->stdout_stream.class, STREAM_DEFAULT);
    cr_expect_eq(web->stderr_stream.rotate_interval, 1);
    cr_expect_null(web->hooks[HOOK_BEFORE_START].cmd);
}

Test(programs, plugins_go_before_programs)
{
    cr_expect_eq(parse("[plugin:p]\n")->priority, 1);
    cr_expect_eq(parse("[plugin:p]\npriority = -4\n")->priority, -4);
}

Test(programs, a_plugin_respawns_whatever_it_calls_its_own_options)
{
    const struct watcher_options *plugin = parse("[plugin:p]\nrespawn = no\nnumprocesses = 4\n");
    cr_expect(plugin->respawn);
    cr_expect_eq(plugin->numprocesses, 1);
    cr_expect_eq(plugin->option.count, 2);
    cr_expect_null(plugin->command);
}

Test(programs, the_command_is_kept_as_it_was_written)
{
    cr_expect_str_eq(parse("[watcher:w]\ncmd = a 'b c'\nargs = \"d\"\n")->command, "a 'b c' \"d\"");
    cr_expect_str_eq(parse("[watcher:w]\ncmd = a\n")->command, "a");
}

Test(programs, the_text_of_a_shell_is_one_word)
{
    const struct watcher_options *web =
        parse("[watcher:w]\ncmd = echo 'a b' > \"$1\" # it's\nargs = && x\nshell = yes\n"
              "shell_args = sh 'o u t'\n");
    cr_expect(web->shell);
    cr_expect_str_eq(web->command, "echo 'a b' > \"$1\" # it's && x");
    cr_expect_str_eq(web->cmd[0], "echo 'a b' > \"$1\" # it's");
    cr_expect_null(web->cmd[1]);
    cr_expect_str_eq(web->shell_args[1], "o u t");
}

Test(programs, several_patterns_of_variables_are_parted_by_commas)
{
    parse("[env:web, wo*,plugin:*]\nA = 1\n"
          "[watcher:Web]\ncmd = x\n[watcher:worker]\ncmd = x\n[watcher:other]\ncmd = x\n"
          "[plugin:p]\n");
    cr_expect_str_eq(variable(&configuration.watchers[0], "A"), "1");
    cr_expect_str_eq(variable(&configuration.watchers[1], "A"), "1");
    cr_expect_str_eq(variable(&configuration.watchers[2], "A"), "(none)");
    cr_expect_str_eq(variable(&configuration.watchers[3], "A"), "1");
}

Test(programs, a_variable_of_its_own_goes_before_those_of_sections)
{
    const struct watcher_options *web =
        parse("[env:*]\nA = all\nB = all\n[watcher:w]\ncmd = x\nenv = A=own\n[env:w]\nA = late\n");
    cr_expect_str_eq(variable(web, "A"), "own");
    cr_expect_str_eq(variable(web, "B"), "all");
    cr_expect_eq(web->env.count, 2);
}

Test(programs, circus_names_of_the_restart_policy_are_put_into_ours)
{
    const struct watcher_options *web =
        parse("[watcher:w]\ncmd = x\nflapping.attempts = 3\nflapping.max_retry = 4\n"
              "flapping.window = 20\nflapping.retry_in = 7\n");
    cr_expect_eq(web->restart.max_restarts, 12);
    cr_expect_eq(web->restart.stable_after_ms, 20000);
    cr_expect_eq(web->restart.restart_delay_max_ms, 7000);
    cr_expect_eq(parse("[watcher:w]\ncmd = x\nmax_retry = -1\n")->restart.max_restarts, 0);
}

Test(programs, our_own_names_go_before_those_of_circus)
{
    const struct watcher_options *web =
        parse("[watcher:w]\ncmd = x\nflapping.attempts = 3\nmax_restarts = 9\n"
              "flapping.window = 20\nstable_after = 2\nflapping.retry_in = 7\n"
              "restart_delay_max = 8\nmax_retry = 1\n");
    cr_expect_eq(web->restart.max_restarts, 9);
    cr_expect_eq(web->restart.stable_after_ms, 2000);
    cr_expect_eq(web->restart.restart_delay_max_ms, 8000);
}

Test(programs, user_and_group_are_found_by_number)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[watcher:w]\ncmd = x\nuid = %u\ngid = %u\n", geteuid(), getegid());
    const struct watcher_options *web = parse(text);
    cr_expect(web->identity.is_set);
    cr_expect_eq(web->identity.uid, geteuid());
    cr_expect_eq(web->identity.gid, getegid());
}

Test(programs, the_daemon_has_a_umask_and_a_pause_of_its_own)
{
    parse("[plughost]\numask = 027\nwarmup_delay = 0.5\n[watcher:w]\ncmd = x\n");
    cr_expect_eq(configuration.settings.umask, 027);
    cr_expect_eq(configuration.settings.warmup_delay_ms, 500);
    parse("[watcher:w]\ncmd = x\n");
    cr_expect_eq(configuration.settings.umask, -1);
}
