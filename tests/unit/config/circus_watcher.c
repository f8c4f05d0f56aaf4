#include "circus_shown.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- options ---- */

Test(circus_watcher, options_that_mean_the_same_stay_as_they_are)
{
    expect_section("[watcher:web]\ncmd = sleep 60\nargs = -v\nnumprocesses = 2\nwarmup_delay = 1\n"
                   "working_dir = /srv\nshell = True\nshell_args = a b\nuid = 0\ngid = 0\n"
                   "copy_env = True\ncopy_path = True\nvirtualenv = /srv/env\nstop_signal = INT\n"
                   "stop_children = 1\ngraceful_timeout = 5.5\nmax_retry = -1\npriority = 3\n"
                   "singleton = off\nuse_sockets = True\non_demand = no\nstdin_socket = web\n"
                   "close_child_stdin = False\nclose_child_stdout = yes\nclose_child_stderr = on\n"
                   "send_hup = true\nmax_age = 60\nmax_age_variance = 5\nrespawn = False\n"
                   "autostart = False\n",
                   "watcher:web",
                   "cmd=<sleep 60> args=<-v> numprocesses=<2> warmup_delay=<1> working_dir=</srv> "
                   "shell=<True> shell_args=<a b> uid=<0> gid=<0> copy_env=<True> "
                   "copy_path=<True> virtualenv=</srv/env> stop_signal=<INT> stop_children=<1> "
                   "graceful_timeout=<5.5> max_retry=<-1> priority=<3> singleton=<off> "
                   "use_sockets=<True> on_demand=<no> stdin_socket=<web> "
                   "close_child_stdin=<False> close_child_stdout=<yes> close_child_stderr=<on> "
                   "send_hup=<true> max_age=<60> max_age_variance=<5> respawn=<False> "
                   "autostart=<False>");
}

Test(circus_watcher, the_environment_of_the_daemon_is_not_copied_unless_it_is_asked_for)
{
    expect_section("[watcher:web]\ncmd = true\n", "watcher:web", "cmd=<true> copy_env=<no>");
    expect_section("[watcher:web]\ncmd = true\ncopy_env = yes\n", "watcher:web",
                   "cmd=<true> copy_env=<yes>");
}

Test(circus_watcher, defaults_are_those_of_circus)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[watcher:web]\ncmd = true\n");
    const struct watcher_options *web = &configuration.watchers[0];
    cr_expect_eq(web->numprocesses, 1);
    cr_expect_eq(web->graceful_timeout_ms, 30000);
    cr_expect_eq(web->max_age_variance_ms, 30000);
    cr_expect_eq(web->stop_signal, 15);
    cr_expect(web->respawn && web->autostart && web->close_child_stdin);
    cr_expect_not(web->copy_env || web->copy_path || web->shell || web->singleton ||
                  web->use_sockets || web->send_hup || web->stop_children || web->on_demand ||
                  web->close_child_stdout || web->close_child_stderr);
}

Test(circus_watcher, what_is_empty_is_not_given_where_circus_takes_it_so)
{
    expect_section("[watcher:web]\ncmd = true\nuid =\ngid = \"\"\nworking_dir =\nvirtualenv =\n"
                   "shell_args =\nstdin_socket =\ncopy_env = no\n",
                   "watcher:web", "cmd=<true> copy_env=<no>");
}

Test(circus_watcher, words_for_yes_and_no_are_those_of_circus_in_any_case_of_letters)
{
    static const char *const words[] = {"yes", "True", "ON", "1", "no", "False", "Off", "0"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ph_cleanup(ph_freep) char *text =
            ph_format("[watcher:web]\ncmd = true\nsend_hup = %s\n", words[i]);
        ph_cleanup(configuration_release) struct configuration configuration =
            circus_configuration(text);
        cr_expect_eq(configuration.watchers[0].send_hup, i < 4, "%s", words[i]);
    }
    expect_circus_problems("[watcher:web]\ncmd = true\nsend_hup = maybe\n",
                           "x.ini:3: send_hup = maybe: not understood (yes, true, on, 1; or no, "
                           "false, off, 0)\n");
}

