#include <alloc.h>
#include <config/schema.h>
#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <socket/options.h>
#include <string.h>
#include <unistd.h>

static const struct option_spec *spec_of(enum section_kind kind, const char *name)
{
    const struct option_spec *spec = option_find(kind, name, NULL);
    cr_assert_not_null(spec, "%s", name);
    return spec;
}

union target {
    struct settings settings;
    struct watcher_options watcher;
    struct socket_options socket;
};

/* Frees what an option of such sections has filled in. */
static void release(union target *target, unsigned sections)
{
    if (sections & (SECTION_PLUGHOST | SECTION_CIRCUS))
        settings_release(&target->settings);
    else if (sections & SECTION_SOCKET)
        socket_options_release(&target->socket);
    else
        watcher_options_release(&target->watcher);
}

/* Sets an option of a watcher. Returns the message of a refusal, or "". */
static const char *set(struct watcher_options *options, const char *name, const char *text)
{
    static struct ph_error err;
    err = (struct ph_error){0};
    enum section_kind kind = strcmp(name, "use") == 0 ? SECTION_PLUGIN : SECTION_WATCHER;
    int outcome = option_parse(spec_of(kind, name), text, options, &err);
    cr_expect_eq(outcome, err.message[0] ? -1 : 0, "%s = %s", name, text);
    cr_expect_eq(err.code, outcome < 0 ? PH_INVALID : 0);
    return err.message;
}

static const char *set_setting(struct settings *settings, const char *name, const char *text)
{
    static struct ph_error err;
    err = (struct ph_error){0};
    int outcome = option_parse(spec_of(SECTION_PLUGHOST, name), text, settings, &err);
    cr_expect_eq(outcome, err.message[0] ? -1 : 0, "%s = %s", name, text);
    return err.message;
}

/* ---- the table ---- */

Test(schema, every_row_is_complete)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        cr_expect(spec->fallback || spec->fallback_text, "%s", spec->name);
        cr_expect_not(spec->fallback && spec->fallback_text, "%s", spec->name);
        cr_expect_gt(strlen(spec->text), 0, "%s", spec->name);
        cr_expect_eq(spec->text[strlen(spec->text) - 1], '.', "%s", spec->name);
        cr_expect_neq(spec->sections, 0, "%s", spec->name);
        for (const char *line = spec->text; line; line = strchr(line, '\n'))
            cr_expect_leq(strcspn(line += *line == '\n', "\n"), 90, "%s", spec->name);
    }
}

Test(schema, a_name_means_one_option_in_each_kind_of_section)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));)
        for (unsigned kind = SECTION_PLUGHOST; kind <= SECTION_CIRCUS; kind *= 2)
            if (spec->sections & kind)
                cr_expect_eq(spec_of((enum section_kind)kind, spec->name), spec, "%s", spec->name);
}

Test(schema, every_default_can_be_read)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        union target target = {0};
        if (spec->fallback)
            cr_expect_eq(option_parse(spec, spec->fallback, &target, NULL), 0, "%s", spec->name);
        release(&target, spec->sections);
    }
}

Test(schema, what_was_left_out_can_be_told_from_every_value)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));)
        if (spec->unset != 0)
            cr_expect((double)spec->unset < spec->min, "%s", spec->name);
}

/* Returns the number that an option has in `target`. */
static int64_t number_of(const struct option_spec *spec, const void *target)
{
    const void *member = (const char *)target + spec->offset;
    return spec->type == OPTION_OCTAL ? *(const int *)member : *(const int64_t *)member;
}

Test(schema, a_number_without_a_default_is_marked_as_left_out)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        bool is_octal = spec->type == OPTION_OCTAL;
        if (spec->fallback || !(is_octal || spec->max > spec->min))
            continue;
        for (unsigned kind = SECTION_PLUGHOST; kind <= SECTION_CIRCUS; kind *= 2) {
            union target target = {0};
            options_set_defaults((enum section_kind)kind, &target);
            if (spec->sections & kind)
                cr_expect_eq(number_of(spec, &target), is_octal ? -1 : spec->unset, "%s",
                             spec->name);
            release(&target, kind);
        }
    }
}

