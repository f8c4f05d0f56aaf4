/* faults.c - for LD_PRELOAD: makes one chosen system call of plughostd fail; see faults.h.
 *
 * Only calls whose caller is the code of the program itself count, seen by the return address:
 * libzmq aborts by itself when it gets no descriptor or no memory, and that is not what the tests
 * are about. The child between clone and exec shares the memory and the code of the daemon, so its
 * calls count; no other program counts its own, whatever it inherits. The daemon takes the
 * variables out of its environment before it looks at it: its children are what they are without
 * this.
 *
 * The child between clone and exec may not allocate, and nobody here knows who calls: so nothing in
 * here does either, once the program runs. */
#include "faults.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "plughostd"

#define NAME(name) #name,
static const char *const names[] = {FAULT_CALLS(NAME)};

static void *originals[FAULT_CALL_COUNT];
static uintptr_t program_begin, code_begin, code_end;
static struct fault_state own_state;
static struct fault_state *state; /* NULL: this is another program */

/* ---- whether it is time ---- */

/* A loop over /proc makes hundreds of calls that are all alike. Says whether another one of this
 * place counts. */
static bool is_counted(uintptr_t place)
{
    long limit = atomic_load(&state->per_place);
    for (int i = 0; limit > 0 && i < FAULT_PLACES; i++) {
        unsigned long expected = 0;
        if (atomic_compare_exchange_strong(&state->places[i].address, &expected, place) ||
            expected == place)
            return atomic_fetch_add(&state->places[i].count, 1) < limit;
    }
    return true;
}

/* Returns what the call must fail with, or 0. */
static int take_fault(enum fault_call call, const void *caller)
{
    uintptr_t address = (uintptr_t)caller;
    if (!state || address < code_begin || address >= code_end)
        return 0;
    atomic_fetch_add(&state->seen[call], 1);
    if (atomic_load(&state->call) != (int)call)
        return 0;
    long at = atomic_load(&state->at);
    if (at == 0 || !is_counted(address - program_begin) ||
        atomic_fetch_add(&state->count, 1) + 1 != at)
        return 0;
    atomic_store(&state->where, address - program_begin);
    atomic_fetch_add(&state->injected, 1);
    return atomic_load(&state->error);
}

/* The same, for calls that cannot do a part. Sets errno. */
static bool has_to_fail(enum fault_call call, const void *caller)
{
    int error = take_fault(call, caller);
    if (error != 0)
        errno = error;
    return error != 0;
}

/* Constructors of libraries may call before ours has run. */
static void *original(enum fault_call call)
{
    if (!originals[call])
        originals[call] = dlsym(RTLD_NEXT, names[call]);
    return originals[call];
}

/* ---- the beginning ---- */

/* The program itself is the first. */
static int find_code(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    program_begin = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
            continue;
        code_begin = program_begin + part->p_vaddr;
        code_end = code_begin + part->p_memsz;
    }
    return 1;
}

static int find_call(const char *name, size_t length)
{
    for (int i = 0; i < FAULT_CALL_COUNT; i++)
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
            return i;
    return -1;
}

static int find_error(const char *name, size_t length)
{
    enum { MAX_ERRNO = 133 };
    if (length == 5 && strncmp(name, "SHORT", length) == 0)
        return FAULT_SHORT;
    for (int i = 1; i <= MAX_ERRNO; i++) {
        const char *known = strerrorname_np(i);
        if (known && strlen(known) == length && strncmp(known, name, length) == 0)
            return i;
    }
    return -1;
}

/* A mistake ends the program: otherwise a test would pass for want of a fault. */
static void parse(const char *text)
{
    size_t call_length = strcspn(text, ":");
    const char *error_name = text + call_length + (text[call_length] != '\0');
    size_t error_length = strcspn(error_name, ":");
    int call = find_call(text, call_length), error = find_error(error_name, error_length);
    long at = error_name[error_length] ? strtol(error_name + error_length + 1, NULL, 10) : 0;
    if (call < 0 || error < 0 || at <= 0) {
        fprintf(stderr, "faults: '%s' is not CALL:ERROR:N\n", text);
        _exit(126);
    }
    atomic_store(&state->call, call);
    atomic_store(&state->error, error);
    atomic_store(&state->at, at);
}

