#include "spawning.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <scratch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_program(const char *folder, const char *name, const char *text, unsigned mode)
{
    ph_cleanup(ph_freep) char *path = scratch_write(folder, name, text, mode);
    cr_assert_not_null(path);
}

/* ---- what is executed ---- */

Test(spawn, a_program_gets_its_arguments_and_exactly_its_environment, .timeout = 20)
{
    expect_output(&SPEC(.argv = WORDS("printf", "<%s>", "a b", "", "c"), .envp = plain_env),
                  "<a b><><c>");
    expect_output(&SPEC(.argv = WORDS("/usr/bin/env"), .envp = WORDS("A=1", "B=two words")),
                  "A=1\nB=two words\n");
}

Test(spawn, the_exit_status_comes_through_the_pidfd, .timeout = 20)
{
    int status;
    ph_cleanup(ph_freep) char *output =
        run_child(&SPEC(.argv = WORDS("sh", "-c", "exit 7"), .envp = plain_env), &status);
    cr_expect_str_eq(output, "");
    cr_expect(WIFEXITED(status));
    cr_expect_eq(WEXITSTATUS(status), 7);
}

Test(spawn, a_name_is_looked_up_in_the_path_of_the_child, .timeout = 20)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    write_program(folder, "plughost-unit-script", "#!/bin/sh\necho found\n", 0755);
    ph_cleanup(ph_freep) char *path = ph_format("PATH=/nowhere:%s:/bin", folder);
    expect_output(&SPEC(.argv = WORDS("plughost-unit-script"), .envp = WORDS(path)), "found\n");
    cr_expect_str_eq(spawn_failure(&SPEC(.argv = WORDS("plughost-unit-script"),
                                         .envp = WORDS("PATH=/nowhere:/bin")),
                                   PH_NOT_FOUND, 0),
                     "could not execute 'plughost-unit-script': it is not in PATH");
}

Test(spawn, an_executable_file_later_in_the_path_beats_one_that_is_not, .timeout = 20)
{
    ph_cleanup(scratch_destroy) char *first = scratch_new();
    ph_cleanup(scratch_destroy) char *second = scratch_new();
    ph_cleanup(ph_freep) char *plain = scratch_write(first, "script", "#!/bin/sh\n", 0644);
    write_program(second, "script", "#!/bin/sh\necho 2\n", 0755);
    ph_cleanup(ph_freep) char *path = ph_format("PATH=%s:%s", first, second);
    ph_cleanup(ph_freep) char *only_first = ph_format("PATH=%s", first);
    ph_cleanup(ph_freep) char *expected =
        ph_format("could not execute '%s': it has no permission to be executed", plain);
    expect_output(&SPEC(.argv = WORDS("script"), .envp = WORDS(path)), "2\n");
    cr_expect_str_eq(
        spawn_failure(&SPEC(.argv = WORDS("script"), .envp = WORDS(only_first)), PH_SYSTEM, EACCES),
        expected);
}

/* Which folder a relative one is depends on who asks: the daemon and the child may differ. */
Test(spawn, folders_of_the_path_that_are_not_absolute_are_passed_over, .timeout = 20)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    write_program(folder, "plughost-unit-script", "#!/bin/sh\necho found\n", 0755);
    cr_assert_eq(chdir(folder), 0);
    static const char *const paths[] = {"PATH=.", "PATH=:/bin", "PATH=/bin:", "PATH=../bin:.:/bin"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        cr_expect_str_eq(
            spawn_failure(&SPEC(.argv = WORDS("plughost-unit-script"), .envp = WORDS(paths[i])),
                          PH_NOT_FOUND, 0),
            "could not execute 'plughost-unit-script': it is not in PATH", "%s", paths[i]);
    ph_cleanup(ph_freep) char *path = ph_format("PATH=.:%s", folder);
    expect_output(&SPEC(.argv = WORDS("plughost-unit-script"), .envp = WORDS(path)), "found\n");
}

Test(spawn, without_a_path_the_usual_folders_are_searched, .timeout = 20)
{
    expect_output(&SPEC(.argv = WORDS("printf", "x"), .envp = WORDS("A=1")), "x");
}

/* ---- what cannot be executed ---- */

