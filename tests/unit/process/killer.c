#include <alloc.h>
#include <criterion/criterion.h>
#include <process/killer.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static loop_t *loop;
static unsigned ends;

static void on_end(void *arg)
{
    ends++;
    loop_end(arg);
}

static void set_up(void)
{
    zsys_handler_set(NULL);
    loop = loop_new(NULL);
    ends = 0;
}

static void tear_down(void)
{
    loop_destroy(&loop);
}

TestSuite(killer, .init = set_up, .fini = tear_down, .timeout = 20);

static struct proc_stat start(void)
{
    struct proc_stat row;
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    cr_assert_eq(proc_stat_read(pid, &row, NULL), 0);
    return row;
}

Test(killer, a_process_is_killed_once_and_reaped)
{
    struct proc_stat row = start();
    ph_cleanup(killer_destroy) killer_t *killer = killer_new(loop, NULL, on_end, loop);
    cr_expect(killer_kill(killer, &row));
    cr_expect(killer_kill(killer, &row));
    loop_run(loop);
    cr_expect_eq(ends, 1);
    cr_expect_eq(waitpid(row.pid, NULL, WNOHANG), -1, "it must be reaped");
}

Test(killer, a_number_that_belongs_to_another_process_now_is_left_alone)
{
    int status;
    struct proc_stat row = start();
    row.start_ticks--;
    ph_cleanup(killer_destroy) killer_t *killer = killer_new(loop, NULL, on_end, loop);
    cr_expect(killer_kill(killer, &row));
    kill(row.pid, SIGTERM);
    cr_assert_eq(waitpid(row.pid, &status, 0), row.pid);
    cr_expect_eq(WTERMSIG(status), SIGTERM, "SIGKILL would have come first");
}

Test(killer, a_process_that_is_gone_needs_no_second_try)
{
    struct proc_stat row = start();
    kill(row.pid, SIGKILL);
    cr_assert_eq(waitpid(row.pid, NULL, 0), row.pid);
    ph_cleanup(killer_destroy) killer_t *killer = killer_new(loop, NULL, on_end, loop);
    cr_expect(killer_kill(killer, &row));
}

Test(killer, one_that_is_dying_may_be_forgotten)
{
    struct proc_stat row = start();
    killer_t *killer = killer_new(loop, NULL, on_end, loop);
    cr_expect(killer_kill(killer, &row));
    killer_destroy(&killer);
    cr_expect_null(killer);
    cr_assert_eq(waitpid(row.pid, NULL, 0), row.pid);
}
