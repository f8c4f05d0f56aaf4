#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <process/descriptors.h>
#include <scratch.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOFT = 100, HARD = 200, CLIENTS = 3 };

TestSuite(descriptors, .timeout = 20);

static void limit(rlim_t soft, rlim_t hard)
{
    struct rlimit given = {.rlim_cur = soft, .rlim_max = hard};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &given), 0);
}

Test(descriptors, the_limit_is_raised_and_the_one_before_is_kept_for_the_children)
{
    struct rlimit before, now;
    limit(SOFT, HARD);
    cr_assert_eq(descriptors_prepare(&before, NULL), 0);
    cr_expect_eq(before.rlim_cur, SOFT);
    cr_expect_eq(before.rlim_max, HARD);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
    cr_expect_eq(now.rlim_cur, HARD);
    cr_expect_eq(now.rlim_max, HARD);
}

Test(descriptors, a_limit_that_is_too_low_to_begin_with_is_told)
{
    struct rlimit before;
    struct ph_error err;
    limit(63, 63);
    cr_expect_eq(descriptors_prepare(&before, &err), -1);
    cr_expect_str_eq(err.message, "the limit of 63 descriptors is less than the 64 needed");
}

/* ---- accepting without any ---- */

static int listen_in(const char *folder, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof address->sun_path, "%s/s", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
    cr_assert_eq(listen(fd, CLIENTS), 0);
    return fd;
}

static void use_up(int *fds)
{
    for (int i = 0; i < HARD; i++)
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void give_back(int *fds)
{
    for (int i = 0; i < HARD; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* What became of a client that came when there was no descriptor left. */
struct outcome {
    int accepted, accept_errno;
    ssize_t bytes; /* that the client could read; 0: the end of file */
};

static struct outcome accept_one(int listener, int client, const struct sockaddr_un *address)
{
    char byte;
    struct outcome outcome = {.bytes = -2};
    if (connect(client, (const struct sockaddr *)address, sizeof *address) < 0)
        return outcome;
    outcome.accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    outcome.accept_errno = errno;
    outcome.bytes = recv(client, &byte, 1, MSG_DONTWAIT);
    return outcome;
}

Test(descriptors, without_one_left_a_client_is_turned_away_and_the_next_is_accepted_again)
{
    struct rlimit before;
    struct sockaddr_un address;
    struct outcome outcomes[CLIENTS];
    int clients[CLIENTS], fds[HARD];
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    limit(SOFT, HARD);
    cr_assert_eq(descriptors_prepare(&before, NULL), 0);
    ph_cleanup(ph_closep) int listener = listen_in(folder, &address);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    use_up(fds);
    for (int i = 0; i < CLIENTS; i++) {
        if (i == CLIENTS - 1)
            give_back(fds);
        outcomes[i] = accept_one(listener, clients[i], &address);
    }

    for (int i = 0; i < CLIENTS - 1; i++) {
        cr_expect_eq(outcomes[i].accepted, -1, "client %d", i);
        cr_expect_eq(outcomes[i].accept_errno, ECONNABORTED, "client %d", i);
        cr_expect_eq(outcomes[i].bytes, 0, "client %d must see the end of file", i);
    }
    cr_expect_geq(outcomes[CLIENTS - 1].accepted, 0);
    cr_expect_eq(outcomes[CLIENTS - 1].bytes, -1, "the connection must stay open");
}

Test(descriptors, other_failures_to_accept_stay_what_they_are)
{
    struct sockaddr_un address;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_closep) int listener = listen_in(folder, &address);
    cr_expect_eq(accept4(listener, NULL, NULL, SOCK_CLOEXEC), -1);
    cr_expect_eq(errno, EAGAIN);
    cr_expect_eq(accept4(-1, NULL, NULL, SOCK_CLOEXEC), -1);
    cr_expect_eq(errno, EBADF);
}
