/* The values of a watcher's options, by what they are: numbers, lists, words, hooks. */
#include <alloc.h>
#include <config/schema.h>
#include <criterion/criterion.h>
#include <socket/options.h>
#include <string.h>
#include <sys/socket.h>

static struct watcher_options options;

static void tear_down(void)
{
    watcher_options_release(&options);
}

TestSuite(values, .fini = tear_down);

/* Sets an option. Returns the message of a refusal, or "". */
static const char *set(const char *name, const char *text)
{
    static struct ph_error err;
    err = (struct ph_error){0};
    const struct option_spec *spec = option_find(SECTION_WATCHER, name, NULL);
    cr_assert_not_null(spec, "%s", name);
    int outcome = option_parse(spec, text, &options, &err);
    cr_expect_eq(outcome, err.message[0] ? -1 : 0, "%s = %s", name, text);
    return err.message;
}

static void expect_words(char *const *words, const char *expected)
{
    ph_cleanup(ph_freep) char *joined = ph_strdup("");
    cr_assert_not_null(words);
    for (; *words; words++) {
        ph_cleanup(ph_freep) char *before = joined;
        joined = ph_format("%s[%s]", before, *words);
    }
    cr_expect_str_eq(joined, expected);
}

/* ---- numbers ---- */

Test(values, bytes_have_units_of_1024)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } rows[] = {{"0", 0},        {"5000", 5000},    {"1K", 1 << 10},
                {"3m", 3 << 20}, {"2G", 2LL << 30}, {"1T", 1LL << 40}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(set("memory_max", rows[i].text), "");
        cr_expect_eq(options.memory_max_bytes, rows[i].bytes, "%s", rows[i].text);
    }
    static const char *const bad[] = {"",     "K",   "-1",  "1.5G",
                                      "1 G",  "1KB", "1X",  "99999999999999999999",
                                      "9E9G", "+1",  " 1K", "9223372036854775807K"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ph_cleanup(ph_freep) char *expected =
            ph_format("memory_max = %s: not a number of bytes", bad[i]);
        cr_expect_str_eq(set("memory_max", bad[i]), expected);
    }
    cr_expect_eq(options.memory_max_bytes, 1LL << 40, "failures leave it as it is");
}

Test(values, a_umask_is_octal)
{
    cr_expect_str_eq(set("umask", "022"), "");
    cr_expect_eq(options.umask, 022);
    cr_expect_str_eq(set("umask", "77"), "");
    cr_expect_eq(options.umask, 077);
    cr_expect_str_eq(set("umask", "0777"), "");
    cr_expect_eq(options.umask, 0777);
    cr_expect_str_eq(set("umask", "1000"), "umask = 1000: out of range");
    cr_expect_str_eq(set("umask", "77777777777777777777"),
                     "umask = 77777777777777777777: out of range");
    cr_expect_str_eq(set("umask", "8"), "umask = 8: not an octal number");
    cr_expect_str_eq(set("umask", "-1"), "umask = -1: not an octal number");
    cr_expect_str_eq(set("umask", ""), "umask = : not an octal number");
    cr_expect_eq(options.umask, 0777, "failures leave it as it is");
}

Test(values, a_number_may_be_negative_where_that_means_something)
{
    cr_expect_str_eq(set("nice", "-20"), "");
    cr_expect_eq(options.nice, -20);
    cr_expect_str_eq(set("oom_score_adj", "-1000"), "");
    cr_expect_eq(options.oom_score_adj, -1000);
    cr_expect_str_eq(set("priority", "-3"), "");
    cr_expect_eq(options.priority, -3);
    cr_expect_str_eq(set("max_retry", "-1"), "");
    cr_expect_eq(options.max_retry, -1);
    cr_expect_str_eq(set("max_retry", "-2"), "max_retry = -2: out of range");
    cr_expect_str_eq(set("nice", "20"), "nice = 20: out of range");
    cr_expect_str_eq(set("oom_score_adj", "1001"), "oom_score_adj = 1001: out of range");
}

Test(values, a_share_of_processors_may_be_more_than_one)
{
    cr_expect_str_eq(set("cpu_max", "1.5"), "");
    cr_expect_eq(options.cpu_max, 1.5);
    cr_expect_str_eq(set("cpu_max", "-1"), "cpu_max = -1: out of range");
    cr_expect_str_eq(set("cpu_max", "50%"), "cpu_max = 50%: not a number");
}

