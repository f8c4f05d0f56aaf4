/* plughostctl shell: at a terminal and from a file. */
#include "ctl_expect.h"

#include <files.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <terminal.h>
#include <unistd.h>

TestSuite(ctl_shell, .timeout = 60);

enum { WAIT_MS = 10000 };

#define TWO                                                                                        \
    "[watcher:web]\ncmd = @CHILD@ run\n[watcher:worker]\ncmd = @CHILD@ run\n"                      \
    "[plugin:hello]\n"
#define NO_WATCHER                                                                                 \
    "plughostctl: no watcher is named 'nope'\nhint: 'plughostctl list' shows the names\n"
#define PROMPT "plughost> "

/* ---- a terminal ---- */

struct sitting {
    struct terminal terminal;
    program_t *program;
};

static struct sitting sitting;

static void begin_at(const daemon_t *daemon, const char *endpoint, const char *term,
                     const char *word)
{
    ph_cleanup(ph_freep) char *state = ph_format("XDG_STATE_HOME=%s", daemon_dir(daemon));
    ph_cleanup(ph_freep) char *home = ph_format("HOME=%s", daemon_dir(daemon));
    ph_cleanup(ph_freep) char *kind = ph_format("TERM=%s", term);
    const char *const env[] = {state, home, kind, "NO_COLOR=1", NULL};
    const char *const argv[] = {TEST_PLUGHOSTCTL, "-e", endpoint, word, NULL};
    terminal_open(&sitting.terminal, 24, 80);
    sitting.program = program_start(&(struct program_spec){
        .argv = argv, .env = env, .terminal = terminal_path(&sitting.terminal)});
    cr_assert(terminal_wait(&sitting.terminal, PROMPT, WAIT_MS), "%s", sitting.terminal.text);
}

static void begin(const daemon_t *daemon)
{
    begin_at(daemon, daemon_endpoint(daemon), "xterm", NULL);
}

/* Types a text and waits for what comes of it. */
static void type(const char *text, const char *wanted)
{
    terminal_forget(&sitting.terminal);
    terminal_type(&sitting.terminal, text);
    cr_assert(terminal_wait(&sitting.terminal, wanted, WAIT_MS), "'%s' is not in: %s", wanted,
              sitting.terminal.text);
}

/* Waits for what comes next. */
static void see(const char *wanted)
{
    cr_assert(terminal_wait(&sitting.terminal, wanted, WAIT_MS), "'%s' is not in: %s", wanted,
              sitting.terminal.text);
}

static void end(const char *how)
{
    terminal_type(&sitting.terminal, how);
    cr_expect_eq(program_wait(sitting.program, WAIT_MS), 0);
    program_destroy(&sitting.program);
    terminal_close(&sitting.terminal);
}

#define CTRL_C "\003"
#define CTRL_D "\004"
#define UP "\033[A"

Test(ctl_shell, lines_are_commands_and_ctrl_d_leaves)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin(daemon);
    cr_expect(strstr(sitting.terminal.text, " has 3 watchers\r\n"), "%s", sitting.terminal.text);
    type("numwatchers\n", "\r\n3\r\n" PROMPT);
    type("list 'web'  \n", PROMPT);
    type("status \"nope\"\n", "plughostctl: no watcher is named 'nope'\r\n");
    see(PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, it_is_left_by_exit_and_by_quit_shell)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin(daemon);
    end("exit\n");
    begin_at(daemon, daemon_endpoint(daemon), "xterm", "shell");
    end("quit-shell\n");
    EXPECT(daemon, 0, "3\n", "", "numwatchers");
}

Test(ctl_shell, the_tab_key_completes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin(daemon);
    type("numw\t", "atchers ");
    type("\n", "\r\n3\r\n" PROMPT);
    type("status w\t", "\r\nweb     worker\r\n");
    type("o\t", "rker ");
    type("\n", "worker active ");
    see(PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, a_word_that_goes_on_gets_no_blank)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:workshop]\nneeded = x\nautostart = no\nwatchdog = 3000\n");
    daemon_do(daemon, "start", "workshop", true);
    begin(daemon);
    type("set workshop lev\t", "el=");
    type("4\t\n", "reconfigured: plugin:workshop\r\n");
    see(PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, ctrl_c_abandons_the_line)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin(daemon);
    type("stop web", "stop web");
    type(CTRL_C, PROMPT);
    type("numwatchers\n", "\r\n3\r\n" PROMPT);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
    end(CTRL_D);
}

