/* plughostctl: what each word does, and what it prints. */
#include "ctl_expect.h"

#include <files.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(ctl_words, .timeout = 60);

#define WEB "[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 2\nautostart = no\n"

static daemon_t *start_web(void)
{
    daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    return daemon;
}

/* Reads process ids that stand on a line each. Returns their number. */
static size_t read_pids(const char *text, pid_t pids[8])
{
    size_t count = 0;
    for (const char *line = text; *line && count < 8; line = strchr(line, '\n') + 1)
        pids[count++] = (pid_t)strtol(line, NULL, 10);
    return count;
}

static size_t list_pids(daemon_t *daemon, pid_t pids[8])
{
    ph_cleanup(ph_freep) char *text = RUN(daemon, "list", "web");
    return read_pids(text, pids);
}

/* ---- how many ---- */

Test(ctl_words, list_of_a_watcher_prints_a_pid_a_line)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    pid_t pids[8];
    cr_assert_eq(list_pids(daemon, pids), 2);
    cr_expect_eq(pids[0], daemon_status(daemon, "web").pid);
    cr_expect_eq(kill(pids[1], 0), 0);
    daemon_do(daemon, "stop", "web", true);
    EXPECT(daemon, 0, "", "", "list", "web");
}

Test(ctl_words, incr_and_decr_print_how_many_there_shall_be)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    EXPECT(daemon, 0, "web: 3 processes\n", "", "incr", "--wait", "web");
    cr_expect_eq(daemon_status(daemon, "web").running, 3);
    EXPECT(daemon, 0, "web: 1 process\n", "", "decr", "--wait", "web", "2");
    cr_expect_eq(daemon_status(daemon, "web").running, 1);
    EXPECT(daemon, 0, "1\n", "", "numprocesses", "web");
    EXPECT(daemon, 0, "web: 2 processes\n", "", "incr", "WEB");
}

Test(ctl_words, numbers_are_printed_bare)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[watcher:db]\ncmd = @CHILD@ run\nautostart = no\n");
    EXPECT(daemon, 0, "2\n", "", "numwatchers");
    EXPECT(daemon, 0, "3\n", "", "numprocesses");
    EXPECT(daemon, 0, "1\n", "", "numprocesses", "db");
}

Test(ctl_words, listsockets_prints_where_they_are)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[socket:site]\npath = @DIR@/site.sock\n"
                              "[socket:api]\nhost = 127.0.0.1\nport = 0\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "site.sock");
    ph_cleanup(ph_freep) char *out = RUN(daemon, "listsockets");
    ph_cleanup(ph_freep) char *end = ph_format(" at %s\n", path);
    cr_expect(strstr(out, "site: descriptor "), "%s", out);
    cr_expect(strstr(out, end), "%s", out);
    cr_expect(strstr(out, "api: descriptor ") && strstr(out, " at 127.0.0.1:"), "%s", out);
}

/* ---- signals ---- */

Test(ctl_words, signal_prints_who_got_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    pid_t pids[8];
    cr_assert_eq(list_pids(daemon, pids), 2);
    ph_cleanup(ph_freep) char *both = ph_format("signalled: %d, %d\n", (int)pids[0], (int)pids[1]);
    ph_cleanup(ph_freep) char *second = ph_format("signalled: %d\n", (int)pids[1]);
    ph_cleanup(ph_freep) char *pid = ph_format("%d", (int)pids[1]);
    EXPECT(daemon, 0, both, "", "signal", "web", "CONT");
    EXPECT(daemon, 0, second, "", "signal", "web", pid, "18");
    EXPECT(daemon, 0, "signalled: nothing\n", "", "signal", "--children", "web", "sigcont");
    EXPECT(daemon, 0, both, "", "signal", "--recursive", "web", "CONT");
}

Test(ctl_words, kill_prints_who_ends_and_others_take_their_place)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    pid_t pids[8], after[8];
    cr_assert_eq(list_pids(daemon, pids), 2);
    ph_cleanup(ph_freep) char *pid = ph_format("%d", (int)pids[0]);
    ph_cleanup(ph_freep) char *killed = ph_format("killed: %s\n", pid);
    EXPECT(daemon, 0, killed, "", "kill", "--wait", "--signum", "KILL", "--graceful-timeout", "5",
           "web", pid);
    cr_assert_eq(list_pids(daemon, after), 2);
    cr_expect(after[0] != pids[0] && after[1] != pids[0]);
    cr_expect(after[0] == pids[1] || after[1] == pids[1]);
}

/* ---- add and rm ---- */

