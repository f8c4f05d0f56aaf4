#include "circus_shown.h"

#include <alloc.h>
#include <config/supervisor_dialect.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* All that is made of a text. */
struct outcome {
    config_t tree;
    struct circus_said said;
    struct problems problems;
    struct notices notices;
};

static void outcome_release(struct outcome *self)
{
    config_destroy(&self->tree);
    circus_said_release(&self->said);
    problems_release(&self->problems);
    notices_release(&self->notices);
}

typedef void parse_fn(const char *text, size_t size, const struct circus_reading *reading);

static void parse(struct outcome *self, parse_fn *parser, const char *text)
{
    tree_init(&self->tree);
    parser(text, strlen(text),
           &(struct circus_reading){.tree = &self->tree,
                                    .said = &self->said,
                                    .problems = &self->problems,
                                    .notices = &self->notices});
}

static char *problems_text(struct problems *problems)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);
    problems_print(problems, "x.ini", out);
    fclose(out);
    return printed;
}

static char *section_text(const config_t *tree, const char *title)
{
    const config_setting_t *section = tree_find_section(tree, title);
    if (!section)
        return ph_strdup("(none)");
    char *text = ph_strdup("");
    for (unsigned i = 0; i < tree_option_count(section); i++) {
        struct tree_option option = tree_option(section, i);
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s%s%s=<%s>", before, i > 0 ? " " : "", option.key, option.value);
    }
    return text;
}

static void check_section(parse_fn *parser, const char *text, const char *title,
                          const char *options)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    parse(&outcome, parser, text);
    ph_cleanup(ph_freep) char *wrong = problems_text(&outcome.problems);
    cr_expect_str_eq(wrong, "", "%s\nis refused: %s", text, wrong);
    ph_cleanup(ph_freep) char *found = section_text(&outcome.tree, title);
    cr_expect_str_eq(found, options, "%s\ngave [%s] %s", text, title, found);
}

void expect_section(const char *text, const char *title, const char *options)
{
    check_section(circus_dialect_parse, text, title, options);
}

void expect_supervisor_section(const char *text, const char *title, const char *options)
{
    check_section(supervisor_dialect_parse, text, title, options);
}

static void check_notices(parse_fn *parser, const char *text, const char *notices)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    parse(&outcome, parser, text);
    ph_cleanup(ph_freep) char *wrong = problems_text(&outcome.problems);
    cr_expect_str_eq(wrong, "", "%s\nis refused: %s", text, wrong);
    ph_cleanup(ph_freep) char *found = ph_strdup("");
    for (size_t i = 0; i < outcome.notices.count; i++) {
        ph_cleanup(ph_freep) char *before = found;
        found = ph_format("%s%u: %s\n", before, outcome.notices.items[i].line,
                          outcome.notices.items[i].text);
    }
    cr_expect_str_eq(found, notices, "%s\ngave\n%s", text, found);
}

void expect_notices(const char *text, const char *notices)
{
    check_notices(circus_dialect_parse, text, notices);
}

void expect_supervisor_notices(const char *text, const char *notices)
{
    check_notices(supervisor_dialect_parse, text, notices);
}

void expect_supervisor_problems(const char *text, const char *problems)
{
    ph_cleanup(outcome_release) struct outcome outcome = {0};
    parse(&outcome, supervisor_dialect_parse, text);
    ph_cleanup(ph_freep) char *printed = problems_text(&outcome.problems);
    cr_expect_str_eq(printed, problems, "%s\ngave\n%s", text, printed);
}

void expect_circus_problems(const char *text, const char *problems)
{
    struct configuration configuration;
    ph_cleanup(problems_release) struct problems found = {0};
    int outcome = configuration_parse_circus(&configuration, text, strlen(text), &found);
    ph_cleanup(ph_freep) char *printed = problems_text(&found);
    cr_expect_str_eq(printed, problems, "%s\ngave\n%s", text, printed);
    cr_expect_eq(outcome, found.count > 0 ? -1 : 0);
    configuration_release(&configuration);
}

struct configuration circus_configuration(const char *text)
{
    struct configuration configuration;
    ph_cleanup(problems_release) struct problems found = {0};
    int outcome = configuration_parse_circus(&configuration, text, strlen(text), &found);
    ph_cleanup(ph_freep) char *printed = problems_text(&found);
    cr_assert_eq(outcome, 0, "%s\nis refused: %s", text, printed);
    return configuration;
}
