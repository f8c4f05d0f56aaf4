/* fake_clock.h - for programs in which time passes when the test says so, for ph_clock_ms. */
#pragma once

#include <stdint.h>

/* Lets time pass. It begins at a million. */
void fake_clock_advance(int64_t ms);
