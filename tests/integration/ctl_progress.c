/* plughostctl: what is seen of a command that takes long. */
#include "ctl_expect.h"

#include <errno.h>
#include <files.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <terminal.h>

TestSuite(ctl_progress, .timeout = 60);

/* Each ignores SIGTERM, so that its end takes as long as `graceful_timeout` says. */
#define SLOW(name, seconds)                                                                        \
    "[watcher:" name "]\ncmd = @CHILD@ ignore-term @DIR@/" name "\nautostart = no\n"               \
    "graceful_timeout = " seconds "\n"

static void start_slow(daemon_t *daemon, const char *name)
{
    daemon_do(daemon, "start", name, true);
    free(daemon_wait_file(daemon, name, "\n", 5000));
}

Test(ctl_progress, without_a_terminal_each_change_is_a_line)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW("web", "2") SLOW("db", "60"));
    start_slow(daemon, "web");
    EXPECT(daemon, 0, "stopped: web, db\n", "web: stopping\nweb: stopped\n", "stop", "--wait");
}

Test(ctl_progress, what_takes_less_than_a_second_shows_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW("web", "0.3"));
    start_slow(daemon, "web");
    EXPECT(daemon, 0, "restarted: web\n", "", "restart", "--wait", "web");
}

Test(ctl_progress, json_has_no_progress)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW("web", "1.5"));
    start_slow(daemon, "web");
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "--json", "stop", "--wait", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0);
    cr_expect_str_eq(program_err(ctl), "");
}

Test(ctl_progress, a_refusal_comes_behind_the_progress)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW("web", "60"));
    start_slow(daemon, "web");
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_run_ctl(daemon, "-t", "1.5", "stop", "--wait", "web", NULL);
    cr_expect_eq(program_wait(ctl, 0), 1);
    cr_expect(strncmp(program_err(ctl), "web: stopping\nplughostctl: no answer to 'stop' from ",
                      strlen("web: stopping\nplughostctl: no answer to 'stop' from ")) == 0,
              "%s", program_err(ctl));
    cr_expect(
        text_ends(program_err(ctl), "hint: it goes on; 'plughostctl status' shows how far it is\n"),
        "%s", program_err(ctl));
    cr_assert_eq(kill(daemon_status(daemon, "web").pid, SIGKILL), 0);
}

/* The daemon does not answer a question about its watchers any more when the command is done. */
Test(ctl_progress, the_daemons_end_is_seen)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW("web", "2"));
    start_slow(daemon, "web");
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "quit", "--wait", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0);
    cr_expect_str_eq(program_out(ctl), "all processes are gone; plughostd is ending\n");
    cr_expect(strncmp(program_err(ctl), "web: stopping\n", 14) == 0, "%s", program_err(ctl));
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

/* ---- on a terminal ---- */

static program_t *terminal_start(const struct terminal *self, const daemon_t *daemon,
                                 const char *word)
{
    static const char *const env[] = {"TERM=xterm", "NO_COLOR=1", NULL};
    const char *const argv[] = {TEST_PLUGHOSTCTL, "-e", daemon_endpoint(daemon), word,
                                "--wait",         NULL};
    return program_start(
        &(struct program_spec){.argv = argv, .env = env, .output = terminal_path(self)});
}

Test(ctl_progress, on_a_terminal_a_line_is_drawn_in_place_and_erased)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW("web", "3") SLOW("db", "60"));
    static struct terminal terminal;
    start_slow(daemon, "web");
    terminal_open(&terminal, 24, 80);
    ph_cleanup(program_destroy) program_t *ctl = terminal_start(&terminal, daemon, "stop");
    cr_expect(terminal_wait(&terminal, "web  stopping  0/1    1s ", 10000), "%s", terminal.text);
    cr_expect(terminal_wait(&terminal, "db   stopped   0/1 ", 10000), "%s", terminal.text);
    cr_expect(terminal_wait(&terminal, "\033[K\r\n\033[J\033[2Aweb  stopping  0/1    2s ", 10000),
              "%s", terminal.text);
    cr_expect(terminal_wait(&terminal, "\033[2A\033[Jstopped: web, db\r\n", 10000), "%s",
              terminal.text);
    cr_expect_eq(program_wait(ctl, 10000), 0);
    terminal_close(&terminal);
}

Test(ctl_progress, a_small_window_shows_what_it_can_and_counts_the_others)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SLOW("a", "60") SLOW("b", "60") SLOW("c", "60") SLOW("slow", "2"));
    static struct terminal terminal;
    start_slow(daemon, "slow");
    terminal_open(&terminal, 4, 24);
    ph_cleanup(program_destroy) program_t *ctl = terminal_start(&terminal, daemon, "stop");
    cr_expect(terminal_wait(&terminal, "slow  stopping  0/1", 10000), "%s", terminal.text);
    cr_expect(terminal_wait(&terminal, "and 2 more: 2 stopped\033[K\r\n\033[J", 10000), "%s",
              terminal.text);
    cr_expect(!strstr(terminal.text, "c     stopped"), "%s", terminal.text);
    cr_expect_eq(program_wait(ctl, 10000), 0);
    terminal_close(&terminal);
}

Test(ctl_progress, ctrl_c_ends_it_by_the_signal_and_leaves_the_cursor_at_a_line_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW("web", "4"));
    static struct terminal terminal;
    start_slow(daemon, "web");
    terminal_open(&terminal, 24, 80);
    ph_cleanup(program_destroy) program_t *ctl = terminal_start(&terminal, daemon, "stop");
    cr_assert(terminal_wait(&terminal, "\033[K\r\n\033[J", 10000), "%s", terminal.text);
    program_signal(ctl, SIGINT);
    cr_expect_eq(program_wait(ctl, 5000), -SIGINT);
    terminal_wait(&terminal, "nothing more", 100);
    cr_expect(text_ends(terminal.text, "\033[K\r\n\033[J"), "%s", terminal.text);
    terminal_close(&terminal);
}
