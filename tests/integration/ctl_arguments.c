/* plughostctl: command lines that are wrong are refused before any daemon is asked. */
#include "ctl_expect.h"

TestSuite(ctl_arguments, .timeout = 60);

#define WEB "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"

#define LOGS "logs [--follow] [--lines N] [--since TIME] [NAME...]"
#define STATS "stats [--extended] [NAME [PID]]"
#define SIGNAL "signal [--children] [--recursive] [--childpid PID] NAME [PID] SIGNAL"
#define KILL "kill [--wait] [--signum SIGNAL] [--graceful-timeout S] NAME [PID]"
#define INVOKE "invoke PLUGIN METHOD [ARGUMENT=VALUE...]"
#define SET "set [--wait] [--save] NAME OPTION=VALUE..."
#define ADD "add [--start] [--wait] NAME [OPTION=VALUE...] [--] CMD..."

Test(ctl_arguments, what_is_missing_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT_USAGE(daemon, "'incr' needs NAME: the watcher", "incr [--wait] NAME [N]", "incr");
    EXPECT_USAGE(daemon, "'decr' needs NAME: the watcher", "decr [--wait] NAME [N]", "decr");
    EXPECT_USAGE(daemon, "'signal' needs NAME: the watcher", SIGNAL, "signal");
    EXPECT_USAGE(daemon, "'signal' needs SIGNAL: the signal: a number or a name", SIGNAL, "signal",
                 "web");
    EXPECT_USAGE(daemon, "'kill' needs NAME: the watcher", KILL, "kill");
    EXPECT_USAGE(daemon, "'rm' needs NAME: the watcher", "rm [--wait] [--nostop] NAME", "rm");
    EXPECT_USAGE(daemon, "'add' needs NAME: the new watcher", ADD, "add");
    EXPECT_USAGE(daemon, "'add' needs CMD: the program to run", ADD, "add", "new",
                 "numprocesses=2");
    EXPECT_USAGE(daemon, "option '-n' needs a value", LOGS, "logs", "-n");
    EXPECT_USAGE(daemon, "option '--signum' needs a value", KILL, "kill", "web", "--signum");
}

Test(ctl_arguments, pairs_that_are_none_are_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT_USAGE(daemon, "'x' is not ARGUMENT=VALUE", INVOKE, "invoke", "calc", "add", "x");
    EXPECT_USAGE(daemon, "'=x' is not OPTION=VALUE", SET, "set", "calc", "=x");
    EXPECT_USAGE(daemon, "option 'a' is given twice", SET, "set", "calc", "a=1", "a=2");
    EXPECT_USAGE(daemon, "'{x' begins like JSON but is not valid", INVOKE, "invoke", "calc", "add",
                 "a={x");
}

Test(ctl_arguments, what_is_too_much_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT_USAGE(daemon, "'list' takes no argument 'db'", "list [NAME]", "list", "web", "db");
    EXPECT_USAGE(daemon, "'incr' takes no argument '3'", "incr [--wait] NAME [N]", "incr", "web",
                 "2", "3");
    EXPECT_USAGE(daemon, "'signal' takes no argument 'x'", SIGNAL, "signal", "web", "1", "TERM",
                 "x");
    EXPECT_USAGE(daemon, "'numwatchers' takes no argument 'web'", "numwatchers", "numwatchers",
                 "web");
    EXPECT_USAGE(daemon, "'listsockets' takes no argument 'web'", "listsockets", "listsockets",
                 "web");
    EXPECT_USAGE(daemon, "'stats' takes no argument 'x'", STATS, "stats", "web", "1", "x");
}

Test(ctl_arguments, an_option_of_another_command_is_unknown)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT_USAGE(daemon, "'list' takes no option '-n'", "list [NAME]", "list", "-n", "3");
    EXPECT_USAGE(daemon, "'why' takes no option '--follow'", "why [NAME...]", "why", "--follow");
    EXPECT_USAGE(daemon, "'reset' takes no option '--wait'", "reset [NAME...]", "reset", "--wait");
    EXPECT_USAGE(daemon, "'stop' takes no option '--sequential'",
                 "stop [--wait] [--match HOW] [NAME...]", "stop", "--sequential");
    EXPECT_USAGE(daemon, "'incr' takes no option '-5'", "incr [--wait] NAME [N]", "incr", "web",
                 "-5");
}