Test(schema, a_label_begins_with_its_prefix_and_has_a_name)
{
    cr_expect(option_is_label("label.team"));
    cr_expect(option_is_label("label.x"));
    cr_expect_not(option_is_label("label."));
    cr_expect_not(option_is_label("label"));
    cr_expect_not(option_is_label("labels.x"));
    cr_expect_not(option_is_label("cmd"));
    cr_expect_not(option_is_label("zlabel.x"));
}

Test(schema, an_option_is_found_only_where_it_belongs)
{
    struct ph_error err;
    cr_expect_null(option_find(SECTION_PLUGHOST, "cmd", &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "unknown option 'cmd'");
    cr_expect_str_eq(err.hint, "'plughostd --help-config' explains all options");
    cr_expect_null(option_find(SECTION_PLUGIN, "cmd", NULL));
    cr_expect_null(option_find(SECTION_WATCHER, "use", NULL));
    cr_expect_null(option_find(SECTION_WATCHER, "run_dir", NULL));
    cr_expect_null(option_find(SECTION_PLUGIN, "numprocesses", NULL));
    cr_expect_null(option_find(SECTION_ENV, "cmd", NULL));
}

Test(schema, the_nearest_name_is_the_hint)
{
    struct ph_error err;
    cr_expect_null(option_find(SECTION_WATCHER, "numproceses", &err));
    cr_expect_str_eq(err.message, "unknown option 'numproceses'");
    cr_expect_str_eq(err.hint, "did you mean 'numprocesses'?");
    cr_expect_null(option_find(SECTION_WATCHER, "CMD", &err));
    cr_expect_str_eq(err.hint, "did you mean 'cmd'?");
}

/* ---- each type ---- */

Test(schema, text_is_kept_as_it_is)
{
    struct watcher_options options = {0};
    cr_expect_str_eq(set(&options, "use", "a b"), "");
    cr_expect_str_eq(options.use, "a b");
    cr_expect_str_eq(set(&options, "use", "again"), "");
    cr_expect_str_eq(options.use, "again");
    watcher_options_release(&options);
}

Test(schema, a_path_becomes_absolute)
{
    struct watcher_options options = {0};
    char here[PATH_MAX];
    cr_assert_not_null(getcwd(here, sizeof here));
    ph_cleanup(ph_freep) char *expected = ph_format("%s/a/b", here);
    cr_expect_str_eq(set(&options, "working_dir", "/x/y"), "");
    cr_expect_str_eq(options.working_dir, "/x/y");
    cr_expect_str_eq(set(&options, "working_dir", "a/b"), "");
    cr_expect_str_eq(options.working_dir, expected);
    cr_expect_str_eq(set(&options, "working_dir", ""), "working_dir = : a path is missing");
    cr_expect_str_eq(options.working_dir, expected, "a failure must leave it as it is");
    watcher_options_release(&options);
}

Test(schema, paths_are_parted_by_colons)
{
    struct settings settings = {0};
    char here[PATH_MAX];
    cr_assert_not_null(getcwd(here, sizeof here));
    ph_cleanup(ph_freep) char *second = ph_format("%s/b", here);
    cr_expect_str_eq(set_setting(&settings, "plugin_path", "/a::b:"), "");
    cr_expect_str_eq(settings.plugin_path[0], "/a");
    cr_expect_str_eq(settings.plugin_path[1], second);
    cr_expect_null(settings.plugin_path[2]);
    cr_expect_str_eq(set_setting(&settings, "plugin_path", ""), "");
    cr_expect_null(settings.plugin_path[0]);
    settings_release(&settings);
}

Test(schema, an_endpoint_is_ipc_or_tcp)
{
    struct settings settings = {0};
    cr_expect_str_eq(set_setting(&settings, "endpoint", "ipc:///a/b"), "");
    cr_expect_str_eq(settings.endpoint, "ipc:///a/b");
    cr_expect_str_eq(set_setting(&settings, "endpoint", "tcp://127.0.0.1:5555"), "");
    cr_expect_str_eq(settings.endpoint, "tcp://127.0.0.1:5555");
    cr_expect_str_eq(set_setting(&settings, "endpoint", "udp://x:1"),
                     "endpoint = udp://x:1: no endpoint");
    cr_expect_str_eq(set_setting(&settings, "endpoint", ""), "endpoint = : no endpoint");
    cr_expect_str_eq(set_setting(&settings, "endpoint", "ipc://a"),
                     "endpoint = ipc://a: the path behind ipc:// must begin with /");
    cr_expect_str_eq(set_setting(&settings, "endpoint", "ipc://@a"),
                     "endpoint = ipc://@a: the path behind ipc:// must begin with /");
    cr_expect_str_eq(settings.endpoint, "tcp://127.0.0.1:5555", "failures leave it as it is");
    settings_release(&settings);
}

Test(schema, the_address_of_an_endpoint_is_a_number_and_so_is_its_port)
{
    struct settings settings = {0};
    static const char *const good[] = {"127.0.0.1:1", "127.0.0.1:65535", "0.0.0.0:5", "[::1]:5555"};
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:0",
                                      "localhost:5",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:x",
                                      "127.0.0.1:5x",
                                      "5",
                                      ":5555",
                                      ":"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ph_cleanup(ph_freep) char *endpoint = ph_format("tcp://%s", good[i]);
        cr_expect_str_eq(set_setting(&settings, "endpoint", endpoint), "");
        cr_expect_str_eq(settings.endpoint, endpoint);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ph_cleanup(ph_freep) char *endpoint = ph_format("tcp://%s", bad[i]);
        ph_cleanup(ph_freep) char *expected =
            ph_format("endpoint = %s: address and port must be numbers", endpoint);
        cr_expect_str_eq(set_setting(&settings, "endpoint", endpoint), expected);
    }
    settings_release(&settings);
}