Test(values, a_limit_is_one_number_or_two)
{
    const struct limit_option *files = &options.limits[RLIMIT_NOFILE];
    cr_expect_str_eq(set("rlimit_nofile", "1024"), "");
    cr_expect(files->is_set);
    cr_expect_eq(files->limit.rlim_cur, 1024);
    cr_expect_eq(files->limit.rlim_max, 1024);
    cr_expect_str_eq(set("rlimit_nofile", "10:unlimited"), "");
    cr_expect_eq(files->limit.rlim_cur, 10);
    cr_expect_eq(files->limit.rlim_max, RLIM_INFINITY);
    cr_expect_str_eq(set("rlimit_nofile", ""), "");
    cr_expect_eq(files->limit.rlim_cur, RLIM_INFINITY);
    cr_expect_str_eq(set("rlimit_nofile", "many"),
                     "the limit 'nofile' cannot be 'many': it takes a number, unlimited, or "
                     "SOFT:HARD");
    cr_expect_str_eq(set("rlimit_nofile", "5:4"),
                     "the limit 'nofile' cannot be '5:4': the first is more than the second");
    cr_expect_eq(files->limit.rlim_cur, RLIM_INFINITY, "failures leave it as it is");
}

Test(values, every_limit_of_the_system_has_an_option_of_its_own)
{
    unsigned count = 0;
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        if (spec->type != OPTION_LIMIT)
            continue;
        count++;
        cr_expect_str_eq(set(spec->name, "7:8"), "");
    }
    cr_expect_eq(count, RLIM_NLIMITS);
    for (size_t i = 0; i < RLIM_NLIMITS; i++)
        cr_expect_eq(options.limits[i].limit.rlim_cur, 7, "%zu", i);
}

/* ---- lists ---- */

Test(values, names_are_parted_by_blanks_or_commas)
{
    cr_expect_str_eq(set("after", "db, cache  plugin:log,"), "");
    expect_words(options.after, "[db][cache][plugin:log]");
    cr_expect_str_eq(set("after", "db Cache CACHE"),
                     "after = db Cache CACHE: a name stands there twice");
    expect_words(options.after, "[db][cache][plugin:log]");
    cr_expect_str_eq(set("after", ""), "");
    expect_words(options.after, "");
}

Test(values, exit_statuses_are_a_list)
{
    cr_expect_str_eq(set("success_exit", "0, 3 255"), "");
    cr_expect(options.success_exit[0] && options.success_exit[3] && options.success_exit[255]);
    cr_expect_not(options.success_exit[1]);
    cr_expect_str_eq(set("success_exit", "256"), "success_exit = 256: out of range");
    cr_expect_str_eq(set("success_exit", "1x"), "success_exit = 1x: not a list of numbers");
    cr_expect_str_eq(set("success_exit", "-1"), "success_exit = -1: not a list of numbers");
    cr_expect(options.success_exit[3], "failures leave it as it is");
    cr_expect_str_eq(set("success_exit", ""), "");
    cr_expect_not(options.success_exit[0]);
}

Test(values, variables_are_words_with_a_name)
{
    cr_expect_str_eq(set("env", "A=1 B='two words' C=x=y A=3 D="), "");
    cr_assert_eq(options.env.count, 4);
    cr_expect_str_eq(options.env.items[0].value, "3");
    cr_expect_str_eq(options.env.items[1].value, "two words");
    cr_expect_str_eq(options.env.items[2].value, "x=y");
    cr_expect_str_eq(options.env.items[3].value, "");
    cr_expect_str_eq(set("env", "A=4 B"), "env = A=4 B: not NAME=VALUE");
    cr_expect_str_eq(set("env", "=x"), "env = =x: not NAME=VALUE");
    cr_expect_str_eq(set("env", "A='"), "env = A=': a ' is not closed");
    cr_expect_str_eq(options.env.items[0].value, "3", "failures leave it as it is");
}

Test(values, a_path_that_begins_with_a_variable_stays_as_it_is)
{
    cr_expect_str_eq(set("working_dir", "$(circus.env.HOME)/x"), "");
    cr_expect_str_eq(options.working_dir, "$(circus.env.HOME)/x");
    cr_expect_str_eq(set("working_dir", "((circus.env.HOME))"), "");
    cr_expect_str_eq(options.working_dir, "((circus.env.HOME))");
}

/* ---- words ---- */

Test(values, a_choice_is_one_of_its_words)
{
    cr_expect_str_eq(set("restart", "never"), "");
    cr_expect_eq(options.restart_mode, RESTART_NEVER);
    cr_expect_str_eq(set("restart", "On-Failure"), "");
    cr_expect_eq(options.restart_mode, RESTART_ON_FAILURE);
    cr_expect_str_eq(set("restart", "yes"), "restart = yes: not understood");
    cr_expect_str_eq(set("on_daemon_death", "survive"), "");
    cr_expect(options.outlives_daemon);
    cr_expect_str_eq(set("on_daemon_death", "kill"), "");
    cr_expect_not(options.outlives_daemon);
    cr_expect_str_eq(set("on_daemon_death", "no"), "on_daemon_death = no: not understood");
}