static const char *execution_failure(const char *program, int sys_errno)
{
    return spawn_failure(&SPEC(.argv = WORDS(program), .envp = plain_env), PH_SYSTEM, sys_errno);
}

Test(spawn, a_file_that_is_missing_is_named)
{
    cr_expect_str_eq(execution_failure("/nowhere/program", ENOENT),
                     "could not execute '/nowhere/program': No such file or directory");
}

Test(spawn, a_file_that_is_not_executable_is_named)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *file = scratch_write(folder, "plain", "#!/bin/sh\n", 0644);
    ph_cleanup(ph_freep) char *expected =
        ph_format("could not execute '%s': it has no permission to be executed", file);
    cr_expect_str_eq(execution_failure(file, EACCES), expected);
    cr_expect_str_eq(execution_failure("/tmp", EACCES),
                     "could not execute '/tmp': it is a directory");
}

Test(spawn, a_script_whose_interpreter_is_missing_is_told_apart_from_a_missing_script)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *file = scratch_write(folder, "script", "#!/nowhere/sh\n", 0755);
    ph_cleanup(ph_freep) char *expected =
        ph_format("could not execute '%s': the interpreter that it names is missing", file);
    cr_expect_str_eq(execution_failure(file, ENOENT), expected);
}

Test(spawn, a_file_that_is_no_program_is_said_to_be_none)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *file = scratch_write(folder, "text", "just text\n", 0755);
    ph_cleanup(ph_freep) char *expected = ph_format(
        "could not execute '%s': it is neither a program nor a script that begins with #!", file);
    cr_expect_str_eq(execution_failure(file, ENOEXEC), expected);
}

Test(spawn, a_name_that_is_empty_is_in_no_path)
{
    cr_expect_str_eq(spawn_failure(&SPEC(.argv = WORDS(""), .envp = plain_env), PH_NOT_FOUND, 0),
                     "could not execute '': it is not in PATH");
}

/* ---- the working directory ---- */

Test(spawn, the_working_directory_is_that_of_the_child_only, .timeout = 20)
{
    char before[PATH_MAX], after[PATH_MAX];
    cr_assert_not_null(getcwd(before, sizeof before));
    expect_output(&SPEC(.argv = WORDS("/bin/pwd"), .envp = plain_env, .working_dir = "/usr"),
                  "/usr\n");
    cr_assert_not_null(getcwd(after, sizeof after));
    cr_expect_str_eq(after, before);
}

Test(spawn, a_working_directory_that_is_missing_is_named)
{
    cr_expect_str_eq(spawn_failure(&SPEC(.argv = WORDS("/bin/true"), .envp = plain_env,
                                         .working_dir = "/nowhere"),
                                   PH_SYSTEM, ENOENT),
                     "could not enter working directory '/nowhere': No such file or directory");
    cr_expect_str_eq(spawn_failure(&SPEC(.argv = WORDS("/bin/true"), .envp = plain_env,
                                         .working_dir = "/dev/null"),
                                   PH_SYSTEM, ENOTDIR),
                     "could not enter working directory '/dev/null': Not a directory");
}

Test(spawn, a_relative_program_is_one_of_the_working_directory, .timeout = 20)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    write_program(folder, "good", "#!/bin/sh\necho ok\n", 0755);
    write_program(folder, "bad", "#!/nowhere/sh\n", 0755);
    expect_output(&SPEC(.argv = WORDS("./good"), .envp = plain_env, .working_dir = folder), "ok\n");
    cr_expect_str_eq(
        spawn_failure(&SPEC(.argv = WORDS("./bad"), .envp = plain_env, .working_dir = folder),
                      PH_SYSTEM, ENOENT),
        "could not execute './bad': the interpreter that it names is missing");
}

/* ---- what the child inherits ---- */

/* Prints the open descriptors, without the one that the look itself takes. */
#define LIST_DESCRIPTORS                                                                           \
    WORDS("/bin/sh", "-c",                                                                         \
          "for f in /proc/self/fd/*; do [ -e $f ] && printf '%s ' ${f##*/}; done; true")

/* Stands for a daemon whose descriptors are arranged first: those of the test itself belong to
 * Criterion. Ends with the status of its child. */
