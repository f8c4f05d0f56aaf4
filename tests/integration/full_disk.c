/* A disk without room for the output of processes: lines are lost, and nothing else. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(full_disk, .timeout = 60);

enum { WAIT_MS = 10000, DISK_BYTES = 64 * 1024, MUCH_BYTES = 1024 * 1024, LINE_BYTES = 64 };

/* A watcher that writes what comes through the pipe DIR/NAME.in. */
#define REPEATER(name) "[watcher:" name "]\nshell = yes\ncmd = exec cat <>@DIR@/" name ".in\n"

/* Mounts a small disk on DIR/disk, which only this test and its children see, and which goes with
 * them. Returns false if this user may not: then a limit of the daemon stands in for it. */
static bool mount_disk(const daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "disk");
    ph_cleanup(ph_freep) char *size = ph_format("size=%d", DISK_BYTES);
    cr_assert_eq(mkdir(path, 0700), 0);
    return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", path, "tmpfs", 0, size) == 0;
}

static void unmount_disk(const daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "disk");
    umount2(path, MNT_DETACH);
}

static void limit_files(const daemon_t *daemon, rlim_t max_bytes)
{
    struct rlimit limit = {.rlim_cur = max_bytes, .rlim_max = RLIM_INFINITY};
    cr_assert_eq(prlimit(daemon_pid(daemon), RLIMIT_FSIZE, &limit, NULL), 0);
}

/* Empties the file without the daemon noticing, as a cleaner of old logs would. */
static void empty_file(const daemon_t *daemon, const char *name)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, name);
    cr_assert_eq(truncate(path, 0), 0);
}

/* Returns lines of LINE_BYTES each, which the caller frees. */
static char *many_lines(size_t bytes)
{
    char *text = ph_calloc(bytes + 1, 1);
    memset(text, 'x', bytes);
    for (size_t at = LINE_BYTES - 1; at < bytes; at += LINE_BYTES)
        text[at] = '\n';
    return text;
}

/* Counts the lines that a file holds, without notices, and those that its notices say were lost. */
static void count_file(const char *text, size_t *lines, size_t *lost)
{
    static const char notice[] = "plughost: ";
    *lines = *lost = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        cr_assert(strchr(line, '\n'), "the last line is not whole: %s", line);
        if (strncmp(line, notice, sizeof notice - 1) == 0)
            *lost += strtoul(line + sizeof notice - 1, NULL, 10);
        else
            ++*lines;
    }
}

Test(full_disk, a_full_disk_loses_lines_which_are_counted_and_blocks_nobody)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare(REPEATER("web") "stdout_stream.filename = @DIR@/disk/out\n"
                                       "[watcher:well]\ncmd = @CHILD@ run\nautostart = no\n");
    ph_cleanup(ph_closep) int input = daemon_make_fifo(daemon, "web.in");
    bool is_mounted = mount_disk(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    if (!is_mounted)
        limit_files(daemon, DISK_BYTES);
    pid_t pid = daemon_wait_started(daemon, "web", WAIT_MS);

    ph_cleanup(ph_freep) char *much = many_lines(MUCH_BYTES);
    fifo_write(input, much);
    ph_cleanup(ph_event_destroy) ph_event_t *lost =
        daemon_wait_event(daemon, "watcher.web.lost_output", WAIT_MS);
    cr_expect(strstr(event_text(lost, "reason"), "disk/out' are being lost: "), "%s",
              event_text(lost, "reason"));
    cr_expect(strstr(event_text(lost, "reason"), is_mounted ? "No space left" : "File too large"),
              "%s", event_text(lost, "reason"));
    fifo_write(input, much);
    daemon_do(daemon, "start", "well", true);
    cr_expect_eq(daemon_status(daemon, "web").pid, pid, "the program has not died of it");
    ph_cleanup(ph_freep) char *full = daemon_wait_file(daemon, "disk/out", "", 0);
    cr_expect_leq(strlen(full), (size_t)DISK_BYTES);
    unmount_disk(daemon);
}

/* Waits until the daemon has taken all that a program wrote, up to `text`. */
static void wait_taken(daemon_t *daemon, const char *text)
{
    for (;;) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            daemon_wait_event(daemon, "log.web", WAIT_MS);
        if (text_ends(event_text(event, "text"), text))
            return;
    }
}

/* Says lines until the daemon tells that the file takes them again. */
static ph_event_t *wait_recovery(daemon_t *daemon, ph_client_t *client, int input, size_t *said)
{
    int64_t deadline = ph_clock_ms() + WAIT_MS;
    while (ph_clock_ms() < deadline) {
        fifo_write(input, "again\n");
        ++*said;
        ph_event_t *event = ph_client_receive(client, 50, NULL);
        if (event)
            return event;
    }
    daemon_wait_log(daemon, "takes lines again", 0); /* which fails, with the log */
    return NULL;
}

Test(full_disk, when_the_disk_has_room_again_lines_are_written_after_a_word_about_the_lost_ones)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare(REPEATER("web") "stdout_stream.filename = @DIR@/disk/out\n");
    ph_cleanup(ph_closep) int input = daemon_make_fifo(daemon, "web.in");
    bool is_mounted = mount_disk(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    if (!is_mounted)
        limit_files(daemon, DISK_BYTES);
    ph_cleanup(ph_client_destroy) ph_client_t *follower =
        ph_client_new(daemon_endpoint(daemon), NULL);
    cr_assert_eq(ph_client_subscribe(follower, "log.web", WAIT_MS, NULL), 0);
    ph_cleanup(ph_freep) char *much = many_lines(MUCH_BYTES);
    fifo_write(input, much);
    fifo_write(input, "the last\n");
    wait_taken(daemon, "the last\n");
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(daemon_endpoint(daemon), NULL);
    cr_assert_eq(ph_client_subscribe(client, "watcher.web.lost_output", WAIT_MS, NULL), 0);

    size_t said = MUCH_BYTES / LINE_BYTES + 1, lines, missing, kept, still_missing;
    ph_cleanup(ph_freep) char *full = daemon_wait_file(daemon, "disk/out", "", 0);
    count_file(full, &kept, &still_missing);
    cr_expect_eq(still_missing, 0);
    empty_file(daemon, "disk/out");
    ph_cleanup(ph_event_destroy) ph_event_t *back = wait_recovery(daemon, client, input, &said);
    cr_expect(strstr(event_text(back, "reason"), "disk/out' takes lines again: "), "%s",
              event_text(back, "reason"));

    fifo_write(input, "end\n");
    ph_cleanup(ph_freep) char *out = daemon_wait_file(daemon, "disk/out", "end\n", WAIT_MS);
    count_file(out, &lines, &missing);
    cr_expect_eq(kept + lines + missing, said + 1, "%zu kept, then %zu, %zu lost; %zu said", kept,
                 lines, missing, said + 1);
    unmount_disk(daemon);
}
