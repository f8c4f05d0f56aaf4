/* plughostctl logs: what processes have written, and what they write. */
#include "ctl_expect.h"

#include <files.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

TestSuite(ctl_logs, .timeout = 60);

#define TALKS(name, text) "[watcher:" name "]\ncmd = @CHILD@ print " text "\n"

/* Starts a daemon and waits until all of what its processes print is there. */
static daemon_t *start_talking(const char *text, size_t lines)
{
    daemon_t *daemon = daemon_start_with(text);
    for (int i = 0; i < 500; i++) {
        ph_cleanup(ph_freep) char *out = RUN(daemon, "logs");
        if (text_count(out, "\n") >= lines)
            return daemon;
    }
    cr_assert_fail("the lines do not come");
    return NULL;
}

Test(ctl_logs, a_line_has_time_watcher_stream_and_text)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(TALKS("Web", "hello"), 2);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "logs");
    int year, day, ms;
    char rest[100];
    cr_assert_eq(sscanf(out, "%4d-%*2d-%2d %*2d:%*2d:%*2d.%3d %99[^\n]", &year, &day, &ms, rest), 4,
                 "%s", out);
    cr_expect_gt(year, 2000);
    cr_expect(strstr(out, "] | out: hello\n"), "%s", out);
    cr_expect(strstr(out, "] ! err: hello\n"), "%s", out);
    cr_expect(strncmp(rest, "Web[", 4) == 0, "%s", rest);
    cr_expect(!strchr(out, '\033'), "colour without a terminal");
}

Test(ctl_logs, the_last_lines_are_shown)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_talking(TALKS("web", "hello") TALKS("db", "hi"), 4);
    ph_cleanup(ph_freep) char *one = RUN(daemon, "logs", "-n1");
    cr_expect_eq(text_count(one, "\n"), 1, "%s", one);
    ph_cleanup(ph_freep) char *db = RUN(daemon, "logs", "--lines", "10", "DB");
    cr_expect(!strstr(db, "hello") && strstr(db, "| out: hi\n"), "%s", db);
    EXPECT(daemon, 0, "", "", "logs", "-n", "0");
    EXPECT(daemon, 1, "", "plughostctl: lines = 100000: it must be 0 to 10000\n", "logs", "-n",
           "100000");
}

Test(ctl_logs, since_leaves_out_what_came_before)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(TALKS("web", "hello"), 2);
    ph_cleanup(ph_freep) char *all = RUN(daemon, "logs", "--since", "10m");
    cr_expect_eq(text_count(all, "\n"), 2, "%s", all);
    EXPECT(daemon, 0, "", "", "logs", "--since", "@4000000000");
    ph_cleanup(ph_freep) char *ever = RUN(daemon, "logs", "--since", "2001-01-01 00:00");
    cr_expect_eq(text_count(ever, "\n"), 2, "%s", ever);
}

Test(ctl_logs, control_characters_do_not_reach_the_terminal)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(
        "[watcher:web]\ncmd = /bin/sh -c \"printf '\\033[31mred\\n'; exec sleep 1000\"\n", 1);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "logs");
    cr_expect(strstr(out, "[31mred\n") && !strchr(out, '\033'), "%s", out);
}

Test(ctl_logs, json_is_the_reply)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(TALKS("web", "hello"), 2);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "--json", "logs");
    cr_expect_eq(text_count(out, "\n"), 1);
    cr_expect(strstr(out, "\"stream\":\"stderr\",\"text\":\"err: hello\"}"), "%s", out);
}

/* ---- following ---- */

/* Counts without a pause in between: what is lost or shown twice at the joint of past and present
 * is seen. */
#define COUNTS                                                                                     \
    "[watcher:web]\ncmd = /bin/sh -c \"i=0; while i=$((i+1)); do echo n $i; sleep 0.01; done\"\n"  \
    "[watcher:web2]\ncmd = @CHILD@ print other\nautostart = no\n"

Test(ctl_logs, follow_goes_on_without_a_gap_and_without_a_line_twice)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(COUNTS, 5);
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_start_ctl(daemon, "logs", "-f", "-n", "10000", "WEB", NULL);
    cr_assert(program_wait_out(ctl, "| n 1\n", 5000));
    daemon_do(daemon, "start", "web2", true);
    cr_assert(program_wait_out(ctl, "| n 200\n", 20000), "%s", program_out(ctl));
    program_signal(ctl, SIGINT);
    cr_expect_eq(program_wait(ctl, 5000), 0);
    const char *at = program_out(ctl);
    for (int i = 1; i <= 200; i++) {
        int number = 0;
        at = strstr(at, "| n ");
        cr_assert(at && sscanf(at, "| n %d", &number) == 1);
        cr_assert_eq(number, i, "%d stands where %d should", number, i);
        at++;
    }
    cr_expect(!strstr(program_out(ctl), "other"), "another watcher's name begins the same");
}

Test(ctl_logs, follow_ends_quietly_when_nobody_reads_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(COUNTS, 5);
    ph_cleanup(program_destroy) program_t *ctl = daemon_start_ctl(daemon, "logs", "--follow", NULL);
    cr_assert(program_wait_out(ctl, "| n ", 5000));
    program_close_out(ctl);
    cr_expect_eq(program_wait(ctl, 5000), 0);
    cr_expect_str_eq(program_err(ctl), "");
}

Test(ctl_logs, follow_ends_with_the_daemon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(TALKS("web", "hello"), 2);
    ph_cleanup(program_destroy) program_t *ctl =
        daemon_start_ctl(daemon, "--json", "logs", "-f", NULL);
    cr_assert(program_wait_out(ctl, "\"lines\":[", 5000));
    daemon_do(daemon, "restart", "web", true);
    cr_assert(program_wait_out(ctl, "{\"topic\":\"log.web\",\"body\":{", 5000), "%s",
              program_out(ctl));
    daemon_do(daemon, "quit", NULL, false);
    cr_expect_eq(program_wait(ctl, 10000), 0);
    cr_expect_str_eq(program_err(ctl), "plughostctl: the daemon has ended\n");
}

Test(ctl_logs, follow_of_an_unknown_watcher_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(TALKS("web", "hello"), 2);
    EXPECT(daemon, 1, "", "plughostctl: no watcher is named 'wbe'\nhint: did you mean 'web'?\n",
           "logs", "-f", "wbe");
}

Test(ctl_logs, listen_without_topics_shows_no_output)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_talking(COUNTS, 5);
    ph_cleanup(program_destroy) program_t *logs = daemon_start_ctl(daemon, "logs", "-f", NULL);
    cr_assert(program_wait_out(logs, "| n ", 5000));
    ph_cleanup(program_destroy) program_t *all = daemon_start_ctl(daemon, "listen", NULL);
    ph_cleanup(program_destroy) program_t *asked = daemon_start_ctl(daemon, "listen", "log.", NULL);
    cr_expect(program_wait_out(asked, " log.web name=web ", 5000), "%s", program_out(asked));
    for (int i = 0; i < 100 && !strstr(program_out(all), "watcher.web2."); i++) {
        daemon_do(daemon, "restart", "web2", true);
        program_wait_out(all, "watcher.web2.", 100);
    }
    cr_expect(strstr(program_out(all), "watcher.web2."), "it hears nothing");
    cr_expect(!strstr(program_out(all), " log.web"), "%s", program_out(all));
    cr_expect_str_eq(program_err(all), "");
}
