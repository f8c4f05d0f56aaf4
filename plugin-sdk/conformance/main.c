/* plughost-conformance - run a plugin program beside a scripted daemon, and tell what it gets
 * wrong. */
#include "arguments.h"
#include "suite.h"

#include <alloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int complain(const struct ph_error *err, int code)
{
    fflush(stdout);
    fprintf(stderr, "plughost-conformance: %s%s%s%s\n", err->message, *err->hint ? " (" : "",
            err->hint, *err->hint ? ")" : "");
    return code;
}

static int open_signals(sigset_t *signals, struct ph_error *err)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigemptyset(signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(signals, numbers[i]);
    sigprocmask(SIG_BLOCK, signals, NULL);
    int fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? ph_error_sys(err, "cannot wait for signals") : fd;
}

static int run(struct settings *settings, struct ph_error *err)
{
    sigset_t signals;
    ph_cleanup(ph_closep) int fd = open_signals(&signals, err);
    if (fd < 0)
        return complain(err, SUITE_NOT_STARTED);
    settings->signal_fd = fd;
    int code = suite_run(settings, err);
    if (code == SUITE_NOT_STARTED)
        complain(err, code);
    /* A signal that ended the run is let through now that all is cleared away. */
    fflush(stdout);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    return code;
}

static int run_or_tell(struct settings *settings, struct ph_error *err)
{
    if (settings->is_help)
        arguments_print_usage();
    else if (settings->is_version)
        printf("plughost-conformance %s (protocol %d)\n", PH_VERSION, PH_PROTOCOL);
    else if (settings->is_list)
        suite_list();
    else
        return run(settings, err);
    return SUITE_ALL_GOOD;
}

int main(int argc, char **argv)
{
    struct ph_error err = {0};
    ph_cleanup(settings_release) struct settings settings = {0};
    ph_open_standard_descriptors();
    setvbuf(stdout, NULL, _IOLBF, 0); /* who reads along in a pipe sees each line as it comes */
    if (arguments_read(&settings, argc, argv, &err) < 0)
        return complain(&err, SUITE_USAGE);
    return run_or_tell(&settings, &err);
}
