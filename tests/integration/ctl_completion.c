/* plughostctl: the scripts for shells, each run by its shell. */
#include "ctl_expect.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(ctl_completion, .timeout = 60);

#define TWO                                                                                        \
    "[watcher:web]\ncmd = @CHILD@ run\n[watcher:worker]\ncmd = @CHILD@ run\n"                      \
    "[plugin:hello]\n"
#define WORKSHOP "[plugin:workshop]\nneeded = x\nautostart = no\nwatchdog = 3000\n"

Test(ctl_completion, complete_prints_what_comes_next_and_what_it_is_for)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 0, "restart\tStop and start the named watchers, or all.\n", "", "complete",
           "resta");
    EXPECT(daemon, 0, "web\nworker\n", "", "complete", "status", "w");
    EXPECT(daemon, 0, "hello\n", "", "complete", "describe", "he");
    EXPECT(daemon, 0, "plugin:hello\n", "", "complete", "describe", "plu");
    EXPECT(daemon, 0, "web\nworker\nplugin:hello\n", "", "complete", "--", "stop", "--wait", "");
    EXPECT(daemon, 0, "hello\n", "", "complete", "invoke", "");
    EXPECT(daemon, 0, "", "", "complete", "add", "");
    EXPECT(daemon, 0, "", "", "complete", "--", "-e", "ipc:///nonexistent/endpoint", "status", "");
    EXPECT_USAGE(daemon,
                 "'complete' needs WORD: the words of the line; of the last one only the "
                 "beginning",
                 "complete [--] [WORD...] BEGINNING", "complete");
}

Test(ctl_completion, pids_and_methods_are_those_of_now)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WORKSHOP);
    daemon_do(daemon, "start", "workshop", true);
    ph_cleanup(ph_freep) char *pid =
        ph_format("%d\n", (int)daemon_status(daemon, "plugin:workshop").pid);
    EXPECT(daemon, 0, pid, "", "complete", "kill", "workshop", "");
    EXPECT(daemon, 0, "add_method\n", "", "complete", "invoke", "workshop", "add_");
    EXPECT(daemon, 0, "level=\n", "", "complete", "set", "workshop", "lev");
}

Test(ctl_completion, options_are_those_of_the_watcher)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    EXPECT(daemon, 0, "numprocesses\n", "", "complete", "get", "web", "nump");
    EXPECT(daemon, 0, "numprocesses\n", "", "complete", "get", "web", "cmd", "nump");
    EXPECT(daemon, 0, "numprocesses=\n", "", "complete", "set", "web", "nump");
    EXPECT(daemon, 0, "run_dir\n", "", "complete", "globaloptions", "run");
    EXPECT(daemon, 0, "", "", "complete", "add", "new", "nump");
}

Test(ctl_completion, there_is_a_script_for_three_shells)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    EXPECT(daemon, 1, "",
           "plughostctl: there is no completion for 'csh'\nhint: there is one for bash, fish and "
           "zsh\n",
           "completion", "csh");
    EXPECT_USAGE(daemon, "'completion' needs SHELL: bash, fish or zsh", "completion SHELL",
                 "completion");
}

/* ---- the shells themselves ---- */

/* Runs a shell that finds our plughostctl, and the daemon. */
static void expect_shell(const daemon_t *daemon, const char *const *argv, const char *out)
{
    ph_cleanup(ph_freep) char *folder = ph_strdup(TEST_PLUGHOSTCTL);
    *strrchr(folder, '/') = '\0';
    ph_cleanup(ph_freep) char *path = ph_format("PATH=%s:%s", folder, getenv("PATH"));
    ph_cleanup(ph_freep) char *home = ph_format("HOME=%s", daemon_dir(daemon));
    ph_cleanup(ph_freep) char *endpoint =
        ph_format("PLUGHOST_ENDPOINT=%s", daemon_endpoint(daemon));
    ph_cleanup(program_destroy) program_t *shell =
        program_run(argv, (const char *const[]){path, home, endpoint, NULL});
    expect_result(shell, 0, out, "");
}

/* What bash does when the tab key is pressed: a colon begins a new word. */
#define BASH                                                                                       \
    "source <(plughostctl completion bash)\n"                                                      \
    "try() { COMP_LINE=$1 COMP_POINT=${#1}; COMPREPLY=(); _plughostctl plughostctl\n"              \
    "        echo \"${COMPREPLY[*]}\"; }\n"                                                        \
    "COMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'\n"                                                    \
    "try 'plughostctl resta'\n"                                                                    \
    "try 'plughostctl status '\n"                                                                  \
    "try 'plughostctl status plugin:h'\n"                                                          \
    "try 'plughostctl stop --wait w'\n"                                                            \
    "try 'plughostctl --endpoint=ipc:///nonexistent/x status '\n"                                  \
    "complete -p plughostctl\n"

Test(ctl_completion, bash_completes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    expect_shell(daemon, (const char *const[]){TEST_BASH, "--norc", "-c", BASH, NULL},
                 "restart\nweb worker plugin:hello\nhello\nweb worker\n\n"
                 "complete -F _plughostctl plughostctl\n");
}

#define FISH                                                                                       \
    "plughostctl completion fish | source\n"                                                       \
    "complete -C 'plughostctl resta'\n"                                                            \
    "complete -C 'plughostctl status '\n"                                                          \
    "complete -C 'plughostctl status plugin:h'\n"                                                  \
    "complete -C 'plughostctl stop --wait w'\n"                                                    \
    "complete -C 'plughostctl reload --seq'\n"

Test(ctl_completion, fish_completes_with_descriptions)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    expect_shell(daemon, (const char *const[]){TEST_FISH, "--no-config", "-c", FISH, NULL},
                 "restart\tStop and start the named watchers, or all.\n"
                 "plugin:hello\nweb\nworker\nplugin:hello\nweb\nworker\n"
                 "--sequential\treplace one process after the other\n");
}

/* The functions of zsh's own that work at a terminal only tell what they are given. */
#define ZSH                                                                                        \
    "compdef() { print -r -- \"$@\" }\n"                                                           \
    "_describe() { [[ -z ${(P)2} ]] || print -rl -- \"${(@P)2}\" $@[3,-1] }\n"                     \
    "source <(plughostctl completion zsh)\n"                                                       \
    "try() { words=(\"$@\") CURRENT=$# PREFIX=$@[-1]; _plughostctl_test }\n"                       \
    "functions -c _plughostctl _plughostctl_test\n"                                                \
    "try plughostctl resta\n"                                                                      \
    "try plughostctl status ''\n"                                                                  \
    "try plughostctl status plugin:h\n"                                                            \
    "try plughostctl set workshop lev\n"

Test(ctl_completion, zsh_completes_with_descriptions)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO WORKSHOP);
    daemon_do(daemon, "start", "workshop", true);
    expect_shell(daemon, (const char *const[]){TEST_ZSH, "-f", "-c", ZSH, NULL},
                 "_plughostctl plughostctl\n"
                 "restart:Stop and start the named watchers, or all.\n"
                 "web\nworker\nplugin\\:hello\nplugin\\:workshop\nplugin\\:hello\nlevel=\n-S\n");
}