static void spawn_after(void (*arrange)(struct spawn_spec *spec), struct spawn_spec spec,
                        const char *path)
{
    int pidfd, status = 0;
    int output = open(path, O_WRONLY | O_CLOEXEC);
    dup2(output, STDOUT_FILENO);
    arrange(&spec);
    pid_t pid = spawn(&spec, &pidfd, NULL);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        _exit(99);
    _exit(WEXITSTATUS(status));
}

static void expect_output_after(void (*arrange)(struct spawn_spec *spec), const char *const *argv,
                                const char *expected)
{
    int status;
    struct spawn_spec spec = SPEC(.argv = argv, .envp = plain_env);
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = scratch_write(folder, "output", "", 0600);
    pid_t pid = fork();
    if (pid == 0)
        spawn_after(arrange, spec, path);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
    ph_cleanup(ph_freep) char *output = scratch_read(path);
    cr_expect_str_eq(output, expected);
}

static void leave_some_open(struct spawn_spec *spec)
{
    (void)spec;
    dup2(STDERR_FILENO, 3); /* without close-on-exec */
    dup2(STDERR_FILENO, 300);
}

Test(spawn, the_child_sees_no_descriptor_but_the_standard_ones, .timeout = 20)
{
    expect_output_after(leave_some_open, LIST_DESCRIPTORS, "0 1 2 ");
}

static void close_standard_input(struct spawn_spec *spec)
{
    (void)spec;
    close(STDIN_FILENO);
}

Test(spawn, a_daemon_without_standard_input_gives_its_children_one, .timeout = 20)
{
    expect_output_after(close_standard_input, LIST_DESCRIPTORS, "0 1 2 ");
}

/* Gives a descriptor that reads `text`, at a number of its own. */
static void open_text(const char *text, int wanted)
{
    int fd = memfd_create("unit", MFD_CLOEXEC);
    ssize_t length = (ssize_t)strlen(text);
    if (write(fd, text, strlen(text)) != length || lseek(fd, 0, SEEK_SET) != 0)
        _exit(98);
    if (fd != wanted) {
        dup3(fd, wanted, O_CLOEXEC);
        close(fd);
    }
}

static void give(struct spawn_spec *spec, const struct spawn_fd *fds, size_t count)
{
    static struct spawn_fd room[8];
    memcpy(room, fds, count * sizeof *fds);
    spec->fds = room;
    spec->fd_count = count;
}

static void inherit_at_three(struct spawn_spec *spec)
{
    open_text("inherited", 3);
    give(spec, (struct spawn_fd[]){{3, 3}}, 1);
}

static void inherit_at_fifty(struct spawn_spec *spec)
{
    open_text("inherited", 50);
    give(spec, (struct spawn_fd[]){{50, 3}}, 1);
}

Test(spawn, an_inherited_descriptor_has_its_number_wherever_it_was, .timeout = 20)
{
    expect_output_after(inherit_at_three, LIST_DESCRIPTORS, "0 1 2 3 ");
    expect_output_after(inherit_at_fifty, LIST_DESCRIPTORS, "0 1 2 3 ");
    expect_output_after(inherit_at_three, WORDS("sh", "-c", "cat <&3"), "inherited");
    expect_output_after(inherit_at_fifty, WORDS("sh", "-c", "cat <&3"), "inherited");
}

/* Each source of the ring is the goal of another, and one of them is given twice. */
static void inherit_in_a_ring(struct spawn_spec *spec)
{
    open_text("a", 3);
    open_text("b", 4);
    open_text("c", 5);
    give(spec, (struct spawn_fd[]){{3, 4}, {4, 5}, {5, 3}, {3, 9}, {5, 0}}, 5);
}

Test(spawn, descriptors_that_take_the_place_of_each_other_do_not_get_lost, .timeout = 20)
{
    static const char read_all[] = "for i in 0 3 4 5 9; do cat /proc/self/fd/$i; done";
    expect_output_after(inherit_in_a_ring, LIST_DESCRIPTORS, "0 1 2 3 4 5 9 ");
    expect_output_after(inherit_in_a_ring, WORDS("sh", "-c", read_all), "ccaba");
}

