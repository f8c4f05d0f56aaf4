#include <criterion/criterion.h>
#include <errno.h>
#include <scratch.h>
#include <socket/sockets.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char *folder, *path;
static struct socket_options options;
static sockets_t *sockets; /* those of the daemon */
static int other = -1;     /* the socket of another program */

static void set_up(void)
{
    static char name[] = "web";
    folder = scratch_new();
    path = ph_format("%s/s", folder);
    options = (struct socket_options){.name = name,
                                      .path = path,
                                      .family = AF_UNIX,
                                      .type = SOCK_STREAM,
                                      .umask = -1,
                                      .backlog = 2048};
}

static void tear_down(void)
{
    sockets_destroy(&sockets);
    ph_closep(&other);
    scratch_destroy(&folder);
    ph_freep(&path);
}

TestSuite(sockets_paths, .init = set_up, .fini = tear_down, .timeout = 30);

static void open_it(void)
{
    struct ph_error err = {0};
    sockets_destroy(&sockets);
    sockets = sockets_open(&options, 1, &err);
    cr_assert_not_null(sockets, "%s (%s)", err.message, err.hint);
}

static struct sockaddr_un address(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

/* Binds a socket there as another program does. */
static void bind_as_other(int type)
{
    struct sockaddr_un where = address();
    ph_closep(&other);
    other = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(other, (struct sockaddr *)&where, sizeof where), 0);
}

static bool is_reachable(int type)
{
    struct sockaddr_un where = address();
    ph_cleanup(ph_closep) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return connect(fd, (struct sockaddr *)&where, sizeof where) == 0;
}

static void expect_failure(const char *what, const char *hint)
{
    struct ph_error err = {0};
    ph_cleanup(ph_freep) char *message = ph_format("cannot open socket 'web': %s", what);
    cr_expect_null(sockets_open(&options, 1, &err));
    cr_expect_str_eq(err.message, message);
    cr_expect_str_eq(err.hint, hint);
}

static void expect_in_use(void)
{
    ph_cleanup(ph_freep) char *what = ph_format("another program listens on '%s'", path);
    expect_failure(what, "stop it, or set replace = yes");
}

Test(sockets_paths, a_socket_is_reached_through_its_path_until_it_is_closed)
{
    struct stat status;
    open_it();
    cr_expect_str_eq(sockets_at(sockets, 0)->path, path);
    cr_expect_null(sockets_at(sockets, 0)->host);
    cr_expect_eq(sockets_at(sockets, 0)->port, 0);
    cr_expect(is_reachable(SOCK_STREAM));
    sockets_destroy(&sockets);
    cr_expect_eq(lstat(path, &status), -1);
    cr_expect_eq(errno, ENOENT);
}

Test(sockets_paths, every_type_is_reached_through_its_path)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        options.type = types[i];
        open_it();
        cr_expect(is_reachable(types[i]), "type %d", types[i]);
    }
}

Test(sockets_paths, the_umask_holds_for_the_path_only)
{
    struct stat status;
    umask(0);
    options.umask = 077;
    open_it();
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0700);
    cr_expect_eq(umask(0), 0, "the umask must be as before");
}

Test(sockets_paths, without_a_umask_that_of_the_daemon_holds)
{
    struct stat status;
    umask(027);
    open_it();
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0750);
}

/* ---- a path that is there already ---- */

Test(sockets_paths, a_path_that_nobody_listens_on_is_taken_over)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        bind_as_other(types[i]);
        ph_closep(&other);
        open_it();
        cr_expect(is_reachable(SOCK_STREAM), "type %d", types[i]);
        sockets_destroy(&sockets);
    }
}

Test(sockets_paths, a_path_that_is_in_use_is_refused)
{
    open_it();
    expect_in_use();
    cr_expect(is_reachable(SOCK_STREAM));
}

Test(sockets_paths, a_path_that_is_in_use_by_another_type_is_refused)
{
    static const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        bind_as_other(types[i]);
        expect_in_use();
        unlink(path);
    }
}

Test(sockets_paths, a_path_that_a_program_will_listen_on_soon_is_in_use)
{
    bind_as_other(SOCK_STREAM);
    expect_in_use();
}

Test(sockets_paths, a_path_in_use_is_replaced_if_that_is_asked_for)
{
    bind_as_other(SOCK_STREAM);
    options.replace = true;
    open_it();
    cr_expect(is_reachable(SOCK_STREAM));
}

Test(sockets_paths, what_is_no_socket_is_never_removed)
{
    ph_cleanup(ph_freep) char *file = scratch_write(folder, "s", "precious", 0600);
    ph_cleanup(ph_freep) char *what = ph_format("'%s' is in the way: it is no socket", path);
    expect_failure(what, "move it, or set another path");
    options.replace = true;
    expect_failure(what, "move it, or set another path");
    ph_cleanup(ph_freep) char *text = scratch_read(file);
    cr_expect_str_eq(text, "precious");
}

Test(sockets_paths, a_link_to_a_socket_is_no_socket)
{
    ph_cleanup(ph_freep) char *link = ph_format("%s/link", folder);
    bind_as_other(SOCK_STREAM);
    ph_cleanup(ph_freep) char *what = ph_format("'%s' is in the way: it is no socket", link);
    cr_assert_eq(symlink(path, link), 0);
    options.path = link;
    options.replace = true;
    expect_failure(what, "move it, or set another path");
}

Test(sockets_paths, a_path_that_another_program_took_meanwhile_is_its_own)
{
    open_it();
    cr_assert_eq(unlink(path), 0);
    bind_as_other(SOCK_STREAM);
    cr_assert_eq(listen(other, 1), 0);
    sockets_destroy(&sockets);
    cr_expect(is_reachable(SOCK_STREAM));
}

Test(sockets_paths, the_path_of_one_that_was_opened_is_removed_when_the_next_fails)
{
    struct stat status;
    struct socket_options both[] = {options, options};
    struct ph_error err;
    cr_expect_null(sockets_open(both, 2, &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_eq(lstat(path, &status), -1);
}

/* ---- folders ---- */

Test(sockets_paths, a_folder_that_is_missing_is_named)
{
    char missing[] = "/nowhere/s";
    options.path = missing;
    expect_failure("cannot bind '/nowhere/s': No such file or directory",
                   "make the folder first, or set another path");
}

Test(sockets_paths, a_folder_that_may_not_be_written_to_is_named)
{
    ph_cleanup(ph_freep) char *what = ph_format("cannot bind '%s': Permission denied", path);
    cr_assert_eq(chmod(folder, 0555), 0);
    uid_t before = geteuid();
    if (before == 0)
        cr_assert_eq(seteuid(65534), 0);
    expect_failure(what, "the daemon must be allowed to write to the folder");
    cr_assert_eq(seteuid(before), 0);
}
