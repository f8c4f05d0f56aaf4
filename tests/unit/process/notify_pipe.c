#include <alloc.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <own_descriptors.h>
#include <process/notify_pipe.h>
#include <sys/wait.h>
#include <unistd.h>

/* A pipe, and what was told of it. */
struct outcome {
    notify_pipe_t *pipe;
    unsigned calls;
    bool is_ready;
};

static loop_t *loop;

static void set_up(void)
{
    zsys_handler_set(NULL);
    loop = loop_new(NULL);
    cr_assert_not_null(loop);
}

static void tear_down(void)
{
    loop_destroy(&loop);
}

TestSuite(notify_pipe, .init = set_up, .fini = tear_down, .timeout = 30);

static void note_and_end(void *arg, bool is_ready)
{
    struct outcome *self = arg;
    self->calls++;
    self->is_ready = is_ready;
    loop_end(loop);
}

static void make_pipe(struct outcome *self, int *child_fd)
{
    struct ph_error err = {0};
    self->pipe = notify_pipe_new(loop, note_and_end, self, child_fd, &err);
    cr_assert_not_null(self->pipe, "%s", err.message);
}

static void outcome_release(struct outcome *self)
{
    notify_pipe_destroy(&self->pipe);
}

static void expect_outcome(const struct outcome *outcome, bool is_ready)
{
    cr_expect_eq(outcome->calls, 1, "%u calls", outcome->calls);
    cr_expect_eq(outcome->is_ready, is_ready);
}

static void say(int fd, const char *text)
{
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void end_from_timer(void *arg)
{
    loop_end(arg);
}

/* Runs the loop until everything that is readable now has had its turn. */
static void run_a_while(void)
{
    struct timer timer = {.fire = end_from_timer, .arg = loop};
    timers_start(loop_timers(loop), &timer, 20);
    loop_run(loop);
}

Test(notify_pipe, a_newline_means_ready)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    ph_cleanup(ph_closep) int child_fd = -1;
    make_pipe(&outcome, &child_fd);
    say(child_fd, "\n");
    loop_run(loop);
    expect_outcome(&outcome, true);
}

Test(notify_pipe, what_stands_before_the_newline_is_passed_over)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    ph_cleanup(ph_closep) int child_fd = -1;
    make_pipe(&outcome, &child_fd);
    for (int i = 0; i < 1000; i++)
        say(child_fd, "loading ");
    say(child_fd, "done\nmore");
    loop_run(loop);
    expect_outcome(&outcome, true);
}

Test(notify_pipe, text_without_a_newline_means_nothing_yet)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    ph_cleanup(ph_closep) int child_fd = -1;
    make_pipe(&outcome, &child_fd);
    say(child_fd, "almost");
    run_a_while();
    cr_expect_eq(outcome.calls, 0);
}

static void expect_outcome_of_last_words(const char *text, bool is_ready)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    int child_fd = -1;
    make_pipe(&outcome, &child_fd);
    say(child_fd, text);
    ph_closep(&child_fd);
    loop_run(loop);
    expect_outcome(&outcome, is_ready);
}

Test(notify_pipe, a_pipe_that_is_closed_without_a_newline_means_that_none_will_come)
{
    expect_outcome_of_last_words("never", false);
}

Test(notify_pipe, a_newline_counts_although_the_pipe_was_closed_behind_it)
{
    expect_outcome_of_last_words("\n", true);
}

Test(notify_pipe, a_program_says_so_on_the_descriptor_that_it_inherits)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    int child_fd = -1;
    make_pipe(&outcome, &child_fd);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(child_fd, 5);
        execl("/bin/sh", "sh", "-c", "echo >&5; exec sleep 20 5>&-", (char *)NULL);
        _exit(127);
    }
    ph_closep(&child_fd);
    loop_run(loop);
    expect_outcome(&outcome, true);
    cr_expect_eq(kill(pid, SIGKILL), 0);
    cr_expect_eq(waitpid(pid, NULL, 0), pid);
}

Test(notify_pipe, a_program_that_ends_without_it_was_never_ready)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    int child_fd = -1;
    make_pipe(&outcome, &child_fd);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(child_fd, 5);
        execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    ph_closep(&child_fd);
    loop_run(loop);
    expect_outcome(&outcome, false);
    cr_expect_eq(waitpid(pid, NULL, 0), pid);
}

Test(notify_pipe, the_writing_end_waits_and_is_closed_by_exec)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    ph_cleanup(ph_closep) int child_fd = -1;
    make_pipe(&outcome, &child_fd);
    cr_expect_eq(fcntl(child_fd, F_GETFL) & O_NONBLOCK, 0);
    cr_expect_eq(fcntl(child_fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void destroy_and_end(void *arg, bool is_ready)
{
    cr_expect(is_ready);
    notify_pipe_destroy(arg);
    loop_end(loop);
}

Test(notify_pipe, the_callback_may_destroy_it)
{
    int child_fd = -1;
    unsigned before = count_descriptors();
    notify_pipe_t *self = notify_pipe_new(loop, destroy_and_end, &self, &child_fd, NULL);
    cr_assert_not_null(self);
    say(child_fd, "\n");
    loop_run(loop);
    cr_expect_null(self);
    ph_closep(&child_fd);
    cr_expect_eq(count_descriptors(), before);
}

Test(notify_pipe, one_that_was_destroyed_tells_nothing_and_leaves_nothing_open)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    int child_fd = -1;
    unsigned before = count_descriptors();
    make_pipe(&outcome, &child_fd);
    cr_expect_eq(count_descriptors(), before + 2);
    notify_pipe_destroy(&outcome.pipe);
    cr_expect_null(outcome.pipe);
    ph_closep(&child_fd);
    cr_expect_eq(count_descriptors(), before);
    run_a_while();
    cr_expect_eq(outcome.calls, 0);
}
