/* guarding.h - what the process of a guardian does. */
#pragma once

/* What it gets from the test. The texts may be those of the test: it works on a copy of them. */
struct guarding {
    const char *const *argv;
    const char *output;
    int channel; /* reports go there; an order to end, a grace_ms as int, comes from there */
    int test;    /* a pidfd: readable when the test's process is gone */
};

/* Starts the program and guards it. Runs in a process that was forked and has not executed
 * anything since, perhaps out of a program with threads: only calls that are safe in a signal
 * handler are made. */
__attribute__((noreturn)) void guarding_run(const struct guarding *self);
