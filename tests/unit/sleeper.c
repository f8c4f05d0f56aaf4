#include "sleeper.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t sleeper_start(void)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (pause() < 0)
        continue;
    _exit(EXIT_FAILURE);
}

void sleeper_kill(pid_t pid)
{
    siginfo_t info;
    cr_assert_eq(kill(pid, SIGKILL), 0);
    cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

void sleeper_end(pid_t pid)
{
    sleeper_kill(pid);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
}
