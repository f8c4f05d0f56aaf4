/* child.c - a program that does what its arguments say, for the watchers of the tests.
 *
 *     test-child run                    does nothing until it is killed
 *     test-child exit CODE              ends with that status
 *     test-child crash SIGNAL           dies of that signal, a number
 *     test-child print TEXT             writes TEXT to both outputs, then does nothing
 *     test-child ignore-term FILE       ignores SIGTERM, as does its child; FILE gets both pids
 *     test-child hold MIB               uses so much memory, says so, then does nothing
 *     test-child catch SIGNAL FILE      writes "ready", then "caught", and ends with 0
 *     test-child family SIGNAL FILE     ignores it; ends with 0 once its child has died of it
 *     test-child arguments FILE WORD... writes the words, one a line, then does nothing
 *     test-child env NAME FILE          writes the variable, then does nothing
 *     test-child describe FILE          writes what it was born with, then does nothing
 *     test-child identity FILE          writes what it runs as, then does nothing
 *     test-child environment FILE       writes all variables, then does nothing
 *     test-child lines COUNT WORD [CODE] writes "WORD 000001 WORD" and so on to its output, then
 *                                       ends with CODE or does nothing
 *     test-child serve FD WORD          answers each connection with "WORD PID" and closes it
 *     test-child notify FIFO            sends each line that comes from FIFO to NOTIFY_SOCKET
 *
 * Files appear as a whole: who sees one has all of it. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int to_number(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

static int run(char **words)
{
    (void)words;
    while (pause() < 0)
        continue;
    return EXIT_FAILURE;
}

static int end(char **words)
{
    return to_number(words[0]);
}

static int crash(char **words)
{
    raise(to_number(words[0]));
    return EXIT_FAILURE;
}

static int hold(char **words)
{
    size_t size = (size_t)to_number(words[0]) << 20;
    char *memory = malloc(size);
    if (!memory)
        return EXIT_FAILURE;
    explicit_bzero(memory, size); /* which no compiler leaves out */
    printf("holds %s MiB\n", words[0]);
    fflush(stdout);
    int status = run(NULL);
    free(memory);
    return status;
}

static int print(char **words)
{
    fprintf(stdout, "out: %s\n", words[0]);
    fflush(stdout);
    fprintf(stderr, "err: %s\n", words[0]);
    return run(NULL);
}

/* ---- files ---- */

static FILE *begin_file(const char *path)
{
    char fresh[PATH_MAX];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "we");
    if (!file)
        exit(EXIT_FAILURE);
    return file;
}

static void end_file(FILE *file, const char *path)
{
    char fresh[PATH_MAX];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    if (fclose(file) != 0 || rename(fresh, path) < 0)
        exit(EXIT_FAILURE);
}

static int ignore_term(char **words)
{
    signal(SIGTERM, SIG_IGN);
    pid_t grandchild = fork();
    if (grandchild == 0)
        return run(NULL);
    FILE *file = begin_file(words[0]);
    fprintf(file, "%d %d\n", (int)getpid(), (int)grandchild);
    end_file(file, words[0]);
    return run(NULL);
}

static int catch_signal(char **words)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, to_number(words[0]));
    sigprocmask(SIG_BLOCK, &set, NULL);
    FILE *file = begin_file(words[1]);
    fputs("ready\n", file);
    end_file(file, words[1]);

    int caught;
    sigwait(&set, &caught);
    file = begin_file(words[1]);
    fprintf(file, "ready\ncaught %d\n", caught);
    end_file(file, words[1]);
    return EXIT_SUCCESS;
}

/* The child has the signal at its default: it dies of it if it gets it too. FILE gets its pid. */
static int outlive_child(char **words)
{
    int status = 0, number = to_number(words[0]);
    pid_t grandchild = fork();
    if (grandchild == 0)
        return run(NULL);
    signal(number, SIG_IGN);
    FILE *file = begin_file(words[1]);
    fprintf(file, "%d\n", (int)grandchild);
    end_file(file, words[1]);
    waitpid(grandchild, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == number ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int write_arguments(char **words)
{
    FILE *file = begin_file(words[0]);
    for (char **word = words + 1; *word; word++)
        fprintf(file, "%s\n", *word);
    end_file(file, words[0]);
    return run(NULL);
}

static int write_variable(char **words)
{
    const char *value = getenv(words[0]);
    FILE *file = begin_file(words[1]);
    fprintf(file, "%s\n", value ? value : "(not set)");
    end_file(file, words[1]);
    return run(NULL);
}

/* ---- what it was born with ---- */

static void write_descriptors(FILE *file, const char *skipped)
{
    fputs("descriptors:", file);
    for (int fd = 0; fd < 1024; fd++) {
        char link[64], target[PATH_MAX] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        if (readlink(link, target, sizeof target - 1) >= 0 && strcmp(target, skipped) != 0)
            fprintf(file, " %d", fd);
    }
    fputc('\n', file);
}

static void write_signals(FILE *file)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "SigBlk:", 7) == 0 || strncmp(line, "SigIgn:", 7) == 0)
            fputs(line, file);
    if (status)
        fclose(status);
}

static int describe(char **words)
{
    char text[PATH_MAX] = "", fresh[PATH_MAX];
    FILE *file = begin_file(words[0]);
    bool is_leader = getsid(0) == getpid() && getpgrp() == getpid();
    fprintf(file, "leads its session and group: %s\n", is_leader ? "yes" : "no");
    if (readlink("/proc/self/fd/0", text, sizeof text - 1) > 0)
        fprintf(file, "input: %s\n", text);
    fprintf(file, "folder: %s\n", getcwd(text, sizeof text) ? text : "?");
    snprintf(fresh, sizeof fresh, "%s.new", words[0]);
    write_descriptors(file, fresh);
    write_signals(file);
    end_file(file, words[0]);
    return run(NULL);
}