Test(ctl_words, the_words_of_an_added_program_arrive_as_they_are)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    ph_cleanup(ph_freep) char *file = daemon_path(daemon, "words");
    EXPECT(daemon, 0, "added and starting: New\n", "", "add", "--start", "New", TEST_CHILD,
           "arguments", file, "it's \"x\" \\n", "", "--wait", "x=y", "--");
    ph_cleanup(ph_freep) char *words = daemon_wait_file(daemon, "words", "--\n", 5000);
    cr_expect(text_ends(words, "it's \"x\" \\n\n\n--wait\nx=y\n--\n"), "%s", words);
    EXPECT(daemon, 0, "2\n", "", "numwatchers");
}

Test(ctl_words, a_program_with_an_equals_sign_or_a_blank_in_its_name_can_be_added)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    ph_cleanup(ph_freep) char *program = daemon_path(daemon, "a=b c");
    cr_assert_eq(symlink(TEST_CHILD, program), 0);
    EXPECT(daemon, 0, "added and started: new\n", "", "add", "--start", "--wait", "new", "--",
           program, "run");
    EXPECT(daemon, 0, "added: newer\n", "", "add", "newer", "nice=1", "--", program, "run");
    EXPECT(daemon, 0, "added and starting: newest\n", "", "add", "newest", "--start", TEST_CHILD,
           "run");
}

Test(ctl_words, with_shell_the_words_are_a_text_for_the_shell)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    ph_cleanup(ph_freep) char *text =
        ph_format("echo \"$((40 + 2))\" > %s/sum; exec %s", daemon_dir(daemon), TEST_CHILD);
    EXPECT(daemon, 0, "added and started: new\n", "", "add", "--start", "--wait", "new",
           "shell=yes", text, "run");
    ph_cleanup(ph_freep) char *sum = daemon_wait_file(daemon, "sum", "\n", 5000);
    cr_expect_str_eq(sum, "42\n");
}

Test(ctl_words, rm_removes_a_watcher_and_its_processes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    pid_t pid = daemon_status(daemon, "web").pid;
    EXPECT(daemon, 0, "removed: web\n", "", "rm", "--wait", "web");
    cr_expect_eq(kill(pid, 0), -1);
    EXPECT(daemon, 0, "0\n", "", "numwatchers");
}

Test(ctl_words, rm_with_nostop_lets_the_processes_live)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    pid_t pid = daemon_status(daemon, "web").pid;
    EXPECT(daemon, 0, "removed: web\n", "", "rm", "--nostop", "web");
    EXPECT(daemon, 0, "0\n", "", "numwatchers");
    cr_expect_eq(kill(pid, 0), 0);
}

/* ---- reload and reset ---- */

Test(ctl_words, reload_replaces_the_processes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    pid_t before[8], after[8];
    cr_assert_eq(list_pids(daemon, before), 2);
    EXPECT(daemon, 0, "reloaded: web\n", "", "reload", "--wait", "web");
    cr_assert_eq(list_pids(daemon, after), 2);
    for (size_t i = 0; i < 2; i++)
        cr_expect(after[i] != before[0] && after[i] != before[1]);
    EXPECT(daemon, 0, "reloading: web\n", "", "reload");
}

#define BROKEN "[watcher:broken]\ncmd = /nowhere/broken\nrestart_delay = 60\nrestart_jitter = 0\n"

Test(ctl_words, reset_tries_again_what_waits)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(BROKEN);
    daemon_wait_status(daemon, "broken", "backoff", 5000);
    EXPECT(daemon, 0, "reset: broken\n", "", "reset", "broken");
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.broken.backoff", 5000);
    cr_expect_eq(event_number(event, "attempt"), 1);
}

/* ---- why ---- */

Test(ctl_words, why_says_in_one_line_that_nothing_has_died)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    EXPECT(daemon, 0, "web is active: 2 of 2 running; nothing has died\n", "", "why", "web");
}

Test(ctl_words, why_names_the_next_try_and_what_could_not_be_started)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(BROKEN);
    daemon_wait_status(daemon, "broken", "backoff", 5000);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "why");
    cr_expect(strstr(out, "broken is backoff: next try in "), "%s", out);
    cr_expect(strstr(out, " (attempt 2)\n  "), "%s", out);
    cr_expect(strstr(out, "  wid 1 was not started: could not execute '/nowhere/broken': No such "
                          "file or directory\n"),
              "%s", out);
    cr_expect(!strchr(out, '\033'), "colour without a terminal");
}

Test(ctl_words, why_is_a_chain_of_deaths_with_their_last_lines)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = /bin/sh -c \"echo one; echo '\\e[31mtwo'; exit 3\"\n"
        "restart_delay = 0.05\nmax_restarts = 1\nfailed_retry = 0\n");
    daemon_wait_status(daemon, "web", "failed", 5000);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "why", "web");
    cr_expect(strncmp(out, "web is failed: ", 15) == 0, "%s", out);
    const char *first = strstr(out, " (wid 1) ended after 0.0");
    cr_assert(first, "%s", out);
    cr_expect(strstr(first, "s: exit status 3\n"), "%s", out);
    cr_expect(strstr(first, "s: exit status 3   attempt 2\n"), "the newest is the last: %s", out);
    cr_expect(strstr(first, "of memory; its last lines:\n            | one\n"), "%s", out);
    cr_expect(!strchr(out, '\033'), "a control character reached the terminal");
}

