#include "fake_clock.h"

static int64_t now_ms = 1000000;

/* The linker puts this in the place of ph_clock_ms (--wrap). */
int64_t fake_clock_get(void) __asm__("__wrap_ph_clock_ms");

int64_t fake_clock_get(void)
{
    return now_ms;
}

void fake_clock_advance(int64_t ms)
{
    now_ms += ms;
}
