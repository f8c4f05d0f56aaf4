/* lines.c - writes numbered lines, and finds out whether all of them arrived.
 *
 *     bench-lines write COUNT    writes lines of 100 bytes
 *     bench-lines check COUNT    reads them; fails when one is missing, doubled or out of order */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 100, DIGITS = 12 };

/* Adds one to the number that the line begins with. */
static void count_up(char *line)
{
    int place = DIGITS - 1;
    for (; line[place] == '9'; place--)
        line[place] = '0';
    line[place]++;
}

static bool write_line(const char *line)
{
    return fwrite(line, LINE_SIZE, 1, stdout) == 1;
}

static bool check_line(const char *line)
{
    char found[LINE_SIZE];
    return fread(found, LINE_SIZE, 1, stdin) == 1 && memcmp(found, line, LINE_SIZE) == 0;
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "write") != 0 && strcmp(argv[1], "check") != 0)) {
        fprintf(stderr, "usage: bench-lines write|check COUNT\n");
        return EXIT_FAILURE;
    }
    bool is_check = strcmp(argv[1], "check") == 0;
    char line[LINE_SIZE];
    memset(line, '0', DIGITS);
    memset(line + DIGITS, '.', LINE_SIZE - DIGITS);
    line[LINE_SIZE - 1] = '\n';

    unsigned long count = strtoul(argv[2], NULL, 10);
    for (unsigned long i = 0; i < count; i++, count_up(line)) {
        if (is_check ? check_line(line) : write_line(line))
            continue;
        fprintf(stderr, "bench-lines: line %lu is not as it should be\n", i);
        return EXIT_FAILURE;
    }
    bool is_end = is_check ? getchar() == EOF : fflush(stdout) == 0;
    return is_end ? EXIT_SUCCESS : EXIT_FAILURE;
}