Test(ctl_words, why_as_json_is_the_reply)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(BROKEN);
    daemon_wait_status(daemon, "broken", "backoff", 5000);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "--json", "why");
    cr_expect(strstr(out, "\"deaths\":[{\"time\":"), "%s", out);
    cr_expect_eq(text_count(out, "\n"), 1);
}

/* ---- stats ---- */

Test(ctl_words, stats_is_a_table_of_plain_numbers)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    ph_cleanup(ph_freep) char *out = RUN(daemon, "stats");
    int pid = 0, wid = 0;
    long rss = 0, threads = 0;
    cr_expect_eq(text_count(out, "\n"), 3, "%s", out);
    cr_assert_eq(sscanf(out,
                        "WATCHER PID WID CPU%% MEM%% RSS THREADS FDS AGE CTIME COMMAND web %d "
                        "%d %*f %*f %ld %ld",
                        &pid, &wid, &rss, &threads),
                 4, "%s", out);
    cr_expect_eq(pid, daemon_status(daemon, "web").pid);
    cr_expect_eq(wid, 1);
    cr_expect_gt(rss, 10000);
    cr_expect_eq(threads, 1);
    cr_expect(text_ends(out, "test-child run\n"), "%s", out);
}

Test(ctl_words, stats_of_one_process_shows_that_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    ph_cleanup(ph_freep) char *pid = ph_format("%d", (int)daemon_status(daemon, "web").pid);
    ph_cleanup(ph_freep) char *one = RUN(daemon, "stats", "web", pid);
    cr_expect_eq(text_count(one, "\n"), 2, "%s", one);
    cr_expect(strstr(one, pid) && strstr(one, "\nweb"), "%s", one);
    ph_cleanup(ph_freep) char *both = RUN(daemon, "stats", "web", "--extended");
    cr_expect_eq(text_count(both, "\nweb "), 2, "%s", both);
    cr_expect(strstr(both, " USER ") && strstr(both, " PSS "), "%s", both);
}

Test(ctl_words, dstats_is_the_line_of_the_daemon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    ph_cleanup(ph_freep) char *out = RUN(daemon, "dstats");
    int pid = 0;
    cr_expect_eq(text_count(out, "\n"), 2, "%s", out);
    cr_expect_eq(sscanf(strchr(out, '\n'), " plughostd %d - ", &pid), 1, "%s", out);
    cr_expect_eq(pid, daemon_pid(daemon));
}

Test(ctl_words, names_may_be_patterns)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web();
    ph_cleanup(ph_freep) char *out = RUN(daemon, "stop", "--wait", "--match", "glob", "w*");
    cr_expect(strstr(out, "web"), "%s", out);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(ctl_words, stats_adds_up_what_descends_from_a_process)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\n"
                          "graceful_timeout = 0.1\n");
    free(daemon_wait_file(daemon, "pids", "\n", 5000));
    ph_cleanup(ph_freep) char *out = RUN(daemon, "stats");
    cr_expect(strstr(out, " 1 below it\n"), "%s", out);
}

Test(ctl_words, stats_without_processes_says_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    EXPECT(daemon, 0, "", "plughostctl: there are no processes\n", "stats");
    EXPECT(daemon, 0, "", "plughostctl: there are no sockets\n", "listsockets");
}

/* ---- status ---- */

Test(ctl_words, status_shows_who_waits_for_a_connection)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[socket:site]\npath = @DIR@/site.sock\n"
                          "[watcher:web]\ncmd = @CHILD@ run $(circus.sockets.site)\n"
                          "use_sockets = yes\non_demand = yes\n");
    daemon_wait_status(daemon, "web", "waiting", 5000);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "status");
    cr_expect(strstr(out, " waiting "), "%s", out);
}

Test(ctl_words, status_shows_what_a_process_says_of_itself)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\nnotify = yes\ncmd = python3 -c \"import os,signal,socket;"
        "s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM);a=os.environ['NOTIFY_SOCKET'];"
        "s.connect(chr(0)+a[1:] if a[0]=='@' else a);"
        "s.send(b'STATUS=serving 3 clients'+bytes([10])+b'READY=1');signal.pause()\"\n");
    daemon_wait_status(daemon, "web", "active", 10000);
    ph_cleanup(ph_freep) char *out = RUN(daemon, "status");
    cr_expect(text_ends(out, " serving 3 clients\n"), "%s", out);
}
