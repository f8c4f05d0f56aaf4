#include <children.h>
#include <criterion/criterion.h>
#include <plughost/plughost.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that holds memory and waits to be killed, or uses the processor as well. */
static pid_t start_child(bool is_busy, const char *name)
{
    int ends[2];
    char byte = 0;
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, name);
        if (write(ends[1], &byte, 1) != 1)
            _exit(1);
        while (is_busy || pause() < 0)
            continue;
    }
    cr_assert_eq(read(ends[0], &byte, 1), 1); /* it has its name */
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static const struct child *find(children_t *children, pid_t pid)
{
    const struct child *child;
    for (size_t i = 0; (child = children_at(children, i)); i++)
        if (child->pid == pid)
            return child;
    return NULL;
}

static void look(children_t *children)
{
    struct ph_error err;
    pid_t parents[] = {1, getpid()};
    cr_assert_eq(children_look(children, parents, 2, &err), 0, "%s", err.message);
}

Test(children, those_of_the_parents_are_found_with_what_they_use)
{
    ph_cleanup(children_destroy) children_t *children = children_new();
    pid_t busy = start_child(true, "busy"), quiet = start_child(false, ") R 1 (x");
    const struct child *child;
    do { /* until the clock of the processor has ticked */
        look(children);
        child = find(children, busy);
        cr_assert(child);
    } while (child->usage.cpu.max <= 0);
    child = find(children, quiet);
    cr_assert(child, "a child with such a name is not found");
    cr_expect_eq(child->parent, getpid());
    cr_expect_eq(child->usage.count, 1);
    cr_expect_gt(child->usage.rss.max, 10000);
    cr_expect_gt(child->usage.mem.max, 0);
    cr_expect_float_eq(child->usage.cpu.max, 0, 50);
    end_child(busy);
    end_child(quiet);
}

Test(children, what_the_caller_keeps_stays_with_a_child_until_it_is_gone)
{
    ph_cleanup(children_destroy) children_t *children = children_new();
    pid_t one = start_child(false, "one"), two = start_child(false, "two");
    look(children);
    struct child *child;
    for (size_t i = 0; (child = children_at(children, i)); i++)
        child->breaches.counts[0] = child->pid == two ? 7 : 3;
    end_child(one);
    look(children);
    cr_expect_null(find(children, one));
    const struct child *left = find(children, two);
    cr_assert(left);
    cr_expect_eq(left->breaches.counts[0], 7);
    end_child(two);
    look(children);
    cr_expect_null(find(children, two));
}

Test(children, without_parents_there_are_none)
{
    ph_cleanup(children_destroy) children_t *children = children_new();
    pid_t one = start_child(false, "one");
    cr_expect_eq(children_look(children, NULL, 0, NULL), 0);
    cr_expect_null(children_at(children, 0));
    end_child(one);
}
