#include <alloc.h>
#include <config/configuration.h>
#include <config/diff.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* ---- each option for itself ---- */

union target {
    struct settings settings;
    struct watcher_options watcher;
    struct socket_options socket;
};

static enum section_kind kind_of(const struct option_spec *spec)
{
    static const enum section_kind kinds[] = {SECTION_PLUGHOST, SECTION_CIRCUS, SECTION_WATCHER,
                                              SECTION_PLUGIN, SECTION_SOCKET};
    size_t i = 0;
    while (!(spec->sections & kinds[i]))
        i++;
    return kinds[i];
}

static void release(union target *target, enum section_kind kind)
{
    if (kind == SECTION_PLUGHOST || kind == SECTION_CIRCUS)
        settings_release(&target->settings);
    else if (kind == SECTION_SOCKET)
        socket_options_release(&target->socket);
    else
        watcher_options_release(&target->watcher);
}

/* Returns a value that the option can have and that is not its default, which the caller frees. */
static char *other_value(const struct option_spec *spec)
{
    static const char *const values[] = {
        [OPTION_TEXT] = "x",
        [OPTION_NAME] = "x",
        [OPTION_PATH] = "/x",
        [OPTION_PATHS] = "/x:/y",
        [OPTION_ENDPOINT] = "ipc:///x",
        [OPTION_WORDS] = "x 'y z'",
        [OPTION_NAMES] = "x, y",
        [OPTION_VARIABLES] = "X=1",
        [OPTION_SHARE] = "0.25",
        [OPTION_BYTES] = "7M",
        [OPTION_OCTAL] = "27",
        [OPTION_SIGNAL] = "SIGUSR2",
        [OPTION_LIMIT] = "17:18",
        [OPTION_STATUSES] = "0 17",
        [OPTION_HOOK] = "x y, ignore",
        [OPTION_STREAM] = "NullStream",
        [OPTION_FAMILY] = "AF_UNIX",
        [OPTION_SOCKET_TYPE] = "SOCK_DGRAM",
    };
    bool is_yes = spec->fallback && strcmp(spec->fallback, "yes") == 0;
    if (spec->choices)
        return ph_strdup(
            spec->choices[spec->fallback && strcmp(spec->choices[1], spec->fallback) == 0 ? 0 : 1]);
    if (spec->type == OPTION_BOOL)
        return ph_strdup(is_yes ? "no" : "yes");
    if (spec->type == OPTION_COUNT || spec->type == OPTION_SECONDS)
        return ph_format("%.0f", spec->max - 1);
    return ph_strdup(values[spec->type]);
}

Test(diff, no_option_is_forgotten)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        union target before = {0}, after = {0};
        enum section_kind kind = kind_of(spec);
        options_set_defaults(kind, &before);
        options_set_defaults(kind, &after);
        cr_expect(option_is_same(spec, &before, &after), "%s", spec->name);
        ph_cleanup(ph_freep) char *value = other_value(spec);
        cr_assert_eq(option_parse(spec, value, &after, NULL), 0, "%s = %s", spec->name, value);
        cr_expect_not(option_is_same(spec, &before, &after), "%s = %s", spec->name, value);
        cr_assert_eq(option_parse(spec, value, &before, NULL), 0, "%s", spec->name);
        cr_expect(option_is_same(spec, &before, &after), "%s = %s", spec->name, value);
        release(&before, kind);
        release(&after, kind);
    }
}

/* ---- whole sections ---- */

static struct configuration before, after;
static struct changes changes;

static void tear_down(void)
{
    changes_release(&changes);
    configuration_release(&before);
    configuration_release(&after);
}

TestSuite(changes, .fini = tear_down);

static void compare(const char *old_text, const char *new_text)
{
    struct problems problems = {0};
    cr_assert_eq(configuration_parse(&before, old_text, strlen(old_text), &problems), 0);
    cr_assert_eq(configuration_parse(&after, new_text, strlen(new_text), &problems), 0);
    changes_of_watcher(&changes, &before.watchers[0], &after.watchers[0]);
}

static void expect_change(const char *option, const char *from, const char *to)
{
    const struct change *change = changes_get(&changes, option);
    cr_assert(change, "%s", option);
    cr_expect_str_eq(change->from ? change->from : "(none)", from, "%s", option);
    cr_expect_str_eq(change->to ? change->to : "(none)", to, "%s", option);
}

#define WEB "[watcher:web]\ncmd = x\n"

Test(changes, values_count_and_not_how_they_are_written)
{
    compare(WEB "copy_env = yes\ngraceful_timeout = 30\nsuccess_exit = 0, 2\n",
            WEB "success_exit = 0 2\ncopy_env = 1\n");
    cr_expect_eq(changes.count, 0);
}