Test(schema, words_are_split_as_a_shell_does)
{
    struct watcher_options options = {0};
    cr_expect_str_eq(set(&options, "cmd", "a 'b c'"), "");
    cr_expect_str_eq(options.cmd[1], "b c");
    cr_expect_null(options.cmd[2]);
    cr_expect_str_eq(set(&options, "cmd", "a 'b"), "cmd = a 'b: a ' is not closed");
    cr_expect_str_eq(options.cmd[0], "a", "a failure must leave it as it is");
    watcher_options_release(&options);
}

Test(schema, an_argument_may_be_empty)
{
    struct watcher_options options = {0};
    cr_expect_str_eq(set(&options, "args", "'' x"), "");
    cr_assert_not_null(options.args);
    cr_expect_str_eq(options.args[0], "");
    watcher_options_release(&options);
}

Test(schema, a_boolean_has_four_pairs_of_words)
{
    static const char *const no[] = {"no", "false", "off", "0", "No", "FALSE"};
    static const char *const yes[] = {"yes", "true", "on", "1", "YES", "True"};
    struct watcher_options options = {0};
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        cr_expect_str_eq(set(&options, "autostart", yes[i]), "");
        cr_expect(options.autostart, "%s", yes[i]);
        cr_expect_str_eq(set(&options, "autostart", no[i]), "");
        cr_expect_not(options.autostart, "%s", no[i]);
    }
    cr_expect_str_eq(set(&options, "autostart", "maybe"), "autostart = maybe: not understood");
    cr_expect_str_eq(set(&options, "autostart", ""), "autostart = : not understood");
    cr_expect_str_eq(set(&options, "autostart", "2"), "autostart = 2: not understood");
}

Test(schema, a_count_is_a_whole_number_within_its_range)
{
    struct watcher_options options = {0};
    cr_expect_str_eq(set(&options, "numprocesses", "0"), "");
    cr_expect_eq(options.numprocesses, 0);
    cr_expect_str_eq(set(&options, "numprocesses", "100000"), "");
    cr_expect_eq(options.numprocesses, 100000);
    cr_expect_str_eq(set(&options, "numprocesses", "100001"),
                     "numprocesses = 100001: out of range");
    cr_expect_str_eq(set(&options, "numprocesses", "-1"), "numprocesses = -1: out of range");
    cr_expect_str_eq(set(&options, "numprocesses", "1.5"),
                     "numprocesses = 1.5: not a whole number");
    cr_expect_str_eq(set(&options, "numprocesses", "two"),
                     "numprocesses = two: not a whole number");
    cr_expect_str_eq(set(&options, "numprocesses", "2x"), "numprocesses = 2x: not a whole number");
    cr_expect_str_eq(set(&options, "numprocesses", ""), "numprocesses = : not a whole number");
    cr_expect_str_eq(set(&options, "numprocesses", "1e400"),
                     "numprocesses = 1e400: not a whole number");
    cr_expect_eq(options.numprocesses, 100000, "failures leave it as it is");
}

