/* plughostd: reads a configuration and runs what it names. */
#include "arguments.h"
#include "background.h"
#include "circus/dialect.h"
#include "control/command.h"
#include "signals.h"
#include "supervisor.h"

#include <alloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_CANNOT_RUN = 1, EXIT_WRONG_CONFIGURATION = 2 };

static int fail(const struct ph_error *err)
{
    fprintf(stderr, "plughostd: %s\n", err->message);
    if (err->hint[0])
        fprintf(stderr, "hint: %s\n", err->hint);
    return EXIT_CANNOT_RUN;
}

/* Signals arrive through a descriptor. Blocked from the very beginning they wait for it, and
 * libzmq's threads have them blocked too. */
static void set_up_signals(void)
{
    sigset_t set = signals_taken();
    sigprocmask(SIG_BLOCK, &set, NULL);
    static const int stray[] = {SIGPIPE, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO};
    for (size_t i = 0; i < sizeof stray / sizeof stray[0]; i++)
        signal(stray[i], SIG_IGN); /* they mean nothing here, and shall not end everything */
    signal(SIGXFSZ, SIG_IGN);      /* a log that may not grow loses lines, nothing else */
    zsys_handler_set(NULL);        /* otherwise CZMQ takes SIGINT and SIGTERM over */
}

/* Whoever only looks at a file ends at once. */
static void release_signals(void)
{
    sigset_t set = signals_taken();
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int run_supervisor(const struct arguments *arguments, struct configuration *configuration,
                          const struct manager_wishes *wishes, ph_log_t *log, int ready_fd)
{
    struct ph_error err;
    ph_cleanup(supervisor_destroy) supervisor_t *supervisor =
        supervisor_new(configuration, log, command_run, &err);
    const struct settings *settings = &configuration->settings;
    if (!supervisor ||
        (settings->circus_compat &&
         supervisor_serve_circus(supervisor, settings, &circus_dialect, &err) < 0) ||
        (arguments->pidfile && pidfile_write(arguments->pidfile, &err) < 0))
        return fail(&err);

    supervisor_tell_manager(supervisor, wishes);
    if (arguments->is_daemon) {
        background_ready(ready_fd);
        ph_log_take_output(log);
    }
    supervisor_run(supervisor);
    if (arguments->pidfile)
        pidfile_remove(arguments->pidfile);
    return EXIT_SUCCESS;
}

/* The command line goes before what a file of Circus's says. */
static void complete_arguments(struct arguments *self, const struct circus_said *said)
{
    if (!self->pidfile)
        self->pidfile = said->pidfile;
    if (!self->log_output)
        self->log_output = said->log_output;
    if (!self->has_log_level && said->has_log_level)
        self->log_level = said->log_level;
}

static void print_notices(const struct arguments *arguments, const struct notices *notices)
{
    for (size_t i = 0; i < notices->count; i++) {
        ph_cleanup(ph_freep) char *text = notice_text(&notices->items[i], arguments->file);
        fprintf(stderr, "%s\n", text);
    }
}

static void log_notices(const struct arguments *arguments, const struct notices *notices,
                        ph_log_t *log)
{
    for (size_t i = 0; i < notices->count; i++) {
        ph_cleanup(ph_freep) char *text = notice_text(&notices->items[i], arguments->file);
        ph_log(log, PH_LOG_WARNING, "%s", text);
    }
}

static int run(const struct arguments *arguments, struct configuration *configuration)
{
    struct ph_error err;
    ph_cleanup(manager_wishes_release) struct manager_wishes wishes;
    manager_wishes_take(&wishes);
    ph_cleanup(ph_log_destroy) ph_log_t *log =
        ph_log_new(arguments->log_output, arguments->log_level, &err);
    int ready_fd = log && arguments->is_daemon ? background_start(&err) : 0;
    if (!log || ready_fd < 0)
        return fail(&err);

    log_notices(arguments, &configuration->notices, log);
    if (configuration->settings.umask >= 0)
        umask((mode_t)configuration->settings.umask);
    srandom((unsigned)time(NULL) ^ (unsigned)getpid()); /* for jitter only */
    int outcome = run_supervisor(arguments, configuration, &wishes, log, ready_fd);
    zsys_shutdown();
    return outcome;
}

static int print_whole(const char *text, size_t size, struct ph_error *err)
{
    if (fwrite(text, 1, size, stdout) == size && fflush(stdout) == 0)
        return 0;
    return ph_error_sys(err, "cannot write the configuration");
}

static int import(const struct arguments *arguments)
{
    struct ph_error err;
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(notices_release) struct notices notices = {0};
    ph_cleanup(ph_freep) char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int outcome = import_file(arguments->file, arguments->import_format, out, &notices, &problems);
    fclose(out);
    if (outcome < 0) {
        problems_print(&problems, arguments->file, stderr);
        return EXIT_WRONG_CONFIGURATION;
    }
    print_notices(arguments, &notices);
    return print_whole(text, size, &err) < 0 ? fail(&err) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    ph_open_standard_descriptors();
    set_up_signals();
    struct arguments arguments;
    int outcome = arguments_read(&arguments, argc, argv);
    if (outcome != 0)
        return outcome < 0 ? EXIT_WRONG_CONFIGURATION : EXIT_SUCCESS;
    if (arguments.has_to_import || arguments.has_to_check)
        release_signals();
    if (arguments.has_to_import)
        return import(&arguments);

    ph_cleanup(configuration_release) struct configuration configuration;
    ph_cleanup(problems_release) struct problems problems = {0};
    enum configuration_dialect dialect = arguments.is_circus ? DIALECT_CIRCUS : DIALECT_PLUGHOST;
    if (configuration_read(&configuration, arguments.file, dialect, NULL, &problems) < 0) {
        problems_print(&problems, arguments.file, stderr);
        return EXIT_WRONG_CONFIGURATION;
    }
    if (arguments.has_to_check) {
        size_t count = configuration.watcher_count;
        print_notices(&arguments, &configuration.notices);
        printf("%s: %zu watcher%s, nothing wrong\n", arguments.file, count, count == 1 ? "" : "s");
        return EXIT_SUCCESS;
    }
    complete_arguments(&arguments, &configuration.said);
    return run(&arguments, &configuration);
}
