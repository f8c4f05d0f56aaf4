#include <commands.h>
#include <criterion/criterion.h>
#include <ctype.h>
#include <plughost/error.h>
#include <stdio.h>
#include <string.h>

static void expect_sane_property(const struct command_info *info, const struct property *property)
{
    cr_expect_gt(strlen(property->name), 0, "%s", info->name);
    cr_expect_not_null(property->summary, "%s %s", info->name, property->name);
    cr_expect_neq(property->summary[strlen(property->summary) - 1], '.', "%s %s", info->name,
                  property->name);
    cr_expect_eq(command_info_property(info, property->name), property,
                 "%s has two properties '%s'", info->name, property->name);
    cr_expect_str_neq(property_type_name(property->type), "value", "%s %s", info->name,
                      property->name);
}

Test(commands, every_row_has_a_name_of_its_own_and_a_sentence)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_info *info = &command_infos[i];
        cr_assert_not_null(info->name, "row %zu", i);
        cr_assert_not_null(info->summary, "%s", info->name);
        cr_assert_not_null(info->usage, "%s", info->name);
        cr_expect_eq(command_info_find(info->name), info, "two rows are '%s'", info->name);
        cr_expect_eq(info->summary[strlen(info->summary) - 1], '.', "%s", info->name);
        cr_expect(isupper((unsigned char)info->summary[0]), "%s", info->name);
    }
}

Test(commands, every_property_has_a_name_of_its_own_a_type_and_a_text)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_info *info = &command_infos[i];
        size_t count = 0;
        for (; info->properties[count].name; count++)
            expect_sane_property(info, &info->properties[count]);
        cr_expect_leq(count, COMMAND_MAX_PROPERTIES, "%s", info->name);
    }
}

Test(commands, what_waits_takes_waiting_and_nothing_else_does)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_info *info = &command_infos[i];
        const struct property *waiting = command_info_property(info, "waiting");
        bool waits = info->flags & COMMAND_WAITS;
        cr_expect_eq(waiting != NULL, waits, "%s", info->name);
        cr_expect_eq(strstr(info->usage, "[--wait]") != NULL, waits, "%s", info->name);
        if (waiting)
            cr_expect_eq(waiting->type, PROPERTY_BOOL, "%s", info->name);
    }
}

Test(commands, what_belongs_to_the_plugin_protocol_is_called_plugin)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_info *info = &command_infos[i];
        bool is_plugins = strncmp(info->name, "plugin.", 7) == 0;
        cr_expect_eq((info->flags & COMMAND_PLUGIN) != 0, is_plugins, "%s", info->name);
    }
}

/* Counts the words of a usage that are arguments, such as NAME; what stands behind an option is its
 * value. */
static size_t count_arguments(const char *usage)
{
    size_t count = 0;
    bool is_value = false;
    for (const char *word = usage; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        bool is_option = strncmp(word, "[-", 2) == 0;
        count += !is_option && !is_value;
        is_value = is_option && word[length - 1] != ']';
        word += length;
    }
    return count;
}

static bool is_option(const struct property *property)
{
    return property->argument[0] == '-';
}

static void expect_in_usage(const struct command_info *info, const struct property *property)
{
    char option[64];
    snprintf(option, sizeof option, "[%s]", property->argument);
    const char *wanted = is_option(property) ? option : property->argument;
    cr_expect(strstr(info->usage, wanted), "%s: %s", info->name, wanted);
    cr_expect(is_option(property) || !property->letter, "%s: %s", info->name, wanted);
    cr_expect(!property->is_denied || property->type == PROPERTY_BOOL, "%s: %s", info->name,
              wanted);
    if (is_option(property))
        cr_expect_eq(strchr(property->argument, ' ') == NULL, property->type == PROPERTY_BOOL,
                     "%s: %s", info->name, wanted);
}

Test(commands, the_usage_shows_what_the_properties_take)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_info *info = &command_infos[i];
        size_t arguments = 0;
        for (const struct property *property = info->properties; property->name; property++) {
            if (!property->argument)
                continue;
            expect_in_usage(info, property);
            arguments += !is_option(property);
        }
        cr_expect_eq(count_arguments(info->usage), arguments, "%s", info->name);
        cr_expect_eq(strstr(info->usage, "[--follow]") != NULL,
                     (info->flags & COMMAND_FOLLOWS) != 0, "%s", info->name);
    }
}

Test(commands, options_have_names_that_fit_plughostctl)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct property *property = command_infos[i].properties;
        for (; property->name; property++)
            if (property->argument && is_option(property))
                cr_expect_lt(strcspn(property->argument + 2, " "), 32, "%s", property->argument);
    }
}

Test(commands, a_usage_fits_a_hint)
{
    struct ph_error err;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        cr_expect_lt(strlen(command_infos[i].name) + strlen(command_infos[i].usage) +
                         strlen("usage: plughostctl  "),
                     sizeof err.hint, "%s", command_infos[i].name);
}

Test(commands, the_id_of_a_command_leads_to_its_row)
{
    cr_expect_str_eq(command_infos[COMMAND_PING].name, "ping");
    cr_expect_str_eq(command_infos[COMMAND_QUIT].name, "quit");
    cr_expect_str_eq(command_infos[COMMAND_PLUGIN_LOG].name, "plugin.log");
}

Test(commands, an_unknown_name_finds_nothing)
{
    const struct command_info *start = &command_infos[COMMAND_START];
    cr_expect_null(command_info_find("strat"));
    cr_expect_null(command_info_find(""));
    cr_expect_null(command_info_find("PING"));
    cr_expect_null(command_info_property(start, "names"));
    cr_expect_null(command_info_property(&command_infos[COMMAND_PING], "name"));
}

Test(commands, a_type_has_a_word_for_people)
{
    cr_expect_str_eq(property_type_name(PROPERTY_TEXT), "text");
    cr_expect_str_eq(property_type_name(PROPERTY_NAMES), "text or list of texts");
    cr_expect_str_eq(property_type_name(PROPERTY_BOOL), "boolean");
    cr_expect_str_eq(property_type_name(PROPERTY_INT), "integer");
    cr_expect_str_eq(property_type_name(PROPERTY_NUMBER), "number");
    cr_expect_str_eq(property_type_name(PROPERTY_SIGNAL), "signal, a number or a name");
    cr_expect_str_eq(property_type_name(PROPERTY_WORDS), "text or list of words");
    cr_expect_str_eq(property_type_name(PROPERTY_MAP), "map");
}
