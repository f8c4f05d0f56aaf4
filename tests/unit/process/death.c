#include <alloc.h>
#include <criterion/criterion.h>
#include <process/death.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts a child in a group of its own that exits with `status`, or kills itself with `number`. */
static pid_t start(int status, int number)
{
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(number > 0 ? number : SIGTERM, SIG_DFL);
        if (number > 0)
            raise(number);
        _exit(status);
    }
    return pid;
}

/* Waits for the end of a child without reaping it, as the daemon knows from the pidfd. */
static void await_end(pid_t pid)
{
    siginfo_t info;
    cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void expect_death(pid_t pid, int exit_code, const char *cause)
{
    struct death death = {0};
    await_end(pid);
    death_reap(&death, pid);
    cr_expect_eq(death.exit_code, exit_code);
    cr_expect_str_eq(death.cause, cause);
    cr_expect_eq(waitpid(pid, NULL, WNOHANG), -1, "it must be reaped");
    death_release(&death);
    cr_expect_null(death.cause);
}

Test(death, an_exit_has_its_status, .timeout = 10)
{
    expect_death(start(0, 0), 0, "exit status 0");
    expect_death(start(3, 0), 3, "exit status 3");
    expect_death(start(255, 0), 255, "exit status 255");
}

Test(death, a_signal_has_its_name_and_a_negative_code, .timeout = 10)
{
    expect_death(start(0, SIGKILL), -SIGKILL, "killed by SIGKILL");
    expect_death(start(0, SIGTERM), -SIGTERM, "killed by SIGTERM");
    expect_death(start(0, SIGSEGV), -SIGSEGV, "killed by SIGSEGV");
}

static void expect_foreseen(pid_t pid, const char *cause)
{
    struct death death = {0};
    await_end(pid);
    ph_cleanup(ph_freep) char *foreseen = death_foresee(pid);
    cr_expect_str_eq(foreseen, cause);
    cr_expect(death_reap(&death, pid), "it is still to be reaped");
    cr_expect_str_eq(death.cause, cause);
    death_release(&death);
}

Test(death, the_cause_is_known_before_it_is_reaped, .timeout = 10)
{
    expect_foreseen(start(3, 0), "exit status 3");
    expect_foreseen(start(0, SIGSEGV), "killed by SIGSEGV");
}

Test(death, a_second_death_replaces_the_first, .timeout = 10)
{
    struct death death = {0};
    for (int status = 1; status <= 2; status++) {
        pid_t pid = start(status, 0);
        await_end(pid);
        death_reap(&death, pid);
        cr_expect_eq(death.exit_code, status);
    }
    cr_expect_str_eq(death.cause, "exit status 2");
    death_release(&death);
}

Test(death, a_cause_that_is_known_better_replaces_it)
{
    struct death death = {0};
    death_set_cause(&death, "handle_init failed");
    death_set_cause(&death, death.cause);
    cr_expect_str_eq(death.cause, "handle_init failed");
    death_release(&death);
}

/* Becomes the parent of a process that holds `alive` open until it is killed. */
static pid_t start_with_grandchild(int alive[2])
{
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        if (fork() == 0)
            for (;;)
                pause();
        _exit(0);
    }
    close(alive[1]);
    return pid;
}

Test(death, the_rest_of_the_process_group_dies_too, .timeout = 10)
{
    int alive[2];
    char byte;
    struct death death = {0};
    cr_assert_eq(pipe(alive), 0);
    pid_t pid = start_with_grandchild(alive);
    await_end(pid);
    death_reap(&death, pid);
    cr_expect_eq(read(alive[0], &byte, 1), 0, "the grandchild's end must be closed");
    death_release(&death);
}
