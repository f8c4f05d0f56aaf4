/* chance.h - dice, for what is not to happen everywhere at a time. */
#pragma once

/* Returns a random number from 0 up to, not including, 1; no secret: main seeds it with the time.
 */
double chance(void);
