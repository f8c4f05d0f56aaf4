/* ctl_expect.h - runs plughostctl against a daemon, and compares all that came of it. */
#pragma once

#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>

static inline void expect_result(program_t *ctl, int code, const char *out, const char *err)
{
    cr_expect_eq(program_wait(ctl, 10000), code, "it ended with %d: %s", program_wait(ctl, 0),
                 program_err(ctl));
    cr_expect_str_eq(program_out(ctl), out);
    cr_expect_str_eq(program_err(ctl), err);
}

#define EXPECT(daemon, code, out, err, ...)                                                        \
    do {                                                                                           \
        ph_cleanup(program_destroy) program_t *ctl_ = daemon_run_ctl(daemon, __VA_ARGS__, NULL);   \
        expect_result(ctl_, code, out, err);                                                       \
    } while (0)

/* The command line is wrong: `err` is the message, and the usage of the command is the hint. */
#define EXPECT_USAGE(daemon, err, usage, ...)                                                      \
    EXPECT(daemon, 2, "", "plughostctl: " err "\nhint: usage: plughostctl " usage "\n", __VA_ARGS__)

/* Runs plughostctl, which has to succeed, and returns what it prints; the caller frees it. */
#define RUN(daemon, ...)                                                                           \
    __extension__({                                                                                \
        ph_cleanup(program_destroy) program_t *ctl_ = daemon_run_ctl(daemon, __VA_ARGS__, NULL);   \
        cr_expect_eq(program_wait(ctl_, 0), 0, "%s", program_err(ctl_));                           \
        ph_strdup(program_out(ctl_));                                                              \
    })