/* ---- what it runs as ---- */

static int compare_groups(const void *a, const void *b)
{
    gid_t left = *(const gid_t *)a, right = *(const gid_t *)b;
    return (left > right) - (left < right);
}

static void write_ids(FILE *file)
{
    enum { MAX_GROUPS = 1024 };
    uid_t uids[3];
    gid_t gids[3], groups[MAX_GROUPS];
    getresuid(&uids[0], &uids[1], &uids[2]);
    getresgid(&gids[0], &gids[1], &gids[2]);
    int count = getgroups(MAX_GROUPS, groups);
    fprintf(file, "uid: %u %u %u\ngid: %u %u %u\ngroups:", uids[0], uids[1], uids[2], gids[0],
            gids[1], gids[2]);
    if (count > 0)
        qsort(groups, (size_t)count, sizeof *groups, compare_groups);
    for (int i = 0; i < count; i++)
        fprintf(file, " %u", groups[i]);
    fputc('\n', file);
}

static void write_limit(FILE *file, const char *name, __rlimit_resource_t resource)
{
    struct rlimit limit = {0};
    getrlimit(resource, &limit);
    rlim_t values[] = {limit.rlim_cur, limit.rlim_max};
    fprintf(file, "rlimit_%s:", name);
    for (int i = 0; i < 2; i++)
        if (values[i] == RLIM_INFINITY)
            fputs(" unlimited", file);
        else
            fprintf(file, " %llu", (unsigned long long)values[i]);
    fputc('\n', file);
}

static void write_oom_score(FILE *file)
{
    char line[64] = "";
    FILE *source = fopen("/proc/self/oom_score_adj", "re");
    if (source && fgets(line, sizeof line, source))
        fprintf(file, "oom_score_adj: %s", line);
    if (source)
        fclose(source);
}

static void write_standard_descriptors(FILE *file)
{
    static const char *const names[] = {"input", "output", "errors"};
    for (int fd = 0; fd < 3; fd++) {
        char link[64], target[PATH_MAX] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        if (readlink(link, target, sizeof target - 1) > 0)
            fprintf(file, "%s: %s\n", names[fd], target);
    }
}

static int identify(char **words)
{
    FILE *file = begin_file(words[0]); /* before the mask is taken: it shows in the file's mode */
    mode_t mask = umask(0);
    write_ids(file);
    fprintf(file, "umask: %03o\nnice: %d\nno_new_privs: %d\n", (unsigned)mask,
            getpriority(PRIO_PROCESS, 0), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    write_oom_score(file);
    write_limit(file, "nofile", RLIMIT_NOFILE);
    write_limit(file, "core", RLIMIT_CORE);
    write_limit(file, "stack", RLIMIT_STACK);
    write_limit(file, "cpu", RLIMIT_CPU);
    write_standard_descriptors(file);
    end_file(file, words[0]);
    return run(NULL);
}

static int write_environment(char **words)
{
    FILE *file = begin_file(words[0]);
    for (char **entry = environ; *entry; entry++)
        fprintf(file, "%s\n", *entry);
    end_file(file, words[0]);
    return run(NULL);
}

/* ---- what it does with streams and sockets ---- */

/* Each line is two writes, so that it only stays whole if somebody puts it together. */
static int write_lines(char **words)
{
    int count = to_number(words[0]);
    for (int i = 1; i <= count; i++)
        if (dprintf(STDOUT_FILENO, "%s ", words[1]) < 0 ||
            dprintf(STDOUT_FILENO, "%06d %s\n", i, words[1]) < 0)
            return EXIT_FAILURE;
    return words[2] ? to_number(words[2]) : run(NULL);
}

static int serve(char **words)
{
    struct pollfd item = {.fd = to_number(words[0]), .events = POLLIN};
    while (poll(&item, 1, -1) > 0) {
        int client = accept(item.fd, NULL, NULL);
        if (client < 0 && errno != EAGAIN && errno != ECONNABORTED)
            break;
        if (client < 0)
            continue;
        dprintf(client, "%s %d\n", words[1], (int)getpid());
        close(client);
    }
    return EXIT_FAILURE;
}

static int notify(char **words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    FILE *lines = fopen(words[0], "r+e"); /* to be written as well, so that it has no end */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!path || !lines || fd < 0)
        return EXIT_FAILURE;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (*path == '@')
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    for (char line[1024]; fgets(line, sizeof line, lines);)
        if (sendto(fd, line, strcspn(line, "\n"), 0, (struct sockaddr *)&address, size) < 0)
            break;
    return EXIT_FAILURE;
}

static const struct {
    const char *word;
    int arguments; /* at least */
    int (*run)(char **words);
} modes[] = {
    {"run", 0, run},
    {"exit", 1, end},
    {"crash", 1, crash},
    {"hold", 1, hold},
    {"print", 1, print},
    {"ignore-term", 1, ignore_term},
    {"catch", 2, catch_signal},
    {"family", 2, outlive_child},
    {"arguments", 1, write_arguments},
    {"env", 2, write_variable},
    {"describe", 1, describe},
    {"identity", 1, identify},
    {"environment", 1, write_environment},
    {"lines", 2, write_lines},
    {"serve", 2, serve},
    {"notify", 1, notify},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(modes[i].word, argv[1]) == 0 && argc - 2 >= modes[i].arguments)
            return modes[i].run(argv + 2);
    fputs("test-child: wrong usage; see tests/child/child.c\n", stderr);
    return 64;
}