Test(schema, seconds_are_kept_in_milliseconds)
{
    struct watcher_options options = {0};
    cr_expect_str_eq(set(&options, "graceful_timeout", "0"), "");
    cr_expect_eq(options.graceful_timeout_ms, 0);
    cr_expect_str_eq(set(&options, "graceful_timeout", "1.0015"), "");
    cr_expect_eq(options.graceful_timeout_ms, 1002);
    cr_expect_str_eq(set(&options, "graceful_timeout", "86400"), "");
    cr_expect_eq(options.graceful_timeout_ms, 86400000);
    cr_expect_str_eq(set(&options, "graceful_timeout", "86400.001"),
                     "graceful_timeout = 86400.001: out of range");
    cr_expect_str_eq(set(&options, "graceful_timeout", "-0.1"),
                     "graceful_timeout = -0.1: out of range");
    cr_expect_str_eq(set(&options, "graceful_timeout", "30s"),
                     "graceful_timeout = 30s: not a number");
    cr_expect_str_eq(set(&options, "graceful_timeout", "inf"),
                     "graceful_timeout = inf: not a number");
    cr_expect_str_eq(set(&options, "graceful_timeout", "nan"),
                     "graceful_timeout = nan: not a number");
    cr_expect_str_eq(set(&options, "restart_delay", "0"), "restart_delay = 0: out of range");
    cr_expect_str_eq(set(&options, "restart_delay", "0.001"), "");
    cr_expect_eq(options.restart.restart_delay_ms, 1);
}

Test(schema, a_share_lies_between_nothing_and_all)
{
    struct watcher_options options = {0};
    cr_expect_str_eq(set(&options, "restart_jitter", "0"), "");
    cr_expect_eq(options.restart.restart_jitter, 0);
    cr_expect_str_eq(set(&options, "restart_jitter", "0.25"), "");
    cr_expect_eq(options.restart.restart_jitter, 0.25);
    cr_expect_str_eq(set(&options, "restart_jitter", "1.01"),
                     "restart_jitter = 1.01: out of range");
    cr_expect_str_eq(set(&options, "restart_jitter", "10%"), "restart_jitter = 10%: not a number");
}

Test(schema, a_signal_has_a_name_or_a_number)
{
    struct watcher_options options = {0};
    cr_expect_str_eq(set(&options, "stop_signal", "SIGINT"), "");
    cr_expect_eq(options.stop_signal, SIGINT);
    cr_expect_str_eq(set(&options, "stop_signal", "quit"), "");
    cr_expect_eq(options.stop_signal, SIGQUIT);
    cr_expect_str_eq(set(&options, "stop_signal", "9"), "");
    cr_expect_eq(options.stop_signal, SIGKILL);
    cr_expect_str_eq(set(&options, "stop_signal", "SIGNOPE"),
                     "stop_signal = SIGNOPE: no such signal");
    cr_expect_str_eq(set(&options, "stop_signal", "0"), "stop_signal = 0: no such signal");
    cr_expect_str_eq(set(&options, "stop_signal", ""), "stop_signal = : no such signal");
    cr_expect_eq(options.stop_signal, SIGKILL, "failures leave it as it is");
}

