/* faults.h - what faults.c, the library that makes system calls fail, shares with the tests.
 *
 * Both have a file in their memory, so that a test can choose the next fault while the program
 * runs, and see what became of it even when the program has crashed. By hand the same goes without
 * a file, for the one fault that the environment names:
 *
 *     LD_PRELOAD=build/tests/faults.so PLUGHOST_FAULT=open:EMFILE:7 plughostd shop.ini */
#pragma once

#include <stdatomic.h>

#define FAULT_VARIABLE "PLUGHOST_FAULT"             /* CALL:ERROR:N, as above */
#define FAULT_STATE_VARIABLE "PLUGHOST_FAULT_STATE" /* a file with a struct fault_state */

/* All functions of the C library by which the daemon itself gets into the kernel and that can fail
 * for want of something or because somebody interferes. `accept4` and `pidfd_open` mean those that
 * it calls through syscall(), too. */
#define FAULT_CALLS(each)                                                                          \
    each(accept4) each(access) each(bind) each(chdir) each(clone) each(close) each(close_range)    \
        each(connect) each(dprintf) each(dup2) each(dup3) each(epoll_create1) each(epoll_ctl)      \
            each(epoll_wait) each(execve) each(fcntl) each(fopen) each(fork) each(fstat)           \
                each(fsync) each(ftruncate) each(getrandom) each(getrlimit) each(kill)             \
                    each(listen) each(lstat) each(mkdir) each(open) each(openat) each(opendir)     \
                        each(pidfd_open) each(pidfd_send_signal) each(pipe2) each(poll)            \
                            each(prctl) each(read) each(readdir) each(readlink) each(recvmsg)      \
                                each(rename) each(rmdir) each(sendmsg) each(setpriority)           \
                                    each(setrlimit) each(setsid) each(setsockopt) each(signalfd)   \
                                        each(socket) each(stat) each(syscall) each(timerfd_create) \
                                            each(timerfd_settime) each(unlink) each(wait4)         \
                                                each(waitid) each(waitpid) each(write)

#define FAULT_CALL_ID(name) FAULT_##name,
enum fault_call { FAULT_CALLS(FAULT_CALL_ID) FAULT_CALL_COUNT };

/* In the place of an errno: the call does its work for a part of the bytes only. */
enum { FAULT_SHORT = 4096 };

/* A place in the program that has made calls of the chosen kind. */
struct fault_place {
    atomic_ulong
        address; /* from the beginning of the program; 0: this and all that follow are free */
    atomic_long count;
};

enum { FAULT_PLACES = 128 };

struct fault_state {
    atomic_int call;       /* the only kind that counts */
    atomic_int error;      /* what it fails with */
    atomic_long at;        /* the call that fails, from 1; 0: none */
    atomic_long count;     /* calls of that kind since `at` was set */
    atomic_long injected;  /* faults since then: 0 or 1 */
    atomic_ulong where;    /* the place that made the call that failed */
    atomic_long per_place; /* so many calls of each place count, the first ones; 0: all do */
    atomic_long seen[FAULT_CALL_COUNT]; /* calls of each kind since the beginning */
    struct fault_place places[FAULT_PLACES];
};
