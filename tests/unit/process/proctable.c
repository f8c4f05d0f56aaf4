#include <alloc.h>
#include <criterion/criterion.h>
#include <own_descriptors.h>
#include <poll.h>
#include <process/proctable.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBERS                                                                                    \
    " 7 8 9 34816 -1 4194560 100 200 0 0 12 30 5 6 20 -5 3 0 4711 10485760 256 184467440737 1 1"

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/* ---- the text ---- */

Test(proctable, each_number_is_taken_from_its_place)
{
    struct proc_stat stat;
    cr_assert_eq(proc_stat_parse("42 (sleep) S" NUMBERS "\n", &stat, NULL), 0);
    cr_expect_eq(stat.pid, 42);
    cr_expect_str_eq(stat.name, "sleep");
    cr_expect_eq(stat.state, 'S');
    cr_expect_eq(stat.ppid, 7);
    cr_expect_eq(stat.pgrp, 8);
    cr_expect_eq(stat.session, 9);
    cr_expect_eq(stat.cpu_ticks, 42);
    cr_expect_eq(stat.nice, -5);
    cr_expect_eq(stat.threads, 3);
    cr_expect_eq(stat.start_ticks, 4711);
    cr_expect_eq(stat.vms_bytes, 10485760);
    cr_expect_eq(stat.rss_pages, 256);
}

Test(proctable, a_name_may_hold_anything)
{
    static const struct {
        const char *text, *name;
    } rows[] = {
        {"42 (a) b (c) R" NUMBERS, "a) b (c"},
        {"42 () R" NUMBERS, ""},
        {"42 () R 1 2) R" NUMBERS, ") R 1 2"},
        {"42 (\n) R" NUMBERS, "\n"},
        {"42 (a name longer than fits) R" NUMBERS, "a name longer t"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct proc_stat stat = {0};
        cr_expect_eq(proc_stat_parse(rows[i].text, &stat, NULL), 0, "%s", rows[i].text);
        cr_expect_str_eq(stat.name, rows[i].name);
        cr_expect_eq(stat.state, 'R');
        cr_expect_eq(stat.ppid, 7);
    }
}

Test(proctable, what_is_no_such_line_is_refused)
{
    static const char *const texts[] = {
        "",
        "42",
        "42 (a",
        "42 a) S" NUMBERS,
        "x (a) S" NUMBERS,
        "42 (a)",
        "42 (a) ",
        "42 (a) S",
        "42 (a) S 1 2 3 4",
        "0 (a) S" NUMBERS,
        "42 )a( S1",
        "-1 (a) S" NUMBERS,
        "42 (a)S" NUMBERS,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct proc_stat stat = {.pid = 5};
        struct ph_error err = {0};
        cr_expect_eq(proc_stat_parse(texts[i], &stat, &err), -1, "'%s'", texts[i]);
        cr_expect_eq(err.code, PH_MALFORMED);
        cr_expect_eq(stat.pid, 5);
    }
    struct ph_error err;
    struct proc_stat stat;
    proc_stat_parse("nonsense", &stat, &err);
    cr_expect_str_eq(err.message, "cannot understand 'nonsense' in /proc");
}

/* ---- one process ---- */

Test(proctable, this_process_is_read)
{
    struct proc_stat stat;
    cr_assert_eq(proc_stat_read(getpid(), &stat, NULL), 0);
    cr_expect_eq(stat.pid, getpid());
    cr_expect_eq(stat.ppid, getppid());
    cr_expect_eq(stat.pgrp, getpgrp());
    cr_expect_eq(stat.session, getsid(0));
    cr_expect_eq(stat.state, 'R');
}

Test(proctable, a_process_that_is_gone_is_not_found, .timeout = 10)
{
    struct proc_stat stat;
    struct ph_error err = {0};
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    ph_cleanup(ph_freep) char *expected = ph_format("there is no process %d", (int)pid);
    cr_expect_eq(proc_stat_read(pid, &stat, &err), -1);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, expected);
}

