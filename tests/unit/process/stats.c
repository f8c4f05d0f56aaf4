#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <own_descriptors.h>
#include <process/stats.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BURNT_TICKS = 20, SECOND_MS = 1000 };

static struct process_stats read_own(struct stats_sample *sample)
{
    struct process_stats stats;
    struct ph_error err;
    cr_assert_eq(stats_read(getpid(), false, sample, &stats, &err), 0, "%s", err.message);
    return stats;
}

/* Uses the CPU until the kernel has counted it. Returns what it says then. */
static struct proc_stat burn(void)
{
    struct proc_stat row;
    do
        cr_assert_eq(proc_stat_read(getpid(), &row, NULL), 0);
    while (row.cpu_ticks < BURNT_TICKS);
    return row;
}

/* ---- one process ---- */

Test(stats, this_process_is_described)
{
    double now = ph_clock_wall();
    struct process_stats stats = read_own(NULL);
    cr_expect_eq(stats.pid, getpid());
    cr_expect_eq(stats.ppid, getppid());
    cr_expect_eq(stats.state, 'R');
    cr_expect_eq(stats.nice, getpriority(PRIO_PROCESS, 0));
    cr_expect_geq(stats.threads, 1);
    cr_expect_eq(stats.uid, getuid());
    cr_expect_gt(stats.rss_bytes, 100 << 10);
    cr_expect_gt(stats.vms_bytes, stats.rss_bytes);
    cr_expect_gt(stats.memory_percent, 0);
    cr_expect_lt(stats.memory_percent, 100);
    cr_expect_geq(stats.age_seconds, 0);
    cr_expect_lt(stats.age_seconds, 60);
    cr_expect_float_eq(stats.created_at + stats.age_seconds, now, 1);
    cr_expect_eq(stats.pss_bytes, -1, "it was not asked for");
    cr_expect_geq(stats.read_bytes, 0);
    cr_expect_geq(stats.write_bytes, 0);
    cr_expect_str_not_empty(stats.cmdline);
}

Test(stats, descriptors_are_counted)
{
    int64_t before = read_own(NULL).descriptors;
    ph_cleanup(ph_closep) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_expect_eq(read_own(NULL).descriptors, before + 1);
}

Test(stats, the_share_of_shared_memory_is_read_when_it_is_asked_for)
{
    struct process_stats stats;
    cr_assert_eq(stats_read(getpid(), true, NULL, &stats, NULL), 0);
    cr_expect_gt(stats.pss_bytes, 0);
    cr_expect_leq(stats.pss_bytes, 2 * stats.rss_bytes);
}

Test(stats, the_user_is_named)
{
    struct process_stats stats = read_own(NULL);
    ph_cleanup(ph_freep) char *digits = ph_format("%u", (unsigned)getuid());
    cr_expect_str_eq(stats.username, getuid() == 0 ? "root" : stats.username);
    cr_expect_str_not_empty(stats.username);
    cr_expect(getuid() > 0 || strcmp(stats.username, digits) != 0);
}

Test(stats, a_process_that_is_gone_is_not_found, .timeout = 10)
{
    struct process_stats stats = {.pid = 5};
    struct stats_sample sample = {0};
    struct ph_error err = {0};
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    ph_cleanup(ph_freep) char *expected = ph_format("there is no process %d", (int)pid);
    cr_expect_eq(stats_read(pid, true, &sample, &stats, &err), -1);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, expected);
    cr_expect_eq(stats.pid, 5);
    cr_expect_eq(sample.at_ms, 0);
}

Test(stats, one_that_ended_and_is_not_reaped_is_shown_by_its_name, .timeout = 10)
{
    siginfo_t info;
    struct process_stats stats;
    struct proc_stat row;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    cr_assert_eq(stats_read(pid, true, NULL, &stats, NULL), 0);
    cr_assert_eq(proc_stat_read(pid, &row, NULL), 0);
    ph_cleanup(ph_freep) char *expected = ph_format("[%s]", row.name);
    cr_expect_eq(stats.state, 'Z');
    cr_expect_str_eq(stats.cmdline, expected);
    cr_expect_eq(stats.rss_bytes, 0);
    cr_expect_eq(stats.pss_bytes, -1);
    waitpid(pid, NULL, 0);
}

/* Starts `argv` and waits until it is executed: then the pipe is closed. */
static pid_t start(char *const argv[])
{
    int ends[2];
    char byte;
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        execv("/bin/sleep", argv);
        _exit(127);
    }
    close(ends[1]);
    cr_assert_eq(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    return pid;
}