Test(ctl_shell, ctrl_c_ends_what_runs_and_not_the_shell)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin(daemon);
    type("listen watcher.web.\n", "listen watcher.web.\r\n");
    for (bool is_there = false; !is_there;) { /* until it has subscribed */
        daemon_do(daemon, "restart", "web", true);
        is_there = terminal_wait(&sitting.terminal, " watcher.web.spawn ", 100);
    }
    type(CTRL_C, "^C\r\n" PROMPT);
    type("numwatchers\n", "\r\n3\r\n" PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, quit_is_asked_about)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin(daemon);
    type("quit\n", "End the daemon and all it runs? [y/N] ");
    type("\n", "plughostctl: the daemon goes on; 'exit' leaves the shell\r\n" PROMPT);
    type("QUIT --wait\n", "End the daemon and all it runs? [y/N] ");
    type(CTRL_C, "plughostctl: the daemon goes on; 'exit' leaves the shell\r\n" PROMPT);
    type("quit --help\n", "usage: plughostctl [OPTION...] quit [--wait]\r\n");
    see(PROMPT);
    type("quit\n", "End the daemon and all it runs? [y/N] ");
    type("y\n", "plughostd is ending\r\n" PROMPT);
    cr_expect_eq(daemon_wait_end(daemon, WAIT_MS), 0);
    type("ping\n", "plughostctl: no plughostd at ");
    see(PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, without_a_daemon_it_says_so_and_waits_for_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin_at(daemon, "ipc:///nonexistent/endpoint", "xterm", NULL);
    cr_expect(strstr(sitting.terminal.text, "plughostctl: no plughostd at "
                                            "ipc:///nonexistent/endpoint: "),
              "%s", sitting.terminal.text);
    type("status \t", "\a");
    type("\n", "plughostctl: no plughostd at ");
    see(PROMPT);
    type("help\n", "Here 'exit' or Ctrl-D leaves; 'quit' ends the daemon.\r\n" PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, a_daemon_that_goes_away_leaves_the_shell)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin(daemon);
    type("ping\n", "pong from plughostd ");
    see(PROMPT);
    cr_assert_eq(kill(daemon_pid(daemon), SIGKILL), 0);
    for (bool is_gone = false; !is_gone;) { /* until its socket is */
        type("ping\n", PROMPT);
        is_gone = strstr(sitting.terminal.text, "plughostctl: no plughostd at ");
    }
    type("exit now\n", "plughostctl: unknown command 'exit'\r\n");
    see(PROMPT);
    end(CTRL_D);
    daemon_kill(daemon);
}

Test(ctl_shell, what_was_typed_comes_back_also_in_the_next_shell)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "plughost/history");
    begin(daemon);
    type("numwatchers\n", "\r\n3\r\n" PROMPT);
    type("numwatchers\n", "\r\n3\r\n" PROMPT);
    type(" list web\n", PROMPT);
    type(UP, "numwatchers");
    type("\n", "\r\n3\r\n" PROMPT);
    end(CTRL_D);
    ph_cleanup(ph_freep) char *text = file_read(path);
    cr_expect_str_eq(text, "numwatchers\n", "a line again, or one that begins with a blank");

    begin(daemon);
    type(UP, "numwatchers");
    type("\n", "\r\n3\r\n" PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, a_history_that_cannot_be_kept_is_told_and_no_more)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "plughost");
    file_write(path, "no folder");
    begin(daemon);
    cr_expect(strstr(sitting.terminal.text, "plughostctl: cannot open the history '"), "%s",
              sitting.terminal.text);
    type("numwatchers\n", "\r\n3\r\n" PROMPT);
    type(UP, "numwatchers");
    type(CTRL_C, PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, a_terminal_that_cannot_move_its_cursor_has_lines_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin_at(daemon, daemon_endpoint(daemon), "dumb", NULL);
    type("numwatchers\n", "\r\n3\r\n" PROMPT);
    type("stop web", "stop web");
    type(CTRL_C, PROMPT);
    type("quit\n", "End the daemon and all it runs? [y/N] ");
    type(CTRL_C, "plughostctl: the daemon goes on; 'exit' leaves the shell\r\n" PROMPT);
    cr_expect(!strchr(sitting.terminal.text, '\033'), "%s", sitting.terminal.text);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
    end(CTRL_D);
}