Test(changes, an_option_that_comes_or_goes_is_compared_with_its_default)
{
    compare(WEB "nice = 3\nmax_age = 5\n", WEB "stop_signal = INT\n");
    cr_expect_eq(changes.count, 3);
    expect_change("nice", "3", "(none)");
    expect_change("max_age", "5", "0");
    expect_change("stop_signal", "SIGTERM", "INT");
    cr_expect(changes_need(&changes, CHANGE_RESTART), "nice");
    cr_expect(changes_need(&changes, CHANGE_NOTHING), "max_age");
    cr_expect_not(changes_need(&changes, CHANGE_DAEMON));
}

Test(changes, their_names_are_a_list_of_all_or_of_those_that_need_the_same)
{
    compare(WEB "nice = 3\nmax_age = 5\n", WEB "umask = 27\n");
    ph_cleanup(ph_freep) char *all = changes_names(&changes);
    ph_cleanup(ph_freep) char *restart = changes_names_needing(&changes, CHANGE_RESTART);
    cr_expect_str_eq(all, "max_age, umask, nice");
    cr_expect_str_eq(restart, "umask, nice");
    cr_expect_null(changes_names_needing(&changes, CHANGE_DAEMON));
}

Test(changes, variables_are_compared_with_those_of_env_sections)
{
    compare(WEB "[env:*]\nA = 1\nB = 2\n", WEB "env = B=2 A=1\n");
    cr_expect_eq(changes.count, 0, "in any order");
    changes_release(&changes);
    configuration_release(&before);
    configuration_release(&after);
    compare(WEB "[env:*]\nA = 1\n", WEB "[env:w*]\nA = 2\n");
    expect_change("env", "A=1", "A=2");
}

Test(changes, a_plugins_own_options_are_found_by_their_letters)
{
    compare("[plugin:log]\nname = a\nsame = 1\nold = x\n",
            "[plugin:log]\nName = a\nsame = 1\nname = b\n");
    cr_expect_eq(changes.count, 3);
    expect_change("name", "a", "b");
    expect_change("Name", "(none)", "a");
    expect_change("old", "x", "(none)");
    cr_expect(changes_are_own(&changes));
}

Test(changes, of_a_new_watcher_all_that_is_written_counts)
{
    struct problems problems = {0};
    static const char text[] = WEB "nice = 3\n[env:*]\nA = 1\n";
    cr_assert_eq(configuration_parse(&before, text, strlen(text), &problems), 0);
    changes_of_new(&changes, &before.watchers[0]);
    cr_expect_eq(changes.count, 3);
    expect_change("cmd", "(none)", "x");
    expect_change("nice", "(none)", "3");
    expect_change("env", "(none)", "A=1");
    cr_expect_eq(changes_get(&changes, "env")->spec, option_find(SECTION_WATCHER, "env", NULL));
    cr_expect_null(changes_get(&changes, "max_age"));
    cr_expect_not(changes_are_own(&changes));
}

Test(changes, a_new_plugin_has_its_own_options_and_no_variables)
{
    struct problems problems = {0};
    static const char text[] = "[plugin:log]\nuse = logger\npath = /x\n";
    cr_assert_eq(configuration_parse(&before, text, strlen(text), &problems), 0);
    changes_of_new(&changes, &before.watchers[0]);
    cr_expect_eq(changes.count, 2);
    expect_change("use", "(none)", "logger");
    expect_change("path", "(none)", "/x");
    cr_expect_null(changes_get(&changes, "path")->spec);
    cr_expect_null(changes_get(&changes, "env"));
    cr_expect(changes_are_own(&changes));
}

/* Returns what is written of the changes, as JSON that the caller frees. */
static char *written(void)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    changes_write(&changes, "changes", writer);
    ph_writer_bool(writer, "is_last", true);
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    return ph_value_to_json(ph_message_body(message));
}

Test(changes, each_is_written_with_what_it_needs)
{
    compare(WEB "nice = 3\nmax_age = 5\n", WEB "nice = 4\nlabel.team = a\n");
    ph_cleanup(ph_freep) char *json = written();
    cr_expect(strstr(json, "{\"option\":\"nice\",\"from\":\"3\",\"to\":\"4\","
                           "\"needs\":\"restart\"}"),
              "%s", json);
    cr_expect(strstr(json, "{\"option\":\"max_age\",\"from\":\"5\",\"to\":\"0\","
                           "\"needs\":\"nothing\"}"),
              "%s", json);
    cr_expect(strstr(json, "\"option\":\"label.team\",\"from\":null,\"to\":\"a\","
                           "\"needs\":\"nothing\""),
              "%s", json);
    cr_expect(strstr(json, "],\"is_last\":true}"), "%s", json);
}

Test(changes, a_plugin_is_told_its_own_options)
{
    compare("[plugin:log]\nuse = l\npath = a\n", "[plugin:log]\nuse = l\npath = b\n");
    ph_cleanup(ph_freep) char *json = written();
    cr_expect_str_eq(json, "{\"changes\":[{\"option\":\"path\",\"from\":\"a\",\"to\":\"b\","
                           "\"needs\":\"signal\"}],\"is_last\":true}");
}