static void share_state(const char *path)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *memory = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        fprintf(stderr, "faults: '%s' cannot be mapped: %s\n", path, strerror(errno));
        _exit(126);
    }
    syscall(SYS_close, fd);
    state = memory;
}

__attribute__((constructor)) static void begin(void)
{
    for (int i = 0; i < FAULT_CALL_COUNT; i++)
        original((enum fault_call)i);
    if (strcmp(program_invocation_short_name, PROGRAM) != 0)
        return;
    const char *fault = getenv(FAULT_VARIABLE), *path = getenv(FAULT_STATE_VARIABLE);
    dl_iterate_phdr(find_code, NULL);
    state = &own_state;
    if (path)
        share_state(path);
    if (fault)
        parse(fault);
    unsetenv("LD_PRELOAD");
    unsetenv(FAULT_VARIABLE);
    unsetenv(FAULT_STATE_VARIABLE);
}

/* ---- the calls ---- */

#pragma GCC visibility push(default)

#define CALLER __builtin_return_address(0)

/* Declares what the linker finds in the place of a function of libc. */
#define IN_PLACE_OF(name, type, parameters) type stand_in_##name parameters __asm__(#name)

/* Stands in for a function that returns `failure` and sets errno when it fails. */
#define STAND_IN(type, failure, name, parameters, arguments)                                       \
    IN_PLACE_OF(name, type, parameters);                                                           \
    type stand_in_##name parameters                                                                \
    {                                                                                              \
        __typeof__(stand_in_##name) *next;                                                         \
        if (has_to_fail(FAULT_##name, CALLER))                                                     \
            return failure;                                                                        \
        *(void **)&next = original(FAULT_##name);                                                  \
        return next arguments;                                                                     \
    }

STAND_IN(int, -1, access, (const char *path, int mode), (path, mode))
STAND_IN(int, -1, bind, (int fd, __CONST_SOCKADDR_ARG address, socklen_t size), (fd, address, size))
STAND_IN(int, -1, chdir, (const char *path), (path))
STAND_IN(int, -1, close_range, (unsigned first, unsigned last, int flags), (first, last, flags))
STAND_IN(int, -1, connect, (int fd, __CONST_SOCKADDR_ARG address, socklen_t size),
         (fd, address, size))
STAND_IN(int, -1, dup2, (int from, int to), (from, to))
STAND_IN(int, -1, dup3, (int from, int to, int flags), (from, to, flags))
STAND_IN(int, -1, epoll_create1, (int flags), (flags))
STAND_IN(int, -1, epoll_wait, (int fd, struct epoll_event *events, int count, int timeout_ms),
         (fd, events, count, timeout_ms))
STAND_IN(int, -1, execve, (const char *path, char *const *argv, char *const *envp),
         (path, argv, envp))
STAND_IN(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode))
STAND_IN(pid_t, -1, fork, (void), ())
STAND_IN(int, -1, fstat, (int fd, struct stat *status), (fd, status))
STAND_IN(int, -1, fsync, (int fd), (fd))
STAND_IN(int, -1, ftruncate, (int fd, off_t size), (fd, size))
STAND_IN(ssize_t, -1, getrandom, (void *bytes, size_t size, unsigned flags), (bytes, size, flags))
STAND_IN(int, -1, getrlimit, (__rlimit_resource_t resource, struct rlimit *limit),
         (resource, limit))
STAND_IN(int, -1, kill, (pid_t pid, int number), (pid, number))
STAND_IN(int, -1, listen, (int fd, int backlog), (fd, backlog))
STAND_IN(int, -1, lstat, (const char *path, struct stat *status), (path, status))
STAND_IN(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
STAND_IN(DIR *, NULL, opendir, (const char *path), (path))
STAND_IN(int, -1, pidfd_open, (pid_t pid, unsigned flags), (pid, flags))
STAND_IN(int, -1, pidfd_send_signal, (int fd, int number, siginfo_t *info, unsigned flags),
         (fd, number, info, flags))
STAND_IN(int, -1, pipe2, (int ends[2], int flags), (ends, flags))
STAND_IN(int, -1, poll, (struct pollfd * items, nfds_t count, int timeout_ms),
         (items, count, timeout_ms))
STAND_IN(struct dirent *, NULL, readdir, (DIR * folder), (folder))
STAND_IN(ssize_t, -1, readlink, (const char *path, char *text, size_t size), (path, text, size))
STAND_IN(ssize_t, -1, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
STAND_IN(int, -1, rename, (const char *from, const char *to), (from, to))
STAND_IN(int, -1, rmdir, (const char *path), (path))
STAND_IN(ssize_t, -1, sendmsg, (int fd, const struct msghdr *message, int flags),
         (fd, message, flags))
STAND_IN(int, -1, setpriority, (__priority_which_t which, id_t who, int value), (which, who, value))
STAND_IN(int, -1, setrlimit, (__rlimit_resource_t resource, const struct rlimit *limit),
         (resource, limit))
STAND_IN(pid_t, -1, setsid, (void), ())
STAND_IN(int, -1, setsockopt, (int fd, int level, int option, const void *value, socklen_t size),
         (fd, level, option, value, size))
STAND_IN(int, -1, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
STAND_IN(int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
STAND_IN(int, -1, stat, (const char *path, struct stat *status), (path, status))
STAND_IN(int, -1, timerfd_create, (int clock, int flags), (clock, flags))
STAND_IN(int, -1, timerfd_settime,
         (int fd, int flags, const struct itimerspec *value, struct itimerspec *before),
         (fd, flags, value, before))
STAND_IN(int, -1, unlink, (const char *path), (path))
STAND_IN(pid_t, -1, wait4, (pid_t pid, int *status, int options, struct rusage *usage),
         (pid, status, options, usage))
STAND_IN(int, -1, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
         (type, id, info, options))
STAND_IN(pid_t, -1, waitpid, (pid_t pid, int *status, int options), (pid, status, options))

/* As the kernel has it: the descriptor is gone all the same. */
IN_PLACE_OF(close, int, (int fd));

int stand_in_close(int fd)
{
    int (*next)(int);
    *(void **)&next = original(FAULT_close);
    int outcome = next(fd);
    return has_to_fail(FAULT_close, CALLER) ? -1 : outcome;
}

/* Taking a descriptor out of a set needs nothing and cannot fail. */
IN_PLACE_OF(epoll_ctl, int, (int set, int operation, int fd, struct epoll_event *event));

int stand_in_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
    int (*next)(int, int, int, struct epoll_event *);
    if (operation != EPOLL_CTL_DEL && has_to_fail(FAULT_epoll_ctl, CALLER))
        return -1;
    *(void **)&next = original(FAULT_epoll_ctl);
    return next(set, operation, fd, event);
}

IN_PLACE_OF(read, ssize_t, (int fd, void *bytes, size_t size));

ssize_t stand_in_read(int fd, void *bytes, size_t size)
{
    ssize_t (*next)(int, void *, size_t);
    int error = take_fault(FAULT_read, CALLER);
    *(void **)&next = original(FAULT_read);
    if (error == FAULT_SHORT)
        return next(fd, bytes, size > 1 ? size / 2 : size);
    errno = error ? error : errno;
    return error ? -1 : next(fd, bytes, size);
}

IN_PLACE_OF(write, ssize_t, (int fd, const void *bytes, size_t size));

ssize_t stand_in_write(int fd, const void *bytes, size_t size)
{
    ssize_t (*next)(int, const void *, size_t);
    int error = take_fault(FAULT_write, CALLER);
    *(void **)&next = original(FAULT_write);
    if (error == FAULT_SHORT)
        return next(fd, bytes, size > 1 ? size / 2 : size);
    errno = error ? error : errno;
    return error ? -1 : next(fd, bytes, size);
}

/* ---- those that take what they are given ---- */

static mode_t take_mode(int flags, va_list args)
{
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

IN_PLACE_OF(open, int, (const char *path, int flags, ...));

int stand_in_open(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...);
    va_list args;
    va_start(args, flags);
    mode_t mode = take_mode(flags, args);
    va_end(args);
    if (has_to_fail(FAULT_open, CALLER))
        return -1;
    *(void **)&next = original(FAULT_open);
    return next(path, flags, mode);
}

IN_PLACE_OF(openat, int, (int folder, const char *path, int flags, ...));

int stand_in_openat(int folder, const char *path, int flags, ...)
{
    int (*next)(int, const char *, int, ...);
    va_list args;
    va_start(args, flags);
    mode_t mode = take_mode(flags, args);
    va_end(args);
    if (has_to_fail(FAULT_openat, CALLER))
        return -1;
    *(void **)&next = original(FAULT_openat);
    return next(folder, path, flags, mode);
}

/* Whether the call may need something, or wait; the others only look and set. */
static bool is_fallible(int command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_SETLK ||
           command == F_SETPIPE_SZ;
}

/* Its argument is a number or a pointer; either fits. */
IN_PLACE_OF(fcntl, int, (int fd, int command, ...));

int stand_in_fcntl(int fd, int command, ...)
{
    int (*next)(int, int, ...);
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    if (is_fallible(command) && has_to_fail(FAULT_fcntl, CALLER))
        return -1;
    *(void **)&next = original(FAULT_fcntl);
    return next(fd, command, argument);
}

IN_PLACE_OF(dprintf, int, (int fd, const char *format, ...)) __attribute__((format(printf, 2, 3)));

int stand_in_dprintf(int fd, const char *format, ...)
{
    if (has_to_fail(FAULT_dprintf, CALLER))
        return -1;
    va_list args;
    va_start(args, format);
    int count = vdprintf(fd, format, args);
    va_end(args);
    return count;
}

IN_PLACE_OF(prctl, int, (int option, ...));

int stand_in_prctl(int option, ...)
{
    int (*next)(int, ...);
    unsigned long values[4];
    va_list args;
    va_start(args, option);
    for (int i = 0; i < 4; i++)
        values[i] = va_arg(args, unsigned long);
    va_end(args);
    if (has_to_fail(FAULT_prctl, CALLER))
        return -1;
    *(void **)&next = original(FAULT_prctl);
    return next(option, values[0], values[1], values[2], values[3]);
}

IN_PLACE_OF(clone, int, (int (*run)(void *), void *stack, int flags, void *arg, ...));

int stand_in_clone(int (*run)(void *), void *stack, int flags, void *arg, ...)
{
    int (*next)(int (*)(void *), void *, int, void *, ...);
    void *values[3];
    va_list args;
    va_start(args, arg);
    for (int i = 0; i < 3; i++)
        values[i] = va_arg(args, void *);
    va_end(args);
    if (has_to_fail(FAULT_clone, CALLER))
        return -1;
    *(void **)&next = original(FAULT_clone);
    return next(run, stack, flags, arg, values[0], values[1], values[2]);
}

static enum fault_call meaning(long number)
{
    return number == SYS_accept4      ? FAULT_accept4
           : number == SYS_pidfd_open ? FAULT_pidfd_open
                                      : FAULT_syscall;
}

IN_PLACE_OF(syscall, long, (long number, ...));

long stand_in_syscall(long number, ...)
{
    long (*next)(long, ...);
    long values[6];
    va_list args;
    va_start(args, number);
    for (int i = 0; i < 6; i++)
        values[i] = va_arg(args, long);
    va_end(args);
    if (has_to_fail(meaning(number), CALLER))
        return -1;
    *(void **)&next = original(FAULT_syscall);
    return next(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

#pragma GCC visibility pop