Test(ctl_arguments, numbers_are_checked)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT_USAGE(daemon, "'two' is no N: a whole number from 0 is accepted",
                 "incr [--wait] NAME [N]", "incr", "web", "two");
    EXPECT_USAGE(daemon, "'1.5' is no N: a whole number from 0 is accepted",
                 "decr [--wait] NAME [N]", "decr", "web", "1.5");
    EXPECT_USAGE(daemon, "'0' is no PID: a whole number from 1 is accepted", STATS, "stats", "web",
                 "0");
    EXPECT_USAGE(daemon, "'99999999999999999999' is no PID: a whole number from 1 is accepted",
                 KILL, "kill", "web", "99999999999999999999");
    EXPECT_USAGE(daemon, "--lines: '-1' is no N: a whole number from 0 is accepted", LOGS, "logs",
                 "-n", "-1");
    EXPECT_USAGE(daemon, "--childpid: 'x' is no PID: a whole number from 1 is accepted", SIGNAL,
                 "signal", "--childpid", "x", "web", "1", "TERM");
    EXPECT_USAGE(daemon, "--graceful-timeout: 'soon' is no S: a number of seconds is accepted",
                 KILL, "kill", "--graceful-timeout=soon", "web");
}

Test(ctl_arguments, signals_and_times_are_checked)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT_USAGE(daemon,
                 "'65' is no SIGNAL: a number from 1 to 64, or a name such as TERM or SIGTERM, is "
                 "accepted",
                 SIGNAL, "signal", "web", "65");
    EXPECT_USAGE(daemon,
                 "--signum: '9x' is no SIGNAL: a number from 1 to 64, or a name such as TERM or "
                 "SIGTERM, is accepted",
                 KILL, "kill", "--signum", "9x", "web");
    EXPECT_USAGE(daemon,
                 "--since: 'noon' is no TIME: 90, 15m, 2h, 1d, HH:MM[:SS], "
                 "YYYY-MM-DD[ HH:MM[:SS]] or @UNIX is accepted",
                 LOGS, "logs", "--since", "noon");
}

Test(ctl_arguments, options_of_a_new_watcher_are_checked)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT_USAGE(daemon, "option 'nice' is given twice", ADD, "add", "new", "nice=1", "nice=2",
                 "true");
    EXPECT_USAGE(daemon, "'=5' is not OPTION=VALUE", ADD, "add", "new", "=5", "true");
    EXPECT_USAGE(daemon, "'add' takes no option '--sequential'", ADD, "add", "--sequential", "new",
                 "true");
}

Test(ctl_arguments, a_refusal_of_the_daemon_ends_with_1)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT(daemon, 1, "",
           "plughostctl: unknown option 'numprocess'\nhint: did you mean 'numprocesses'?\n", "add",
           "new", "numprocess=2", "true");
    EXPECT(daemon, 1, "", "plughostctl: a watcher is named 'web' already\n", "add", "WEB", "true");
    EXPECT(daemon, 1, "", "plughostctl: no watcher is named 'wbe'\nhint: did you mean 'web'?\n",
           "why", "wbe");
    EXPECT(daemon, 1, "", "plughostctl: 'web' has no process that runs\n", "signal", "web", "HUP");
    EXPECT(daemon, 1, "", "plughostctl: process 1 not found in 'web'\n", "stats", "web", "1");
    EXPECT(daemon, 1, "",
           "plughostctl: 'web' has no process 1\nhint: 'plughostctl list web' shows its pids\n",
           "kill", "web", "1");
    daemon_do(daemon, "start", "web", true);
    EXPECT(daemon, 1, "",
           "plughostctl: signum = NONE: no such signal\nhint: a number, or a name such as TERM or "
           "SIGTERM\n",
           "signal", "web", "NONE");
}

Test(ctl_arguments, options_may_stand_anywhere_behind_the_command)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT(daemon, 0, "started: web\n", "", "start", "web", "--wait");
    EXPECT(daemon, 0, "web: 3 processes\n", "", "incr", "web", "--wait", "2");
    EXPECT(daemon, 0, "reloaded: web\n", "", "reload", "--sequential", "web", "--wait",
           "--terminate");
    EXPECT(daemon, 0, "stopped: web\n", "", "stop", "--waiting", "--", "web");
}