Test(schema, the_hint_says_what_the_option_takes)
{
    static const struct {
        enum section_kind kind;
        const char *name, *text, *hint;
    } rows[] = {
        {SECTION_PLUGHOST, "run_dir", "", "path"},
        {SECTION_PLUGHOST, "endpoint", "x", "ipc:///PATH or tcp://127.0.0.1:PORT"},
        {SECTION_WATCHER, "cmd", "'", "words, split as a shell does"},
        {SECTION_WATCHER, "autostart", "x", "yes, true, on, 1; or no, false, off, 0"},
        {SECTION_WATCHER, "numprocesses", "x", "whole number, 0 to 100000"},
        {SECTION_WATCHER, "numprocesses", "-1", "whole number, 0 to 100000"},
        {SECTION_WATCHER, "restart_delay", "0", "seconds, 0.001 to 86400"},
        {SECTION_WATCHER, "restart_jitter", "9", "share, 0 to 1"},
        {SECTION_WATCHER, "stop_signal", "x", "signal, such as SIGTERM or 15"},
        {SECTION_WATCHER, "nice", "20", "whole number, -20 to 19"},
        {SECTION_WATCHER, "uid", "", "name"},
        {SECTION_WATCHER, "umask", "8", "octal number, 0 to 777"},
        {SECTION_WATCHER, "memory_max", "x", "bytes, with K, M, G or T for units of 1024"},
        {SECTION_WATCHER, "after", "a a", "names, parted by blanks or commas"},
        {SECTION_WATCHER, "env", "x", "NAME=VALUE..., split as a shell does"},
        {SECTION_WATCHER, "restart", "x", "always, on-failure or never"},
        {SECTION_WATCHER, "on_daemon_death", "x", "kill or survive"},
        {SECTION_WATCHER, "success_exit", "x",
         "exit statuses from 0 to 255, parted by blanks or commas"},
        {SECTION_WATCHER, "hooks.before_start", "",
         "COMMAND, split as a shell does, or plugin:NAME METHOD; and [, ignore]"},
        {SECTION_WATCHER, "rlimit_nofile", "x", "NUMBER, unlimited, or SOFT:HARD"},
        {SECTION_WATCHER, "stdout_stream.class", "x",
         "FileStream, TimedRotatingFileStream, WatchedFileStream, StdoutStream, "
         "FancyStdoutStream, SyslogStream, JournalStream or NullStream"},
        {SECTION_WATCHER, "stdout_stream.class", "FileStraem", "did you mean 'FileStream'?"},
        {SECTION_SOCKET, "family", "INET", "AF_INET, AF_INET6 or AF_UNIX"},
        {SECTION_SOCKET, "type", "x", "SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ph_error err = {0};
        union target target = {0};
        cr_expect_eq(option_parse(spec_of(rows[i].kind, rows[i].name), rows[i].text, &target, &err),
                     -1);
        cr_expect_str_eq(err.hint, rows[i].hint, "%s", rows[i].name);
        release(&target, rows[i].kind);
    }
}

Test(schema, a_long_value_is_shown_in_part)
{
    struct watcher_options options = {0};
    char text[200];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ph_cleanup(ph_freep) char *expected = ph_format("stop_signal = %.80s: no such signal", text);
    cr_expect_str_eq(set(&options, "stop_signal", text), expected);
}

Test(schema, the_smallest_and_the_largest_number_of_every_option_are_accepted)
{
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        if (spec->max <= spec->min)
            continue;
        union target options = {0};
        ph_cleanup(ph_freep) char *min = ph_format("%.17g", spec->min);
        ph_cleanup(ph_freep) char *max = ph_format("%.17g", spec->max);
        ph_cleanup(ph_freep) char *below = ph_format("%.17g", spec->min - 1);
        ph_cleanup(ph_freep) char *above = ph_format("%.17g", spec->max + 1);
        cr_expect_eq(option_parse(spec, min, &options, NULL), 0, "%s = %s", spec->name, min);
        cr_expect_eq(option_parse(spec, max, &options, NULL), 0, "%s = %s", spec->name, max);
        cr_expect_eq(option_parse(spec, below, &options, NULL), -1, "%s = %s", spec->name, below);
        cr_expect_eq(option_parse(spec, above, &options, NULL), -1, "%s = %s", spec->name, above);
    }
}

/* ---- defaults ---- */

Test(schema, a_watcher_begins_with_the_defaults_of_the_documentation)
{
    struct watcher_options options = {0};
    options_set_defaults(SECTION_WATCHER, &options);
    cr_expect_eq(options.numprocesses, 1);
    cr_expect(options.autostart);
    cr_expect_eq(options.stop_signal, SIGTERM);
    cr_expect_eq(options.graceful_timeout_ms, 30000);
    cr_expect_eq(options.restart.restart_delay_ms, 100);
    cr_expect_eq(options.restart.restart_delay_max_ms, 60000);
    cr_expect_eq(options.restart.restart_jitter, 0.1);
    cr_expect_eq(options.restart.stable_after_ms, 10000);
    cr_expect_eq(options.restart.max_restarts, 20);
    cr_expect_eq(options.restart.failed_retry_ms, 600000);
    cr_expect_null(options.cmd);
    cr_expect_null(options.working_dir);
    watcher_options_release(&options);
}

Test(schema, the_daemon_begins_without_tcp)
{
    struct settings settings = {.insecure_tcp = true};
    options_set_defaults(SECTION_PLUGHOST, &settings);
    cr_expect_not(settings.insecure_tcp);
    cr_expect_null(settings.endpoint);
    settings_release(&settings);
}
