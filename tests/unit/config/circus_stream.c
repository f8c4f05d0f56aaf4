#include "circus_shown.h"

#include <alloc.h>
#include <criterion/criterion.h>

#define WATCHER "[watcher:web]\ncmd = true\ncopy_env = no\n"

Test(circus_stream, options_of_both_streams_are_the_same)
{
    expect_section(WATCHER "stdout_stream.class = circus.stream.TimedRotatingFileStream\n"
                           "stdout_stream.filename = /x\nstdout_stream.backup_count = 5\n"
                           "stdout_stream.time_format = %Y %H:%M ; comment\n"
                           "stdout_stream.rotate_when = MIDNIGHT\n"
                           "stdout_stream.rotate_interval = 2\nstderr_stream.max_bytes = 10\n"
                           "stderr_stream.color = red\n",
                   "watcher:web",
                   "cmd=<true> copy_env=<no> "
                   "stdout_stream.class=<circus.stream.TimedRotatingFileStream> "
                   "stdout_stream.filename=</x> stdout_stream.backup_count=<5> "
                   "stdout_stream.time_format=<%Y %H:%M> stdout_stream.rotate_when=<MIDNIGHT> "
                   "stdout_stream.rotate_interval=<2> stderr_stream.max_bytes=<10> "
                   "stderr_stream.color=<red>");
}

Test(circus_stream, each_class_of_circus_is_known)
{
    static const struct {
        const char *name;
        enum stream_class class;
    } rows[] = {
        {"FileStream", STREAM_FILE},
        {"circus.stream.FileStream", STREAM_FILE},
        {"WatchedFileStream", STREAM_WATCHED_FILE},
        {"TimedRotatingFileStream", STREAM_TIMED_FILE},
        {"StdoutStream", STREAM_STDOUT},
        {"FancyStdoutStream", STREAM_FANCY_STDOUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_freep) char *text = ph_format(
            WATCHER "stdout_stream.class = %s\nstdout_stream.filename = /x\n", rows[i].name);
        ph_cleanup(configuration_release) struct configuration configuration =
            circus_configuration(text);
        cr_expect_eq(configuration.watchers[0].stdout_stream.class, rows[i].class, "%s",
                     rows[i].name);
    }
}

Test(circus_stream, a_filename_alone_means_a_file)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration(WATCHER "stderr_stream.filename = /x\n");
    cr_expect_eq(stream_options_class(&configuration.watchers[0].stderr_stream), STREAM_FILE);
}

Test(circus_stream, a_queue_has_no_meaning)
{
    static const char text[] = WATCHER "stdout_stream.class = QueueStream\n"
                                       "stderr_stream.class = circus.stream.QueueStream\n";
    expect_section(text, "watcher:web", "cmd=<true> copy_env=<no>");
    expect_notices(text, "0: without meaning here: QueueStream ('plughostctl logs' and the topic "
                         "log.NAME have the output)\n");
}

Test(circus_stream, a_class_of_ones_own_is_refused_with_what_there_is_instead)
{
    expect_circus_problems(WATCHER "stdout_stream.class = shop.Stream\n",
                           "x.ini:4: stdout_stream.class = shop.Stream: a class in Python cannot "
                           "take output here (FileStream and the like, or a plugin that subscribes "
                           "to log.NAME)\n");
}

Test(circus_stream, a_mistyped_class_is_refused_with_the_nearest_name)
{
    expect_circus_problems(WATCHER "stdout_stream.class = FileStraem\n",
                           "x.ini:4: stdout_stream.class = FileStraem: not understood (did you "
                           "mean 'FileStream'?)\n");
}

Test(circus_stream, utc_is_a_yes_whatever_it_says_unless_it_says_no)
{
    expect_section(WATCHER "stdout_stream.utc = indeed\n", "watcher:web",
                   "cmd=<true> copy_env=<no> stdout_stream.utc=<yes>");
    expect_section(WATCHER "stdout_stream.utc = False\n", "watcher:web",
                   "cmd=<true> copy_env=<no> stdout_stream.utc=<no>");
    expect_notices(WATCHER "stdout_stream.utc = False\n",
                   "4: stdout_stream.utc = False means no here; Circus takes any text for a yes\n");
}

Test(circus_stream, an_option_that_no_stream_has_is_told)
{
    expect_notices(WATCHER "stdout_stream.refresh_time = 0.3\nstdout_stream.filename = /x\n",
                   "0: without meaning here: stdout_stream.refresh_time (no stream has such an "
                   "option)\n");
}
