#include "option_tables.h"

const struct option_spec environment_specs[] = {
    {.name = "env",
     .sections = PROGRAMS,
     .type = OPTION_VARIABLES,
     .offset = WATCHER(env),
     .fallback_text = "none",
     .change = CHANGE_RESTART,
     .text = "Variables for it alone; they go before those of [env:PATTERN] sections."},
    {.name = "copy_env",
     .sections = PROGRAMS,
     .type = OPTION_BOOL,
     .offset = WATCHER(copy_env),
     .fallback = "yes",
     .change = CHANGE_RESTART,
     .text = "It gets the environment of the daemon too. In Circus the default is no: programs "
             "then do\n"
             "not even find PATH."},
    {.name = "copy_path",
     .sections = PROGRAMS,
     .type = OPTION_BOOL,
     .offset = WATCHER(copy_path),
     .fallback = "no",
     .change = CHANGE_RESTART,
     .text = "With copy_env = no: it gets PATH and PYTHONPATH of the daemon all the same."},
    {.name = "virtualenv",
     .sections = PROGRAMS,
     .type = OPTION_PATH,
     .offset = WATCHER(virtualenv),
     .fallback_text = "none",
     .change = CHANGE_RESTART,
     .text = "A virtual environment of Python: its bin is put before PATH, VIRTUAL_ENV is set."},
    {.name = "close_child_stdin",
     .sections = PROGRAMS,
     .type = OPTION_BOOL,
     .offset = WATCHER(close_child_stdin),
     .fallback = "yes",
     .change = CHANGE_RESTART,
     .text = "Its input is /dev/null; with 'no' that of the daemon."},
    {.name = "close_child_stdout",
     .sections = PROGRAMS,
     .type = OPTION_BOOL,
     .offset = WATCHER(close_child_stdout),
     .fallback = "no",
     .change = CHANGE_RESTART,
     .text = "Its output is /dev/null, and stdout_stream is not used."},
    {.name = "close_child_stderr",
     .sections = PROGRAMS,
     .type = OPTION_BOOL,
     .offset = WATCHER(close_child_stderr),
     .fallback = "no",
     .change = CHANGE_RESTART,
     .text = "Its error output is /dev/null, and stderr_stream is not used."},
    {.name = "use_sockets",
     .sections = PROGRAMS,
     .type = OPTION_BOOL,
     .offset = WATCHER(use_sockets),
     .fallback = "no",
     .change = CHANGE_RESTART,
     .text = "It inherits all [socket:NAME] sections, also by LISTEN_FDS and LISTEN_FDNAMES; else\n"
             "only those that $(circus.sockets.NAME) names in cmd or args."},
    {.name = "stdin_socket",
     .sections = PROGRAMS,
     .type = OPTION_NAME,
     .offset = WATCHER(stdin_socket),
     .fallback_text = "none",
     .change = CHANGE_RESTART,
     .text = "The NAME of the [socket:NAME] section that becomes its input."},
    {0},
};

/* The options of one stream: `word` begins their names, `at` is the place of their struct. */
#define STREAM(word, at, output)                                                                   \
    {.name = word ".class",                                                                        \
     .sections = PROGRAMS,                                                                         \
     .type = OPTION_STREAM,                                                                        \
     .offset = (at) + offsetof(struct stream_options, class),                                      \
     .fallback_text = "FileStream with a filename, else the daemon's " output,                     \
     .change = CHANGE_NOTHING,                                                                     \
     .text = "Where its " output " goes."},                                                        \
        {.name = word ".filename",                                                                 \
         .sections = PROGRAMS,                                                                     \
         .type = OPTION_PATH,                                                                      \
         .offset = (at) + offsetof(struct stream_options, filename),                               \
         .fallback_text = "none",                                                                  \
         .change = CHANGE_NOTHING,                                                                 \
         .text = "The file that its " output " is appended to."},                                  \
        {.name = word ".max_bytes",                                                                \
         .sections = PROGRAMS,                                                                     \
         .type = OPTION_BYTES,                                                                     \
         .offset = (at) + offsetof(struct stream_options, max_bytes),                              \
         .fallback = "0",                                                                          \
         .change = CHANGE_NOTHING,                                                                 \
         .text = "FileStream: the size at which the file is set aside as FILE.1. 0: never."},      \
        {.name = word ".backup_count",                                                             \
         .sections = PROGRAMS,                                                                     \
         .type = OPTION_COUNT,                                                                     \
         .offset = (at) + offsetof(struct stream_options, backup_count),                           \
         .min = 0,                                                                                 \
         .max = 10000,                                                                             \
         .fallback = "0",                                                                          \
         .change = CHANGE_NOTHING,                                                                 \
         .text = "How many old files are kept. 0: a FileStream is never set aside, a\n"            \
                 "TimedRotatingFileStream keeps them all."},                                       \
        {.name = word ".time_format",                                                              \
         .sections = PROGRAMS,                                                                     \
         .type = OPTION_TEXT,                                                                      \
         .offset = (at) + offsetof(struct stream_options, time_format),                            \
         .fallback_text = "none",                                                                  \
         .change = CHANGE_NOTHING,                                                                 \
         .text = "Puts 'TIME [PID] | ' before each line: TIME as for date(1), %f: microseconds."}, \
        {.name = word ".rotate_when",                                                              \
         .sections = PROGRAMS,                                                                     \
         .type = OPTION_TEXT,                                                                      \
         .offset = (at) + offsetof(struct stream_options, rotate_when),                            \
         .fallback_text = "H",                                                                     \
         .change = CHANGE_NOTHING,                                                                 \
         .text = "TimedRotatingFileStream: the unit of time, S, M, H, D, W0 (Monday) to W6 or\n"   \
                 "MIDNIGHT."},                                                                     \
        {.name = word ".rotate_interval",                                                          \
         .sections = PROGRAMS,                                                                     \
         .type = OPTION_COUNT,                                                                     \
         .offset = (at) + offsetof(struct stream_options, rotate_interval),                        \
         .min = 1,                                                                                 \
         .max = 1000000,                                                                           \
         .fallback = "1",                                                                          \
         .change = CHANGE_NOTHING,                                                                 \
         .text = "TimedRotatingFileStream: after how many such units the file is set aside."},     \
        {.name = word ".utc",                                                                      \
         .sections = PROGRAMS,                                                                     \
         .type = OPTION_BOOL,                                                                      \
         .offset = (at) + offsetof(struct stream_options, utc),                                    \
         .fallback = "no",                                                                         \
         .change = CHANGE_NOTHING,                                                                 \
         .text = "Days begin, and times are written, in UTC instead of the local time."},          \
    {                                                                                              \
        .name = word ".color", .sections = PROGRAMS, .type = OPTION_TEXT,                          \
        .offset = (at) + offsetof(struct stream_options, color),                                   \
        .fallback_text = "one picked by its name", .change = CHANGE_NOTHING,                       \
        .text = "FancyStdoutStream: black, red, green, yellow, blue, magenta, cyan or white."      \
    }

const struct option_spec output_specs[] = {
    STREAM("stdout_stream", WATCHER(stdout_stream), "output"),
    STREAM("stderr_stream", WATCHER(stderr_stream), "error output"),
    {.name = "stats",
     .sections = PROGRAMS,
     .type = OPTION_SECONDS,
     .offset = WATCHER(stats_interval_ms),
     .min = 0,
     .max = 86400,
     .fallback = "0",
     .change = CHANGE_NOTHING,
     .text = "Publish statistics of its processes each time that so many seconds have passed.\n"
             "0: never."},
    {0},
};