Test(proctable, a_file_is_read_as_far_as_there_is_room)
{
    char text[8];
    cr_expect_eq(proc_read(getpid(), "stat", text, sizeof text), 7);
    cr_expect_eq(strlen(text), 7);
    cr_expect_eq(proc_read(getpid(), "nonsense", text, sizeof text), -1);
}

/* ---- all of them ---- */

/* Tells its number and waits to be killed; its child does too, and so on. */
static void be_chain(int report, unsigned length)
{
    while (length > 1 && fork() == 0)
        length--;
    pid_t self = getpid();
    prctl(PR_SET_NAME, "a) b (c");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (write(report, &self, sizeof self) != sizeof self)
        _exit(1);
    for (;;)
        pause();
}

/* Starts a chain and waits until each has reported. Returns the first. */
static pid_t start_chain(unsigned length)
{
    int ends[2];
    pid_t reported;
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0)
        be_chain(ends[1], length);
    for (unsigned i = 0; i < length; i++)
        cr_assert_eq(read(ends[0], &reported, sizeof reported), (ssize_t)sizeof reported);
    close(ends[0]);
    close(ends[1]);
    return pid;
}

Test(proctable, a_process_is_found_whatever_its_name, .timeout = 10)
{
    pid_t pid = start_chain(1);
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    const struct proc_stat *row = proctable_find(table, pid);
    cr_assert_not_null(row);
    cr_expect_str_eq(row->name, "a) b (c");
    cr_expect_eq(row->ppid, getpid());
    cr_expect_not_null(proctable_find(table, getpid()));
    cr_expect_null(proctable_find(table, 0));
    cr_expect_null(proctable_find(table, -1));
    cr_expect_null(proctable_find(table, INT32_MAX));
    end_child(pid);
}

Test(proctable, children_are_told_from_grandchildren, .timeout = 10)
{
    pid_t a = start_chain(2), b = start_chain(1);
    size_t count;
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    const struct proc_stat *const *children = proctable_children(table, getpid(), &count);
    cr_assert_eq(count, 2);
    cr_expect_eq(children[0]->pid + children[1]->pid, a + b);
    proctable_children(table, b, &count);
    cr_expect_eq(count, 0);
    end_child(a);
    end_child(b);
}

Test(proctable, descendants_come_nearest_first, .timeout = 10)
{
    pid_t pid = start_chain(5);
    size_t count;
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    ph_cleanup(ph_freep) const struct proc_stat **found = proctable_descendants(table, pid, &count);
    cr_assert_eq(count, 4);
    pid_t parent = pid;
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(found[i]->ppid, parent);
        parent = found[i]->pid;
    }
    ph_cleanup(ph_freep) const struct proc_stat **none =
        proctable_descendants(table, parent, &count);
    cr_expect_eq(count, 0);
    cr_expect_not_null(none);
    end_child(pid);
}

Test(proctable, a_process_that_ended_and_was_not_reaped_is_a_zombie, .timeout = 10)
{
    siginfo_t info;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    cr_assert_not_null(proctable_find(table, pid));
    cr_expect_eq(proctable_find(table, pid)->state, 'Z');
    cr_expect_eq(waitpid(pid, NULL, WNOHANG), pid);
}

Test(proctable, a_snapshot_leaves_no_descriptor_open)
{
    unsigned before = count_descriptors();
    proctable_t *table = proctable_new(NULL);
    proctable_destroy(&table);
    cr_expect_null(table);
    proctable_destroy(&table);
    cr_expect_eq(count_descriptors(), before);
}

/* A table that holds nobody would say that all are gone. */
Test(proctable, a_want_of_descriptors_is_an_error_and_no_empty_table, .timeout = 10)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct ph_error err = {0};
        for (unsigned spare = 0; spare < 2; spare++) {
            int next = dup(STDERR_FILENO);
            close(next);
            setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)next + spare, (rlim_t)next + 1});
            if (proctable_new(&err) || err.code != PH_SYSTEM)
                _exit(1);
        }
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
}