Test(circus_watcher, a_value_over_several_lines_is_one_line)
{
    ph_cleanup(configuration_release) struct configuration configuration = circus_configuration(
        "[watcher:web]\ncmd = sh -c\n  'echo\n   one'\nargs = two\n   three\n");
    const struct watcher_options *web = &configuration.watchers[0];
    cr_expect_str_eq(web->cmd[2], "echo one");
    cr_expect_str_eq(web->args[1], "three");
}

Test(circus_watcher, limits_are_found_in_any_case_and_unknown_ones_refused)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[watcher:web]\ncmd = true\nrlimit_NOFILE = 99\nrlimit_core =\n");
    const struct limit_option *limits = configuration.watchers[0].limits;
    cr_expect_eq(limits[RLIMIT_NOFILE].limit.rlim_cur, 99);
    cr_expect_eq(limits[RLIMIT_CORE].limit.rlim_cur, RLIM_INFINITY);
    expect_circus_problems("[watcher:web]\ncmd = true\nrlimit_nofiles = 99\n",
                           "x.ini:3: unknown option 'rlimit_nofiles' (did you mean "
                           "'rlimit_nofile'?)\n");
}

Test(circus_watcher, unknown_options_are_kept_as_labels_and_one_notice_says_so)
{
    static const char text[] = "[watcher:web]\ncmd = true\ncolour = red ; dark\nafter = lunch\n"
                               "[watcher:db]\ncmd = true\ncolour = blue\nenv = x\n";
    expect_section(text, "watcher:web",
                   "cmd=<true> label.colour=<red> label.after=<lunch> copy_env=<no>");
    expect_notices(text, "0: unknown options, kept as text that changes nothing: colour, after, "
                         "env\n");
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration(text);
    cr_expect_str_eq(pairs_get(&configuration.watchers[0].option, "label.colour"), "red");
    cr_expect_null(configuration.watchers[0].after);
}

Test(circus_watcher, what_has_no_meaning_is_named_in_one_notice_with_what_there_is_instead)
{
    expect_notices("[watcher:web]\ncmd = true\nexecutable = /bin/x\ncheck_flapping = True\n"
                   "virtualenv_py_ver = 3.9\nuse_papa = False\n[watcher:db]\ncmd = true\n"
                   "executable = /bin/y\n",
                   "0: without meaning here: executable (Circus does not use it either); "
                   "check_flapping (flapping.active = no has processes never given up); "
                   "virtualenv_py_ver (virtualenv sets PATH and VIRTUAL_ENV); use_papa (plughost "
                   "keeps sockets and processes itself)\n");
}

Test(circus_watcher, options_of_ours_have_a_prefix)
{
    expect_section("[watcher:web]\ncmd = true\nplughost.startsecs = 2\nplughost.after = db\n",
                   "watcher:web", "cmd=<true> startsecs=<2> after=<db> copy_env=<no>");
}

/* ---- which there are ---- */

Test(circus_watcher, one_without_options_is_left_out)
{
    expect_section("[watcher:web]\n", "watcher:web", "(none)");
    expect_notices("[watcher:web]\n", "");
}

Test(circus_watcher, one_without_cmd_is_refused)
{
    expect_circus_problems("[watcher:web]\nnumprocesses = 2\n",
                           "x.ini:1: [watcher:web] has no 'cmd' (add a line 'cmd = ...')\n");
}

Test(circus_watcher, a_singleton_of_several_processes_is_left_out_with_a_notice)
{
    static const char text[] = "[watcher:web]\ncmd = true\nsingleton = True\nnumprocesses = 2\n";
    expect_section(text, "watcher:web", "(none)");
    expect_notices(text, "4: [watcher:web] is left out, as Circus does: a singleton cannot have 2 "
                         "processes\n");
    expect_section("[watcher:web]\ncmd = true\nsingleton = True\nnumprocesses = 0\n", "watcher:web",
                   "cmd=<true> singleton=<True> numprocesses=<0> copy_env=<no>");
}

