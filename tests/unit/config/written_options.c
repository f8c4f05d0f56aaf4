/* What clients are shown of an option: its value, in the type that it has. */
#include <alloc.h>
#include <config/schema.h>
#include <criterion/criterion.h>
#include <stdio.h>

static struct watcher_options options;
static struct settings settings;

static void set_up(void)
{
    options_set_defaults(SECTION_WATCHER, &options);
    options_set_defaults(SECTION_PLUGHOST, &settings);
}

static void tear_down(void)
{
    watcher_options_release(&options);
    settings_release(&settings);
}

TestSuite(written_options, .init = set_up, .fini = tear_down);

/* Expects what is written of an option, whose text in the file is `written`, or NULL, and of a
 * number behind it. */
static void expect_of(enum section_kind kind, const void *target, const char *name,
                      const char *written, const char *expected)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    option_write(option_find(kind, name, NULL), target, written, writer);
    ph_writer_int(writer, "end", 1);
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    ph_cleanup(ph_freep) char *whole = ph_format("{\"%s\":%s,\"end\":1}", name, expected);
    cr_expect_str_eq(json, whole);
}

static void expect(const char *name, const char *expected)
{
    expect_of(SECTION_WATCHER, &options, name, NULL, expected);
}

/* Sets an option, and expects what is written of it. */
static void expect_set(const char *name, const char *text, const char *expected)
{
    const struct option_spec *spec = option_find(SECTION_WATCHER, name, NULL);
    cr_assert_eq(option_parse(spec, text, &options, NULL), 0, "%s = %s", name, text);
    expect_of(SECTION_WATCHER, &options, name, text, expected);
}

static void expect_setting(const char *name, const char *text, const char *expected)
{
    const struct option_spec *spec = option_find(SECTION_PLUGHOST, name, NULL);
    cr_assert_eq(option_parse(spec, text, &settings, NULL), 0, "%s = %s", name, text);
    expect_of(SECTION_PLUGHOST, &settings, name, text, expected);
}

Test(written_options, numbers_are_written_in_the_unit_of_the_file)
{
    expect_set("numprocesses", "3", "3");
    expect_set("graceful_timeout", "2", "2");
    expect_set("graceful_timeout", "2.25", "2.25");
    expect_set("restart_jitter", "0.5", "0.5");
    expect_set("memory_max", "2K", "2048");
    expect_set("nice", "-3", "-3");
    expect_set("stop_signal", "SIGINT", "2");
}

Test(written_options, defaults_are_written_as_values_too)
{
    expect("numprocesses", "1");
    expect("graceful_timeout", "30");
    expect("restart_delay", "0.1");
    expect("restart_jitter", "0.1");
    expect("stop_signal", "15");
    expect("autostart", "true");
    expect("memory_max", "0");
    expect("restart", "\"always\"");
    expect("on_daemon_death", "\"kill\"");
}

Test(written_options, a_boolean_is_one_and_words_stay_words)
{
    expect_set("autostart", "off", "false");
    expect_set("autostart", "1", "true");
    expect_set("on_daemon_death", "survive", "\"survive\"");
    expect_set("restart", "on-failure", "\"on-failure\"");
}

Test(written_options, texts_are_written_as_they_are_used)
{
    expect_set("working_dir", "/x/y", "\"/x/y\"");
    expect_set("virtualenv", "/v", "\"/v\"");
    expect_set("uid", "nobody", "\"nobody\"");
    expect_setting("endpoint", "ipc:///x", "\"ipc:///x\"");
    expect_of(SECTION_WATCHER, &options, "working_dir", "y", "\"/x/y\"");
}

Test(written_options, a_text_of_a_plugin_is_written)
{
    cr_assert_eq(option_parse(option_find(SECTION_PLUGIN, "use", NULL), "a b", &options, NULL), 0);
    expect_of(SECTION_PLUGIN, &options, "use", NULL, "\"a b\"");
}

Test(written_options, lists_are_written_as_in_the_file)
{
    expect_set("cmd", "a 'b c'", "\"a 'b c'\"");
    expect_set("after", "a, b", "\"a, b\"");
    expect_set("umask", "022", "\"022\"");
    expect_set("success_exit", "0 2", "\"0 2\"");
    expect("success_exit", "\"0\"");
}

Test(written_options, what_is_left_out_and_has_no_default_is_nil)
{
    static const char *const names[] = {"working_dir",     "cmd", "nice", "max_retry", "umask",
                                        "flapping.window", "uid"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect(names[i], "null");
}

Test(written_options, variables_are_a_map)
{
    expect("env", "{}");
    expect_set("env", "B=2 A='x y'", "{\"B\":\"2\",\"A\":\"x y\"}");
}

/* ---- taking away ---- */

Test(written_options, a_text_can_be_taken_away_and_nothing_else)
{
    expect_set("working_dir", "/x", "\"/x\"");
    expect_set("uid", "nobody", "\"nobody\"");
    expect_set("numprocesses", "3", "3");
    expect_set("cmd", "x", "\"x\"");
    static const char *const names[] = {"working_dir", "uid", "numprocesses", "cmd"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        option_unset(option_find(SECTION_WATCHER, names[i], NULL), &options);
    cr_expect_null(options.working_dir);
    cr_expect_null(options.uid);
    cr_expect_eq(options.numprocesses, 3);
    cr_assert_not_null(options.cmd);
    cr_expect_str_eq(options.cmd[0], "x");
}
