#include "complaint.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

char *complaint(const char *text, size_t size)
{
    struct configuration configuration;
    ph_cleanup(problems_release) struct problems problems = {0};
    int outcome = configuration_parse(&configuration, text, size, &problems);
    cr_expect_eq(outcome, problems.count > 0 ? -1 : 0);
    cr_expect(outcome == 0 || configuration.watcher_count == 0, "a bad one must be empty");
    char *printed = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&printed, &length);
    problems_print(&problems, "x.ini", out);
    fclose(out);
    configuration_release(&configuration);
    return printed;
}

void expect_complaint(const char *text, const char *expected)
{
    ph_cleanup(ph_freep) char *printed = complaint(text, strlen(text));
    cr_expect_str_eq(printed, expected);
}
