/* child.c - a program that does what its arguments say, for the watchers of the tests.
 *
 *     test-child run                    does nothing until it is killed
 *     test-child exit CODE              ends with that status
 *     test-child crash SIGNAL           dies of that signal, a number
 *     test-child print TEXT             writes TEXT to both outputs, then does nothing
 *     test-child ignore-term FILE       ignores SIGTERM, as does its child; FILE gets both pids
 *     test-child catch SIGNAL FILE      writes "ready", then "caught", and ends with 0
 *     test-child family SIGNAL FILE     ignores it; ends with 0 once its child has died of it
 *     test-child arguments FILE WORD... writes the words, one a line, then does nothing
 *     test-child env NAME FILE          writes the variable, then does nothing
 *     test-child describe FILE          writes what it was born with, then does nothing
 *
 * Files appear as a whole: who sees one has all of it. */
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static const struct {
    const char *word;
    int arguments; /* at least */
    int (*run)(char **words);
} modes[] = {
    {"run", 0, run},
    {"exit", 1, end},
    {"crash", 1, crash},
    {"print", 1, print},
    {"ignore-term", 1, ignore_term},
    {"catch", 2, catch_signal},
    {"family", 2, outlive_child},
    {"arguments", 1, write_arguments},
    {"env", 2, write_variable},
    {"describe", 1, describe},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(modes[i].word, argv[1]) == 0 && argc - 2 >= modes[i].arguments)
            return modes[i].run(argv + 2);
    fputs("test-child: wrong usage; see tests/child/child.c\n", stderr);
    return 64;
}