Test(stats, arguments_are_text_whatever_they_hold, .timeout = 10)
{
    struct process_stats stats;
    char first[] = "a\xff\nb", second[] = "1000";
    pid_t pid = start((char *[]){first, second, NULL});
    cr_assert_eq(stats_read(pid, false, NULL, &stats, NULL), 0);
    cr_expect_str_eq(stats.cmdline, "a??b 1000");
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

Test(stats, a_look_leaves_no_descriptor_open)
{
    struct process_stats stats;
    unsigned before = count_descriptors();
    cr_assert_eq(stats_read(getpid(), true, NULL, &stats, NULL), 0);
    cr_expect_eq(count_descriptors(), before);
    cr_expect_eq(stats_read(INT32_MAX, true, NULL, &stats, NULL), -1);
    cr_expect_eq(count_descriptors(), before);
}

/* ---- the CPU ---- */

Test(stats, without_a_sample_the_share_is_that_of_the_whole_life, .timeout = 60)
{
    burn();
    struct process_stats stats = read_own(NULL);
    cr_expect_geq(stats.cpu_seconds, 0.2);
    cr_expect_float_eq(stats.cpu_percent, stats.cpu_seconds * 100 / stats.age_seconds,
                       stats.cpu_percent / 5);
}

Test(stats, with_a_sample_the_share_is_that_since_then, .timeout = 60)
{
    struct proc_stat row = burn();
    int64_t at_ms = ph_clock_ms() - 100 * SECOND_MS;
    struct stats_sample sample = {row.start_ticks, row.cpu_ticks - BURNT_TICKS, at_ms, 0};
    struct process_stats stats = read_own(&sample);
    cr_expect_float_eq(stats.cpu_percent, 0.2, 0.1);
    cr_expect_gt(sample.at_ms, at_ms);
    cr_expect_geq(sample.cpu_ticks, row.cpu_ticks);
    cr_expect_float_eq(sample.cpu_percent, stats.cpu_percent, 1e-9);
}

Test(stats, a_sample_that_is_very_young_keeps_its_share)
{
    struct proc_stat row;
    cr_assert_eq(proc_stat_read(getpid(), &row, NULL), 0);
    int64_t at_ms = ph_clock_ms() + SECOND_MS;
    struct stats_sample sample = {row.start_ticks, 0, at_ms, 42};
    cr_expect_eq(read_own(&sample).cpu_percent, 42);
    cr_expect_eq(sample.at_ms, at_ms);
}

Test(stats, a_sample_of_another_process_does_not_count)
{
    struct stats_sample sample = {1, 0, ph_clock_ms() + SECOND_MS, 4200};
    cr_expect_lt(read_own(&sample).cpu_percent, 200);
    cr_expect_neq(sample.start_ticks, 1);
}

/* ---- a tree ---- */

/* A child with a child. Returns the first when both are there. */
static pid_t start_two(void)
{
    int ends[2];
    char byte;
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        pid_t inner = fork();
        if (inner == 0 && write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    cr_assert_eq(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    close(ends[1]);
    return pid;
}

Test(stats, a_tree_is_the_sum_of_what_descends, .timeout = 10)
{
    struct tree_stats sum, inner;
    pid_t pid = start_two();
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    cr_assert_eq(stats_read_tree(table, getpid(), NULL, &sum, NULL), 0);
    cr_assert_eq(stats_read_tree(table, pid, NULL, &inner, NULL), 0);
    cr_expect_eq(sum.count, 2);
    cr_expect_eq(sum.threads, 2);
    cr_expect_eq(inner.count, 1);
    cr_expect_gt(inner.rss_bytes, 0);
    cr_expect_gt(sum.rss_bytes, inner.rss_bytes);
    cr_expect_gt(sum.vms_bytes, inner.vms_bytes);
    cr_expect_gt(sum.memory_percent, inner.memory_percent);
    kill(-pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

Test(stats, a_sum_that_got_less_used_nothing)
{
    struct tree_stats sum;
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    const struct proc_stat *own = proctable_find(table, getpid());
    struct stats_sample sample = {own->start_ticks, 1000, ph_clock_ms() - SECOND_MS, 0};
    cr_assert_eq(stats_read_tree(table, getpid(), &sample, &sum, NULL), 0);
    cr_expect_eq(sum.count, 0);
    cr_expect_eq(sum.cpu_percent, 0);
    cr_expect_eq(sample.cpu_ticks, 0);
}

Test(stats, the_tree_of_one_that_is_not_there_is_not_found)
{
    struct tree_stats sum;
    struct ph_error err = {0};
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    cr_expect_eq(stats_read_tree(table, INT32_MAX, NULL, &sum, &err), -1);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "there is no process 2147483647");
}