Test(circus_watcher, a_name_that_none_can_have_here_is_changed_and_told)
{
    static const char text[] = "[watcher:my app]\ncmd = true\n[env:my app]\nKEY = value\n";
    expect_section(text, "watcher:my_app", "cmd=<true> copy_env=<no>");
    expect_section(text, "env:my_app", "KEY=<value>");
    expect_notices(text, "1: 'my app' is called 'my_app' here\n");
}

Test(circus_watcher, two_that_get_the_same_name_are_refused)
{
    expect_circus_problems("[watcher:my app]\ncmd = true\n[watcher:my_app]\ncmd = true\n",
                           "x.ini:3: there are two watchers 'my_app' (give one of them another "
                           "name)\n");
}

/* ---- variables ---- */

Test(circus_watcher, names_of_options_stand_for_their_values_in_cmd_and_args)
{
    expect_section("[watcher:web]\ncmd = run $(circus.numprocesses) ((circus.graceful_timeout)) "
                   "$(circus.stop_signal) $(circus.shell) $(CIRCUS.Send_HUP) $(circus.uid)\n"
                   "args = $(circus.args) $(circus.use_fds) $(circus.working_dir) $(circus.wid)\n"
                   "numprocesses = 4\nsend_hup = on\nworking_dir = /srv\n",
                   "watcher:web",
                   "cmd=<run 4 30.0 15 False True None> args=<$(circus.args) $(circus.use_fds) "
                   "$(circus.working_dir) $(circus.wid) False /srv $(circus.wid)> "
                   "numprocesses=<4> send_hup=<on> working_dir=</srv> copy_env=<no>");
}

Test(circus_watcher, a_signal_is_shown_by_its_number_and_the_folder_of_the_daemon_is_the_default)
{
    ph_cleanup(ph_freep) char *here = getcwd(NULL, 0);
    ph_cleanup(ph_freep) char *options =
        ph_format("cmd=<run 2 %s> stop_signal=<INT> copy_env=<no>", here);
    expect_section("[watcher:web]\ncmd = run $(circus.stop_signal) $(circus.working_dir)\n"
                   "stop_signal = INT\n",
                   "watcher:web", options);
}

Test(circus_watcher, what_the_daemon_knows_only_at_a_spawn_is_left_to_it)
{
    expect_section("[watcher:web]\ncmd = run $(circus.wid) $(circus.sockets.web) $WID "
                   "$(circus.name) $(circus.nothing)\n",
                   "watcher:web",
                   "cmd=<run $(circus.wid) $(circus.sockets.web) $WID $(circus.name) "
                   "$(circus.nothing)> copy_env=<no>");
}

Test(circus_watcher, a_variable_is_put_in_place_before_a_command_is_split)
{
    ph_cleanup(configuration_release) struct configuration configuration = circus_configuration(
        "[env]\nOPTIONS = -a 'b c'\n[watcher:web]\ncmd = run $(circus.env.OPTIONS)\n");
    char **cmd = configuration.watchers[0].cmd;
    cr_expect_str_eq(cmd[1], "-a");
    cr_expect_str_eq(cmd[2], "b c");
    cr_expect_null(cmd[3]);
}

/* ---- flapping ---- */

Test(circus_watcher, flapping_options_are_known_and_others_of_that_prefix_are_labels)
{
    expect_section("[watcher:web]\ncmd = true\nflapping.attempts = 3\nflapping.window = 10\n"
                   "flapping.retry_in = 7\nflapping.max_retry = -1\nflapping.active = no\n"
                   "flapping.other = 1\n",
                   "watcher:web",
                   "cmd=<true> flapping.attempts=<3> flapping.window=<10> flapping.retry_in=<7> "
                   "flapping.max_retry=<-1> flapping.active=<no> label.flapping.other=<1> "
                   "copy_env=<no>");
}
