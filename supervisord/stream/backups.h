/* backups.h - moves a file out of the way of its successor, and removes the oldest. */
#pragma once

#include <plughost/error.h>
#include <stdint.h>

/* Moves PATH to PATH.1, what was that to PATH.2, and so on up to PATH.`count`, which is lost. A
 * file that is missing is none to move. Returns 0, or -1 with `err` filled: PATH is where it
 * was. */
int backups_shift(const char *path, int64_t count, struct ph_error *err);

/* Moves PATH to PATH.`suffix` (digits); if there is such a file, to PATH.`suffix`.1 and so on. Of
 * the files named so, the `keep` that come last by name are kept, all if it is 0. Returns as
 * backups_shift. */
int backups_stamp(const char *path, const char *suffix, int64_t keep, struct ph_error *err);
