#include <alloc.h>
#include <criterion/criterion.h>
#include <stream/options.h>
#include <string.h>

static void expect_refused(struct stream_options options, const char *message, const char *hint)
{
    struct ph_error err = {0};
    cr_assert_eq(stream_options_check(&options, &err), -1, "'%s' must be refused", message);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, message);
    cr_expect_str_eq(err.hint, hint);
}

Test(options, a_class_is_found_by_its_name_with_or_without_the_module_of_circus)
{
    enum stream_class class = STREAM_DEFAULT;
    for (enum stream_class i = STREAM_FILE; i <= STREAM_NULL; i++) {
        const char *name = stream_class_name(i);
        ph_cleanup(ph_freep) char *dotted = ph_format("circus.stream.%s", name);
        cr_expect_eq(stream_class_parse(name, &class, NULL), 0);
        cr_expect_eq(class, i);
        class = STREAM_DEFAULT;
        cr_expect_eq(stream_class_parse(dotted, &class, NULL), 0);
        cr_expect_eq(class, i);
    }
}

Test(options, a_class_that_is_unknown_gets_the_nearest_name)
{
    struct ph_error err;
    enum stream_class class = STREAM_NULL;
    cr_expect_eq(stream_class_parse("FileSteam", &class, &err), -1);
    cr_expect_str_eq(err.message, "unknown stream class 'FileSteam'");
    cr_expect_str_eq(err.hint, "did you mean 'FileStream'?");
    cr_expect_eq(stream_class_parse("my.module.Printer", &class, &err), -1);
    cr_expect_str_eq(err.message, "unknown stream class 'my.module.Printer'");
    cr_expect_str_eq(err.hint, "");
    cr_expect_eq(class, STREAM_NULL, "a failure must leave it as it is");
}

Test(options, a_filename_alone_means_a_file)
{
    char name[] = "/tmp/x";
    cr_expect_eq(stream_options_class(&(struct stream_options){0}), STREAM_DEFAULT);
    cr_expect_eq(stream_options_class(&(struct stream_options){.filename = name}), STREAM_FILE);
    cr_expect_eq(
        stream_options_class(&(struct stream_options){.class = STREAM_SYSLOG, .filename = name}),
        STREAM_SYSLOG);
}

Test(options, what_fits_together_is_taken)
{
    char name[] = "/tmp/x", when[] = "W6", color[] = "green", format[] = "%H:%M:%S.%f";
    struct ph_error err = {0};
    const struct stream_options good[] = {
        {0},
        {.class = STREAM_FANCY_STDOUT, .color = color, .time_format = format},
        {.filename = name, .max_bytes = 1, .backup_count = 10000},
        {.class = STREAM_TIMED_FILE, .filename = name, .rotate_when = when, .utc = true},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect_eq(stream_options_check(&good[i], &err), 0, "%zu: %s", i, err.message);
}

Test(options, what_does_not_fit_together_is_refused)
{
    char name[] = "/tmp/x", when[] = "W7", color[] = "gren", day[] = "D", format[200];
    memset(format, 'x', sizeof format - 1);
    format[sizeof format - 1] = '\0';
    ph_cleanup(ph_freep) char *too_long =
        ph_format("time_format '%s' makes no text, or too much of it", format);
    expect_refused((struct stream_options){.class = STREAM_WATCHED_FILE},
                   "WatchedFileStream needs a filename", "");
    expect_refused((struct stream_options){.filename = name, .max_bytes = -1},
                   "max_bytes must not be negative", "");
    expect_refused((struct stream_options){.filename = name, .backup_count = 10001},
                   "backup_count must be from 0 to 10000", "");
    expect_refused(
        (struct stream_options){.class = STREAM_TIMED_FILE, .filename = name, .rotate_when = when},
        "rotate_when 'W7' is none of S, M, H, D, MIDNIGHT, W0 (Monday) to W6", "");
    expect_refused((struct stream_options){.class = STREAM_TIMED_FILE,
                                           .filename = name,
                                           .rotate_when = day,
                                           .rotate_interval = -1},
                   "rotate_interval must be from 1 to 1000000", "");
    expect_refused((struct stream_options){.color = color}, "unknown color 'gren'",
                   "did you mean 'green'?");
    expect_refused((struct stream_options){.time_format = format}, too_long, "");
}