Test(values, a_stream_has_a_class_with_or_without_its_module)
{
    cr_expect_str_eq(set("stderr_stream.class", "TimedRotatingFileStream"), "");
    cr_expect_eq(options.stderr_stream.class, STREAM_TIMED_FILE);
    cr_expect_str_eq(set("stdout_stream.class", "circus.stream.FancyStdoutStream"), "");
    cr_expect_eq(options.stdout_stream.class, STREAM_FANCY_STDOUT);
    cr_expect_str_eq(set("stdout_stream.class", "QueueStream"),
                     "stdout_stream.class = QueueStream: not understood");
}

Test(values, each_stream_has_its_own_options)
{
    cr_expect_str_eq(set("stdout_stream.max_bytes", "1M"), "");
    cr_expect_str_eq(set("stderr_stream.max_bytes", "2M"), "");
    cr_expect_str_eq(set("stderr_stream.time_format", "%H:%M"), "");
    cr_expect_eq(options.stdout_stream.max_bytes, 1 << 20);
    cr_expect_eq(options.stderr_stream.max_bytes, 2 << 20);
    cr_expect_null(options.stdout_stream.time_format);
    cr_expect_str_eq(options.stderr_stream.time_format, "%H:%M");
}

Test(values, a_socket_has_a_family_and_a_type)
{
    struct socket_options socket = {0};
    const struct option_spec *family = option_find(SECTION_SOCKET, "family", NULL);
    const struct option_spec *type = option_find(SECTION_SOCKET, "type", NULL);
    struct ph_error err;
    cr_expect_eq(option_parse(family, "AF_INET6", &socket, &err), 0);
    cr_expect_eq(option_parse(type, "sock_dgram", &socket, &err), 0);
    cr_expect_eq(socket.family, AF_INET6);
    cr_expect_eq(socket.type, SOCK_DGRAM);
    cr_expect_eq(option_parse(family, "AF_INET4", &socket, &err), -1);
    cr_expect_str_eq(err.message, "family = AF_INET4: not understood");
    cr_expect_str_eq(err.hint, "did you mean 'AF_INET'?");
}

/* ---- hooks ---- */

Test(values, a_hook_is_a_command)
{
    const struct hook_options *hook = &options.hooks[HOOK_BEFORE_START];
    cr_expect_str_eq(set("hooks.before_start", "migrate --all 'a b'"), "");
    expect_words(hook->cmd, "[migrate][--all][a b]");
    cr_expect_not(hook->ignore);
    cr_expect_str_eq(set("hooks.before_start", "''"),
                     "hooks.before_start = '': a command is missing");
    cr_expect_str_eq(set("hooks.before_start", ", ignore"),
                     "hooks.before_start = , ignore: a command is missing");
    cr_expect_str_eq(set("hooks.before_start", "x '"),
                     "hooks.before_start = x ': a ' is not closed");
    expect_words(hook->cmd, "[migrate][--all][a b]");
}

Test(values, the_failure_of_a_hook_may_be_ignored)
{
    static const struct {
        const char *text, *words;
        bool ignore;
    } rows[] = {
        {"x, ignore", "[x]", true},
        {"x y ,Ignore_Errors", "[x][y]", true},
        {"x,true", "[x]", true},
        {"x, FALSE", "[x]", false},
        {"x a,b", "[x][a,b]", false},
        {"x a,b, ignore", "[x][a,b]", true},
        {"x, ignored", "[x,][ignored]", false},
        {"x ','", "[x][,]", false},
    };
    const struct hook_options *hook = &options.hooks[HOOK_AFTER_REAP];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(set("hooks.after_reap", rows[i].text), "");
        expect_words(hook->cmd, rows[i].words);
        cr_expect_eq(hook->ignore, rows[i].ignore, "%s", rows[i].text);
    }
}

Test(values, each_hook_has_an_option)
{
    unsigned count = 0;
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        if (spec->type != OPTION_HOOK)
            continue;
        cr_expect_null(options.hooks[count].cmd, "%s", spec->name);
        cr_expect_str_eq(set(spec->name, "x"), "");
        cr_expect_not_null(options.hooks[count++].cmd, "%s", spec->name);
    }
    cr_expect_eq(count, HOOK_COUNT);
}
