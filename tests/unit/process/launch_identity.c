#include "spawning.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <scratch.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(launch_identity, .timeout = 20);

#define SHOW_IDS                                                                                   \
    .argv = WORDS("sed", "-En", "/^(Uid|Gid|Groups):/p", "/proc/self/status"), .envp = plain_env

Test(launch_identity, the_child_gets_user_group_and_groups_for_good_or_it_is_not_started)
{
    gid_t groups[2];
    struct identity identity = other_identity(groups);
    struct spawn_spec spec = SPEC(SHOW_IDS, .identity = &identity);
    if (is_root()) {
        expect_output(&spec, "Uid:\t54321\t54321\t54321\t54321\n"
                             "Gid:\t54322\t54322\t54322\t54322\n"
                             "Groups:\t54322 54323 \n");
        cr_expect_eq(getuid(), 0, "we stay root");
    } else
        cr_expect_str_eq(spawn_failure(&spec, PH_SYSTEM, EPERM),
                         "could not become '54321': Operation not permitted");
}

Test(launch_identity, groups_that_are_not_given_stay)
{
    int status;
    gid_t groups[] = {7, 8};
    char name[] = "54321";
    struct identity identity = {.is_set = true,
                                .uid = geteuid(),
                                .gid = is_root() ? OTHER_ID : getegid(),
                                .user = name,
                                .group = name};
    cr_expect_eq(syscall(SYS_setgroups, 2, groups), is_root() ? 0 : -1);
    ph_cleanup(ph_freep) char *ours = scratch_read("/proc/self/status");
    const char *line = strstr(ours, "Groups:");
    ph_cleanup(ph_freep) char *expected =
        ph_format("Gid:\t%u\t%u\t%u\t%u\n%.*s\n", identity.gid, identity.gid, identity.gid,
                  identity.gid, (int)strcspn(line, "\n"), line);
    ph_cleanup(ph_freep) char *output = run_child(&SPEC(SHOW_IDS, .identity = &identity), &status);
    cr_expect_not_null(strstr(output, expected), "'%s' is not in '%s'", expected, output);
}

Test(launch_identity, a_daemon_gives_its_children_its_own_identity_whoever_it_is)
{
    char name[] = "self";
    struct identity identity = {
        .is_set = true, .uid = geteuid(), .gid = getegid(), .user = name, .group = name};
    expect_output(&SPEC(SHELL("true"), .identity = &identity), "");
    identity = (struct identity){.uid = OTHER_ID};
    ph_cleanup(ph_freep) char *ours = ph_format("%u\n", geteuid());
    expect_output(&SPEC(SHELL("id -u"), .identity = &identity), ours);
}

/* Drops root in a process of its own, and says whether a spawn as somebody else is refused. */
static int try_without_privileges(void)
{
    gid_t groups[2];
    struct identity identity = other_identity(groups);
    struct ph_error err = {0};
    int pidfd;
    if (is_root() && setuid(OTHER_ID + 7) < 0)
        return 1;
    if (spawn(&SPEC(SHELL("true"), .identity = &identity), &pidfd, &err) != -1)
        return 2;
    return strcmp(err.message, "could not become '54321': Operation not permitted") != 0;
}

Test(launch_identity, without_privileges_nobody_else_can_be_started)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(try_without_privileges());
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
}

Test(launch_identity, the_daemon_can_still_leave_a_core_file_after_a_change_of_user)
{
    gid_t groups[2];
    int pidfd = -1;
    struct identity identity = other_identity(groups);
    cr_assert_eq(prctl(PR_SET_DUMPABLE, 1), 0);
    pid_t pid = spawn(&SPEC(SHELL("true"), .identity = &identity), &pidfd, NULL);
    cr_expect_eq(pid > 0, is_root());
    cr_expect_eq(prctl(PR_GET_DUMPABLE), 1);
    ph_closep(&pidfd);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

/* Root could enter the folder, and everybody can enter one that is open. */
Test(launch_identity, the_working_directory_must_be_allowed_to_the_child_itself)
{
    gid_t groups[2];
    struct identity identity = other_identity(groups);
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    cr_assert_eq(chmod(folder, 0700), 0);
    struct spawn_spec spec = SPEC(SHELL("pwd"), .identity = &identity, .working_dir = folder);
    ph_cleanup(ph_freep) char *expected =
        ph_format("could not enter working directory '%s': Permission denied", folder);
    if (is_root())
        cr_expect_str_eq(spawn_failure(&spec, PH_SYSTEM, EACCES), expected);
    else
        cr_expect_str_eq(spawn_failure(&spec, PH_SYSTEM, EPERM),
                         "could not become '54321': Operation not permitted");
}

Test(launch_identity, a_program_that_only_others_may_execute_is_told_so)
{
    gid_t groups[2];
    struct identity identity = other_identity(groups);
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    cr_assert_eq(chmod(folder, 0755), 0);
    ph_cleanup(ph_freep) char *file = scratch_write(folder, "script", "#!/bin/sh\n", 0700);
    struct spawn_spec spec = SPEC(.argv = WORDS(file), .envp = plain_env, .identity = &identity);
    ph_cleanup(ph_freep) char *expected =
        ph_format("could not execute '%s': its user may not execute it", file);
    if (is_root())
        cr_expect_str_eq(spawn_failure(&spec, PH_SYSTEM, EACCES), expected);
    else
        cr_expect_str_eq(spawn_failure(&spec, PH_SYSTEM, EPERM),
                         "could not become '54321': Operation not permitted");
}