Test(ctl_shell, a_shell_within_the_shell_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    begin(daemon);
    type("shell\n", "plughostctl: this is the shell already\r\n" PROMPT);
    type("--json\n", "plughostctl: no command is given\r\n");
    see(PROMPT);
    end(CTRL_D);
}

Test(ctl_shell, the_options_of_the_shell_hold_for_each_line)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    ph_cleanup(ph_freep) char *state = ph_format("XDG_STATE_HOME=%s", daemon_dir(daemon));
    const char *const argv[] = {TEST_PLUGHOSTCTL, "--circus", "-e", daemon_endpoint(daemon), NULL};
    terminal_open(&sitting.terminal, 24, 80);
    sitting.program = program_start(
        &(struct program_spec){.argv = argv,
                               .env = (const char *const[]){state, "TERM=xterm", NULL},
                               .terminal = terminal_path(&sitting.terminal)});
    see("(circusctl) ");
    type("list\n", "\r\nplugin:hello,web,worker\r\n(circusctl) ");
    type("--json numwatchers\n", "\"numwatchers\":3");
    see("(circusctl) ");
    end(CTRL_D);
}

/* ---- a file ---- */

static program_t *run_file(const daemon_t *daemon, const char *text)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "lines");
    file_write(path, text);
    const char *const argv[] = {TEST_PLUGHOSTCTL, "-e", daemon_endpoint(daemon), "shell", NULL};
    program_t *program = program_start(&(struct program_spec){.argv = argv, .input = path});
    program_wait(program, WAIT_MS);
    return program;
}

static void expect_file(const daemon_t *daemon, const char *text, int code, const char *out,
                        const char *err)
{
    ph_cleanup(program_destroy) program_t *program = run_file(daemon, text);
    expect_result(program, code, out, err);
}

Test(ctl_shell, a_file_of_lines_is_run_once_and_without_prompts)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    expect_file(daemon, "# a comment\n\n  numwatchers\r\nnumprocesses web\nexit\nnumwatchers\n", 0,
                "3\n1\n", "");
    expect_file(daemon, "numwatchers", 0, "3\n", "");
}

Test(ctl_shell, errors_do_not_end_it_and_the_first_one_is_its_status)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    expect_file(daemon, "stop nope\nicnr web\nnumwatchers\n", 1, "3\n",
                NO_WATCHER "plughostctl: unknown command 'icnr'\nhint: did you mean 'incr'?\n");
    expect_file(daemon, "list 'web\nlist \"web\nstop nope\nnumwatchers\n", 2, "3\n",
                "plughostctl: a ' is not closed\nplughostctl: a \" is not closed\n" NO_WATCHER);
}

Test(ctl_shell, quit_in_a_file_is_not_asked_about)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    expect_file(daemon, "quit\n", 0, "plughostd is ending\n", "");
    cr_expect_eq(daemon_wait_end(daemon, WAIT_MS), 0);
    ph_cleanup(program_destroy) program_t *program = run_file(daemon, "ping\nlist\n");
    cr_expect_eq(program_wait(program, 0), 3);
}

Test(ctl_shell, without_a_terminal_a_command_is_needed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    const char *const argv[] = {TEST_PLUGHOSTCTL, "-e", daemon_endpoint(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program =
        program_start(&(struct program_spec){.argv = argv, .input = "/dev/null"});
    expect_result(program, 2, "",
                  "plughostctl: no command is given\nhint: see 'plughostctl help'\n");
}