static void swap_outputs(struct spawn_spec *spec)
{
    give(spec, (struct spawn_fd[]){{STDOUT_FILENO, STDERR_FILENO}, {SPAWN_NULL, STDOUT_FILENO}}, 2);
}

Test(spawn, output_may_go_where_errors_went_and_to_nowhere, .timeout = 20)
{
    expect_output_after(swap_outputs, WORDS("sh", "-c", "echo out; echo err >&2"), "err\n");
}

static void close_all_and_give(struct spawn_spec *spec)
{
    dup2(STDOUT_FILENO, 20);
    open_text("input", 21);
    for (int fd = 0; fd < 10; fd++)
        close(fd);
    give(spec, (struct spawn_fd[]){{20, 1}, {21, 0}, {SPAWN_NULL, 2}, {SPAWN_NULL, 7}}, 4);
}

/* /dev/null itself is opened at a number that is wanted by another then. */
Test(spawn, a_daemon_without_standard_descriptors_gives_its_children_the_right_ones, .timeout = 20)
{
    expect_output_after(close_all_and_give, LIST_DESCRIPTORS, "0 1 2 7 ");
    expect_output_after(close_all_and_give, WORDS("cat"), "input");
}

Test(spawn, what_is_inherited_stays_close_on_exec_for_the_daemon, .timeout = 20)
{
    ph_cleanup(ph_closep) int fd = memfd_create("unit", MFD_CLOEXEC);
    struct spawn_fd given = {fd, 3};
    expect_output(&SPEC(.argv = WORDS("true"), .envp = plain_env, .fds = &given, .fd_count = 1),
                  "");
    cr_expect_neq(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}

Test(spawn, a_descriptor_that_is_not_open_is_named_by_its_number_in_the_child)
{
    struct spawn_fd given = {900, 3};
    cr_expect_str_eq(
        spawn_failure(&SPEC(SHELL("true"), .fds = &given, .fd_count = 1), PH_SYSTEM, EBADF),
        "could not set up descriptor '3': Bad file descriptor");
}

Test(spawn, standard_input_is_empty, .timeout = 20)
{
    expect_output(&SPEC(.argv = WORDS("cat"), .envp = plain_env), "");
}

static void ignore(int number)
{
    (void)number;
}

Test(spawn, signals_are_neither_blocked_nor_ignored_in_the_child, .timeout = 20)
{
    sigset_t set, now;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, ignore);
    expect_output(
        &SPEC(.argv = WORDS("sed", "-n", "/^Sig[BI]/p", "/proc/self/status"), .envp = plain_env),
        "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");

    struct sigaction action;
    sigprocmask(SIG_SETMASK, NULL, &now);
    cr_expect(sigismember(&now, SIGTERM), "ours must stay blocked");
    cr_expect_not(sigismember(&now, SIGHUP), "and no other");
    sigaction(SIGPIPE, NULL, &action);
    cr_expect_eq(action.sa_handler, SIG_IGN, "ours must stay ignored");
    sigaction(SIGUSR1, NULL, &action);
    cr_expect_eq(action.sa_handler, ignore, "our handler must stay");
}

Test(spawn, the_child_leads_a_session_and_a_process_group, .timeout = 20)
{
    int status, pid, parent, group, session;
    ph_cleanup(ph_freep) char *stat =
        run_child(&SPEC(.argv = WORDS("cat", "/proc/self/stat"), .envp = plain_env), &status);
    cr_assert_eq(sscanf(stat, "%d (cat) %*c %d %d %d", &pid, &parent, &group, &session), 4);
    cr_expect_eq(parent, getpid());
    cr_expect_eq(group, pid);
    cr_expect_eq(session, pid);
}

Test(spawn, the_pidfd_is_not_inherited_by_later_children)
{
    int pidfd = -1;
    struct spawn_spec spec = SPEC(.argv = WORDS("true"), .envp = plain_env);
    pid_t pid = spawn(&spec, &pidfd, NULL);
    cr_assert_gt(pid, 0);
    cr_expect_neq(fcntl(pidfd, F_GETFD) & FD_CLOEXEC, 0);
    close(pidfd);
    waitpid(pid, NULL, 0);
}
