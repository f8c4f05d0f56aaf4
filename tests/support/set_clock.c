/* set_clock.c - for LD_PRELOAD: the wall clock of a program goes an hour slow as soon as the file
 * that the variable TEST_CLOCK names is there. The monotonic clock stays as it is, as when somebody
 * sets the clock. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BACK_SECONDS = 3600 };

static time_t lag(void)
{
    const char *path = getenv("TEST_CLOCK");
    return path && access(path, F_OK) == 0 ? BACK_SECONDS : 0;
}

__attribute__((visibility("default"))) int
set_clock_get(clockid_t clock, struct timespec *now) __asm__("clock_gettime");

int set_clock_get(clockid_t clock, struct timespec *now)
{
    int (*original)(clockid_t, struct timespec *);
    *(void **)&original = dlsym(RTLD_NEXT, "clock_gettime");
    int outcome = original(clock, now);
    if (outcome == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec -= lag();
    return outcome;
}
